import Foundation

/// What one run took.
struct Measurement: Codable {
  let operationsPerSecond: Double
  let cpuMicrosecondsPerOperation: Double
  /// Operations that one COMMIT made durable, on average; 0 for reads.
  let averageBatch: Double
  /// What the archive of the log took, where there is one.
  var shippedBytesPerOperation: Double?

  /// Measures `work`, which does `operations` operations and returns in how many commits.
  static func of(operations: Int, _ work: () async throws -> Int) async rethrows -> Measurement {
    let start = (clock(CLOCK_MONOTONIC), clock(CLOCK_PROCESS_CPUTIME_ID))
    let commits = try await work()
    let (wall, cpu) = (clock(CLOCK_MONOTONIC) - start.0, clock(CLOCK_PROCESS_CPUTIME_ID) - start.1)
    return Measurement(
      operationsPerSecond: Double(operations) / wall, cpuMicrosecondsPerOperation: cpu / Double(operations) * 1_000_000,
      averageBatch: commits == 0 ? 0 : Double(operations) / Double(commits))
  }

  private static func clock(_ identifier: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(identifier, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
  }
}
