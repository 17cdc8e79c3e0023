/// What reads rows: a `Snapshot`, or a `Transaction` that also sees its own changes. Store code that serves both takes
/// `some Queryable`.
public protocol Queryable {
  /// Runs the statement and hands each row to `onRow` until it returns false.
  func query(_ sql: SQL, _ arguments: [SQLValue], onRow: (Row) throws -> Bool) throws
}

extension Queryable {
  /// The first row, or nil when there is none.
  @inlinable
  public func first<Value>(_ sql: SQL, _ arguments: [SQLValue] = [], _ row: (Row) throws -> Value) throws -> Value? {
    var value: Value?
    try query(sql, arguments) {
      value = try row($0)
      return false
    }
    return value
  }

  /// Every row, in the statement's order. Give the statement a LIMIT where rows have no natural bound.
  @inlinable
  public func all<Value>(_ sql: SQL, _ arguments: [SQLValue] = [], _ row: (Row) throws -> Value) throws -> [Value] {
    var values: [Value] = []
    try query(sql, arguments) {
      values.append(try row($0))
      return true
    }
    return values
  }

  /// Every row, one at a time. On SQLite the result need not fit in memory; on PostgreSQL libpq holds it whole.
  @inlinable
  public func forEach(_ sql: SQL, _ arguments: [SQLValue] = [], _ row: (Row) throws -> Void) throws {
    try query(sql, arguments) {
      try row($0)
      return true
    }
  }

  /// Whether the statement has a row.
  @inlinable
  public func exists(_ sql: SQL, _ arguments: [SQLValue] = []) throws -> Bool {
    try first(sql, arguments) { _ in true } ?? false
  }
}
