import CSQLite
import Logging
import Metrics

/// The thread that copies the write-ahead log into the database file while the writer goes on.
final class Checkpointer: Sendable {
  /// One demand waits at most: a checkpoint copies everything that is there when it starts.
  private let demands = BlockingQueue<Void>(limit: 1)
  private let logger: Logger
  private let checkpoints = Counter(label: "database_checkpoints_total")
  private let failures = Counter(label: "database_checkpoint_failures_total")

  init(logger: Logger) { self.logger = logger }

  /// From the writer's thread; never waits.
  func demand() { _ = demands.offer(()) }

  func close() { demands.close() }

  /// The body of the checkpointer's thread. A checkpoint that fails leaves the log as it is, and the next one copies all of it again.
  func run(_ connection: Connection) {
    var taken: [Void] = []
    while demands.take(upTo: 1, into: &taken) {
      taken.removeAll(keepingCapacity: true)
      let code = sqlite3_wal_checkpoint_v2(connection.handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
      checkpoints.increment()
      // Busy means that another process is at it.
      guard code != SQLITE_OK, code & 0xff != SQLITE_BUSY else { continue }
      failures.increment()
      logger.error("checkpoint failed", metadata: ["error": "\(DatabaseError(code: code, sql: "checkpoint"))"])
    }
  }
}
