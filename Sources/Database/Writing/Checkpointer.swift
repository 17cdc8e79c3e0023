import CSQLite

/// The thread that copies the write-ahead log into the database file while the writer goes on.
final class Checkpointer: Sendable {
  /// One demand waits at most: a checkpoint copies everything that is there when it starts.
  private let demands = BlockingQueue<Void>(limit: 1)

  /// From the writer's thread; never waits.
  func demand() { _ = demands.offer(()) }

  func close() { demands.close() }

  /// The body of the checkpointer's thread. A checkpoint that fails leaves the log as it is, and the next one copies all of it again.
  func run(_ connection: Connection) {
    var taken: [Void] = []
    while demands.take(upTo: 1, into: &taken) {
      taken.removeAll(keepingCapacity: true)
      _ = sqlite3_wal_checkpoint_v2(connection.handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
    }
  }
}
