import Foundation

struct Report: Codable {
  let bareLoop: Measurement
  let oneCaller: Measurement
  let manyCallers: Measurement
  /// The aim: at most 1.15.
  let cpuAgainstBareLoop: Double
  /// The aim: at least 3 where fdatasync is fast; more where it is slow.
  let rateAgainstOneCaller: Double

  init(bare: Measurement, alone: Measurement, together: Measurement) {
    bareLoop = bare
    oneCaller = alone
    manyCallers = together
    cpuAgainstBareLoop = together.cpuMicrosecondsPerOperation / bare.cpuMicrosecondsPerOperation
    rateAgainstOneCaller = together.operationsPerSecond / alone.operationsPerSecond
  }

  var table: String {
    func line(_ name: String, _ measurement: Measurement) -> String {
      String(
        format: "%@ %12.0f %12.1f %10.1f", name.padding(toLength: 34, withPad: " ", startingAt: 0), measurement.operationsPerSecond,
        measurement.cpuMicrosecondsPerOperation, measurement.averageBatch)
    }
    return """
      ledger write                          writes/s   CPU us each      batch
      \(line("bare loop over the C API", bareLoop))
      \(line("Database.write, 1 caller", oneCaller))
      \(line("Database.write, 256 callers", manyCallers))
      256 callers against the bare loop, CPU:   \(String(format: "%.2f", cpuAgainstBareLoop)) (aim: at most 1.15)
      256 callers against one caller, rate:     \(String(format: "%.2f", rateAgainstOneCaller)) (aim: at least 3)
      """
  }

  func writeJSON(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    let url = URL(fileURLWithPath: path)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try encoder.encode(self).write(to: url)
  }
}
