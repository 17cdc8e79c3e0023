import CSQLite
import Logging
import Metrics
import Synchronization

/// The thread that copies the write-ahead log into the database file while the writer goes on.
final class Checkpointer: Sendable {
  /// One demand waits at most: a checkpoint copies everything that is there when it starts.
  private let demands = BlockingQueue<Void>(limit: 1)
  /// Held by a checkpoint, and by the writer while it has the log begun anew.
  private let turn = Mutex(())
  private let logger: Logger
  private let checkpoints = Counter(label: "database_checkpoints_total")
  private let failures = Counter(label: "database_checkpoint_failures_total")

  init(logger: Logger) { self.logger = logger }

  /// From the writer's thread; never waits.
  func demand() { _ = demands.offer(()) }

  func close() { demands.close() }

  /// From the writer's thread: runs `work` while no checkpoint is under way; nil when one is.
  func whileIdle<Answer: Sendable, Failure: Error>(_ work: () throws(Failure) -> Answer) throws(Failure) -> Answer? {
    try turn.withLockIfAvailable { _ throws(Failure) in try work() }
  }

  /// The body of the checkpointer's thread. A checkpoint that fails leaves the log as it is, and the next one copies all of it again.
  func run(_ connection: Connection) {
    var taken: [Void] = []
    while demands.take(upTo: 1, into: &taken) {
      taken.removeAll(keepingCapacity: true)
      let code = turn.withLock { _ in sqlite3_wal_checkpoint_v2(connection.handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil) }
      checkpoints.increment()
      // Busy means that another process is at it.
      guard code != SQLITE_OK, code & 0xff != SQLITE_BUSY else { continue }
      failures.increment()
      logger.error("checkpoint failed", metadata: ["error": "\(DatabaseError(code: code, sql: "checkpoint"))"])
    }
  }
}
