/// One time series: a name and its dimensions, in Prometheus' spelling.
struct MetricSeries: Hashable {
  let name: String
  /// `key="value",…` as it stands between the braces; empty for none.
  let labels: String

  init(_ label: String, _ dimensions: [(String, String)], suffix: String = "") {
    let name = Self.sanitize(label)
    self.name = name.hasSuffix(suffix) ? name : name + suffix
    self.labels = dimensions.map { "\(Self.sanitize($0.0))=\"\(Self.escape($0.1))\"" }.joined(separator: ",")
  }

  /// `name{labels}`, with `suffix` after the name and `extra` among the labels.
  func line(suffix: String = "", extra: String = "") -> String {
    let all = labels.isEmpty ? extra : extra.isEmpty ? labels : labels + "," + extra
    return all.isEmpty ? name + suffix : "\(name)\(suffix){\(all)}"
  }

  /// Letters, digits and underscores, not beginning with a digit.
  private static func sanitize(_ text: String) -> String {
    let cleaned = String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    return cleaned.first?.isNumber ?? true ? "_" + cleaned : cleaned
  }

  private static func escape(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }
}
