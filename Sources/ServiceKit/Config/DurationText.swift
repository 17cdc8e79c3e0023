/// The spelling of durations in configuration: a whole number and one unit of ms, s, m, h, d.
enum DurationText {
  private static let units: [(suffix: String, milliseconds: Int64)] = [
    // "ms" stands before "m" and "s", which it ends in.
    ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
  ]

  static func parse(_ text: String) -> Duration? {
    for (suffix, milliseconds) in units where text.hasSuffix(suffix) {
      let digits = text.dropLast(suffix.count)
      guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }), let count = Int64(digits) else { return nil }
      let (total, overflow) = count.multipliedReportingOverflow(by: milliseconds)
      return overflow ? nil : .milliseconds(total)
    }
    return nil
  }

  /// In the largest unit that is exact.
  static func print(_ duration: Duration) -> String {
    let total = duration.components.seconds * 1_000 + duration.components.attoseconds / 1_000_000_000_000_000
    let unit = units.last { total != 0 && total % $0.milliseconds == 0 } ?? units[1]
    return "\(total / unit.milliseconds)\(unit.suffix)"
  }
}
