import Foundation

/// What was measured; parts that were left out are nil.
struct Report: Codable {
  var bareLoop: Measurement?
  var oneCaller: Measurement?
  var manyCallers: Measurement?
  var unarchived: [Measurement] = []
  var archived: [Measurement] = []
  var unarchivedAlone: Measurement?
  var archivedAlone: Measurement?
  var slowDiskOneCaller: Measurement?
  var slowDiskManyCallers: Measurement?
  var bareReads: Measurement?
  var reads: Measurement?
  var growth: [Growth.Point] = []
  var schemas: [Schema: Measurement] = [:]
  /// By what was measured.
  var postgres: [String: ThroughPostgres.Figures] = [:]

  var table: String {
    var lines = ["                                              a second    CPU us each      batch"]
    func add(_ name: String, _ measurement: Measurement?) {
      guard let measurement else { return }
      lines.append(
        String(
          format: "%@ %12.0f %12.1f %10.1f", name.padding(toLength: 42, withPad: " ", startingAt: 0), measurement.operationsPerSecond,
          measurement.cpuMicrosecondsPerOperation, measurement.averageBatch))
    }
    func compare(_ what: String, _ value: Double?, _ aim: String) {
      if let value {
        lines.append(String(format: "%@ %6.2f  (aim: %@)", what.padding(toLength: 62, withPad: " ", startingAt: 0), value, aim))
      }
    }
    add("write: bare loop over the C API", bareLoop)
    add("write: Database, 1 caller", oneCaller)
    add("write: Database, 256 callers", manyCallers)
    for (without, with) in zip(unarchived, archived) {
      add("write: Database, 256 callers", without)
      add("write: the same, its log archived", with)
    }
    add("write: Database, 1 caller", unarchivedAlone)
    add("write: the same, its log archived", archivedAlone)
    add("write: sync takes 5 ms, 1 caller", slowDiskOneCaller)
    add("write: sync takes 5 ms, 256 callers", slowDiskManyCallers)
    add("point read: bare loop over the C API", bareReads)
    add("point read: Database, 64 callers", reads)
    for point in growth { add("write: Database, \(point.entries) entries", point.measurement) }
    for schema in Schema.allCases { add("write, bare: \(schema.what)", schemas[schema]) }
    if !postgres.isEmpty {
      lines += ["", "write: PostgreSQL                             a second  server CPU us  our CPU us    ms each    repeats"]
    }
    for (name, figures) in postgres.sorted(by: { $0.key < $1.key }) {
      lines.append(
        String(
          format: "%@ %12.0f %14.1f %11.1f %10.2f %10.2f", name.padding(toLength: 41, withPad: " ", startingAt: 0),
          figures.client.operationsPerSecond, figures.serverCPUMicrosecondsPerOperation, figures.client.cpuMicrosecondsPerOperation,
          figures.averageLatencyMilliseconds, figures.repeatsPerOperation))
    }
    lines.append("")
    compare("write, 256 callers to the bare loop, CPU", ratio(manyCallers, bareLoop, \.cpuMicrosecondsPerOperation), "at most 1.15")
    compare("write, 256 callers to one, rate", ratio(manyCallers, oneCaller, \.operationsPerSecond), "at least 3.5")
    compare(
      "write, 256 callers to one, rate, where a sync takes 5 ms", ratio(slowDiskManyCallers, slowDiskOneCaller, \.operationsPerSecond),
      "at least 40")
    let archiveRatios = zip(archived, unarchived).compactMap { ratio($0, $1, \.cpuMicrosecondsPerOperation) }.sorted()
    if !archiveRatios.isEmpty {
      lines.append("write, 256 callers, archived to not, CPU: " + archiveRatios.map { String(format: "%.2f", $0) }.joined(separator: " "))
      let bytes = [archived.last, archivedAlone].map { String(format: "%.0f", $0?.shippedBytesPerOperation ?? 0) }
      lines.append("bytes shipped a write: \(bytes[0]) of 256 callers, \(bytes[1]) of one")
    }
    compare("write, 1 caller, archived to not, CPU", ratio(archivedAlone, unarchivedAlone, \.cpuMicrosecondsPerOperation), "none")
    compare("point read, Database to the bare loop, rate", ratio(reads, bareReads, \.operationsPerSecond), "at least 0.8")
    if let last = growth.last, growth.count > 1 {
      compare("write, CPU at \(last.entries) entries to \(growth[0].entries)", last.cpuToTheFirst, "at most 1.5")
    }
    return lines.joined(separator: "\n")
  }

  private func ratio(_ one: Measurement?, _ other: Measurement?, _ figure: KeyPath<Measurement, Double>) -> Double? {
    guard let one, let other else { return nil }
    return one[keyPath: figure] / other[keyPath: figure]
  }

  func writeJSON(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    let url = URL(fileURLWithPath: path)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try encoder.encode(self).write(to: url)
  }
}
