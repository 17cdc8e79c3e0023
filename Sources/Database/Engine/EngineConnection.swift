/// A connection as transactions and snapshots use it: what runs one statement. SQLite's `Connection` and `PostgresConnection` are the two.
///
/// A class rather than a protocol: a statement costs one virtual call, and its rows none.
class EngineConnection {
  /// Runs a service's statement and hands each row to `onRow` until it returns false. Throws `DatabaseError`, or what `onRow` throws.
  func execute(_ sql: SQL, _ arguments: [SQLValue], onRow: (Row) throws -> Bool) throws {
    fatalError("implemented by the engine's connection")
  }

  /// Rows that the last INSERT, UPDATE or DELETE changed.
  var changes: Int { fatalError("implemented by the engine's connection") }

  /// Whether a failure has undone the transaction under the request that runs, so that no further statement of it may run.
  var hasLostTransaction: Bool { fatalError("implemented by the engine's connection") }

  /// Whether others may write at the same time. Then a request id is claimed before its effect, so that the same id in flight waits for
  /// the first.
  var hasOtherWriters: Bool { fatalError("implemented by the engine's connection") }
}
