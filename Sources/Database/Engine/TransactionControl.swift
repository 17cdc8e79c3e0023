import CSQLite

/// A connection's transaction borders, prepared once.
struct TransactionControl {
  let beginReading: Statement
  let beginWriting: Statement
  let savepoint: Statement
  let release: Statement
  let rollbackToSavepoint: Statement
  let commit: Statement
  let rollback: Statement

  init(_ connection: Connection) throws {
    func prepared(_ name: String, _ text: String) throws -> Statement {
      let (code, handle, _) = connection.prepare(text, persistent: true)
      guard code == SQLITE_OK, let handle else { throw DatabaseError(code: code, sql: name) }
      return Statement(name: name, text: text, handle: handle)
    }
    beginReading = try prepared("begin", "BEGIN")
    // IMMEDIATE: the lock is taken here, where waiting for another process is harmless, and not in the middle of a request.
    beginWriting = try prepared("begin", "BEGIN IMMEDIATE")
    savepoint = try prepared("savepoint", "SAVEPOINT request")
    release = try prepared("release", "RELEASE request")
    rollbackToSavepoint = try prepared("rollback", "ROLLBACK TO request")
    commit = try prepared("commit", "COMMIT")
    rollback = try prepared("rollback", "ROLLBACK")
  }
}
