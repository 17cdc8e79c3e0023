internal import Logging
internal import Metrics
internal import NIOCore

/// Runs the tasks of one method on one event loop, and times each uninterrupted run: while one runs, no other connection is served.
///
/// There is one for each method and loop, since a job says nothing of whose it is, but the executor that it comes through does.
///
/// `@unchecked Sendable`: `longest` and `lastWarning` are touched on the loop's thread only.
final class LoopExecutor: TaskExecutor, @unchecked Sendable {
  /// A run longer than this is logged. The work belongs `offLoop`.
  static let longRunNanoseconds: UInt64 = 5_000_000
  private static let nanosecondsBetweenWarnings: UInt64 = 1_000_000_000

  private let worker: LoopWorker
  private let method: String
  private let logger: Logger
  private var longestNanoseconds: UInt64 = 0
  private var lastWarning: NIODeadline?

  init(worker: LoopWorker, method: String, logger: Logger) {
    self.worker = worker
    self.method = method
    self.logger = logger
  }

  func enqueue(_ job: consuming ExecutorJob) {
    worker.enqueue(.task(UnownedJob(job), self))
  }

  func ran(nanoseconds: UInt64) {
    if nanoseconds > longestNanoseconds {
      longestNanoseconds = nanoseconds
      Gauge(label: "rpc_loop_run_longest_seconds", dimensions: [("method", method)]).record(Double(nanoseconds) / 1e9)
    }
    if nanoseconds > LoopExecutor.longRunNanoseconds { warn(nanoseconds) }
  }

  private func warn(_ nanoseconds: UInt64) {
    let now = NIODeadline.now()
    if let lastWarning, (now - lastWarning).nanoseconds < Int64(LoopExecutor.nanosecondsBetweenWarnings) { return }
    lastWarning = now
    logger.warning(
      "a handler held its event loop", metadata: ["method": "\(method)", "milliseconds": "\(nanoseconds / 1_000_000)"])
  }
}
