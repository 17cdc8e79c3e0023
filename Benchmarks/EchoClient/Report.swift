internal import Foundation

/// What a load cost, and how long its calls took.
struct Report {
  /// Nanoseconds, in no order.
  let latencies: [Int64]
  let duration: Duration
  let processorNanoseconds: Int64

  var json: String {
    let sorted = latencies.sorted()
    let count = Double(sorted.count)
    let fields = [
      ("calls", count),
      ("cpu_us_per_call", Double(processorNanoseconds) / 1_000 / count),
      ("calls_per_second", count / (duration / .seconds(1))),
      ("p50_us", Double(sorted[sorted.count / 2]) / 1_000),
      ("p99_us", Double(sorted[sorted.count * 99 / 100]) / 1_000),
    ]
    return "{" + fields.map { "\"\($0)\": \($1)" }.joined(separator: ", ") + "}"
  }

  /// The processor time that this process has spent on all its threads.
  static func processorNanosecondsSpent() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
