/// One request's part of a batch: it sees its own changes, and they become durable together or not at all. Valid only inside the
/// closure of `Database.write`.
public final class Transaction: Queryable {
  let connection: EngineConnection
  private var isOpen = true

  /// What undid the whole transaction under this request, once something did. A statement after it would commit by itself, outside
  /// any transaction, so none is run.
  private(set) var loss: DatabaseError?
  /// The highest outbox position that this request appended.
  private(set) var appendedPosition: Int64?
  /// The request id that this request claimed and has no reply for yet.
  private(set) var openClaim: RequestKey?
  /// What this run did, kept only where every write runs twice.
  private(set) var trace: WriteTrace?
  private var locks: LockGuard?

  /// - Parameter locks: Nil where nobody else writes, or the server makes it so.
  init(_ connection: EngineConnection, keepsTrace: Bool, locks: LockOrder? = nil) {
    self.connection = connection
    self.locks = locks.map(LockGuard.init)
    self.trace = keepsTrace ? WriteTrace() : nil
  }

  public func query(_ sql: SQL, _ arguments: [SQLValue], onRow: (Row) throws -> Bool) throws {
    precondition(isOpen, "a transaction was used after its closure")
    guard loss == nil else { throw DatabaseError.transactionLost }
    trace?.append(sql, arguments)
    let taking = try locks?.permit(sql, arguments)
    var hasRow = false
    do {
      if taking == nil {
        try connection.execute(sql, arguments, onRow: onRow)
      } else {
        try connection.execute(sql, arguments) { row in
          hasRow = true
          return try onRow(row)
        }
      }
    } catch {
      if connection.hasLostTransaction { loss = error as? DatabaseError ?? .transactionLost }
      throw error
    }
    if let taking, hasRow || (!taking.isRead && connection.changes > 0) { locks?.took(taking) }
  }

  /// Runs a statement for its effect: how many rows it changed. Rows that it returns are passed over.
  @discardableResult
  public func run(_ sql: SQL, _ arguments: [SQLValue] = []) throws -> Int {
    try query(sql, arguments) { _ in true }
    return connection.changes
  }

  func noteAppended(position: Int64) { appendedPosition = position }

  func noteClaim(_ key: RequestKey?) { openClaim = key }

  func end() { isOpen = false }
}
