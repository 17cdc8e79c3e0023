/// The database as one moment left it, valid only inside the closure of `Database.read`. Writers go on meanwhile and stay unseen.
public final class Snapshot: Queryable {
  private let connection: EngineConnection
  private var isOpen = true

  init(_ connection: EngineConnection) { self.connection = connection }

  public func query(_ sql: SQL, _ arguments: [SQLValue], onRow: (Row) throws -> Bool) throws {
    precondition(isOpen, "a snapshot was used after its closure")
    try connection.execute(sql, arguments, onRow: onRow)
  }

  func end() { isOpen = false }
}
