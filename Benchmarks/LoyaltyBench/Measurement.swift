import Foundation
import Synchronization

/// What some calls took: the processor's time of the whole process, and each call's own time.
struct Measurement: Codable, Sendable {
  let operations: Int
  let operationsPerSecond: Double
  let cpuMicrosecondsPerOperation: Double
  let medianMilliseconds: Double
  let p99Milliseconds: Double

  /// `operations` calls by so many callers, each with the next number.
  static func of(
    _ operations: Int, callers: Int, _ call: @escaping @Sendable (Int) async throws -> Void
  ) async rethrows -> Measurement {
    try await measure(callers: callers, call) { $0 < operations }
  }

  /// As many calls as there is time for.
  static func during(
    _ seconds: Int, callers: Int, _ call: @escaping @Sendable (Int) async throws -> Void
  ) async rethrows -> Measurement {
    let end = ContinuousClock.now + .seconds(seconds)
    return try await measure(callers: callers, call) { _ in ContinuousClock.now < end }
  }

  private static func measure(
    callers: Int, _ call: @escaping @Sendable (Int) async throws -> Void, while goesOn: @escaping @Sendable (Int) -> Bool
  ) async rethrows -> Measurement {
    let next = Numbers()
    let start = (clock(CLOCK_MONOTONIC), clock(CLOCK_PROCESS_CPUTIME_ID))
    let times = try await withThrowingTaskGroup(of: [Double].self) { group in
      for _ in 0..<callers {
        group.addTask {
          var own: [Double] = []
          while true {
            let number = next.take()
            guard goesOn(number) else { return own }
            let begin = clock(CLOCK_MONOTONIC)
            try await call(number)
            own.append(clock(CLOCK_MONOTONIC) - begin)
          }
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }.sorted()
    }
    let (wall, cpu) = (clock(CLOCK_MONOTONIC) - start.0, clock(CLOCK_PROCESS_CPUTIME_ID) - start.1)
    func percentile(_ part: Double) -> Double { times.isEmpty ? 0 : times[Int(Double(times.count - 1) * part)] * 1_000 }
    return Measurement(
      operations: times.count, operationsPerSecond: Double(times.count) / wall,
      cpuMicrosecondsPerOperation: cpu / Double(max(1, times.count)) * 1_000_000, medianMilliseconds: percentile(0.5),
      p99Milliseconds: percentile(0.99))
  }

  private static func clock(_ identifier: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(identifier, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
  }

  private final class Numbers: Sendable {
    private let next = Atomic<Int>(0)
    func take() -> Int { next.add(1, ordering: .relaxed).oldValue }
  }
}
