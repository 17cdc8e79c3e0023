import Foundation

/// What was measured.
struct Report: Codable {
  let members: Int
  let lots: Int
  var balance: Measurement?
  var earn: Measurement?
  var spend: Measurement?
  var refund: Measurement?
  var bareTiers: Measurement?
  var tiers: Measurement?
  var points: Measurement?
  var writesAlone: Measurement?
  var writesBesideNotices: Measurement?
  var noticesASecond: Double?

  init(members: Int, lots: Int) {
    (self.members, self.lots) = (members, lots)
  }

  var table: String {
    var lines = ["\(members) members, \(lots) lots                          a second      CPU us   p50 ms   p99 ms"]
    func add(_ name: String, _ measurement: Measurement?) {
      guard let measurement else { return }
      lines.append(
        String(
          format: "%@ %12.0f %11.1f %8.2f %8.2f", name.padding(toLength: 46, withPad: " ", startingAt: 0),
          measurement.operationsPerSecond, measurement.cpuMicrosecondsPerOperation, measurement.medianMilliseconds,
          measurement.p99Milliseconds))
    }
    add("balance, 64 callers", balance)
    add("order that earns: hold and commit, 256 callers", earn)
    add("order that spends too, 256 callers", spend)
    add("refund of a whole order, 256 callers", refund)
    add("orders, 16 callers", writesAlone)
    add("orders, 16 callers, beside notices", writesBesideNotices)
    lines.append("")
    func perMember(_ name: String, _ measurement: Measurement?) {
      guard let measurement else { return }
      let seconds = measurement.cpuMicrosecondsPerOperation / 1_000_000
      lines.append(String(format: "%@: %.1f s of CPU, %.2f us a member", name, seconds, seconds / Double(members) * 1_000_000))
    }
    perMember("two tier schemes over all members", tiers)
    perMember("the same sums by two SQL statements", bareTiers)
    perMember("points by tier over all members", points)
    if let noticesASecond { lines.append(String(format: "notices told a second, beside the orders: %.0f", noticesASecond)) }
    if let busy = writesBesideNotices, let alone = writesAlone {
      lines.append(String(format: "orders beside notices to alone, p99: %.2f", busy.p99Milliseconds / alone.p99Milliseconds))
    }
    return lines.joined(separator: "\n")
  }

  func writeJSON(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    let url = URL(fileURLWithPath: path)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try encoder.encode(self).write(to: url)
  }
}
