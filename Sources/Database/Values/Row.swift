import CSQLite
public import Foundation

/// The row on which a statement stands, valid only inside the closure that receives it. Columns count from 0.
///
/// Accessors do not throw, so that decoding reads as a plain initialiser. A column of another type than asked for, or `NULL` where
/// a value was asked for, is remembered instead: the accessor gives an empty value, and the statement throws
/// `DatabaseError.columnType` as soon as the closure returns, before the caller sees anything decoded from it.
public struct Row {
  /// Where the values lie. Two cases rather than a protocol: a value costs a branch, not a call through a table.
  enum Source {
    case sqlite(Statement)
    case postgres(PostgresRows)
  }

  let source: Source

  public func int64(_ column: Int) -> Int64 {
    switch source {
    case .sqlite(let statement):
      let handle = statement.handleOnRow
      guard sqlite3_column_type(handle, Int32(column)) == SQLITE_INTEGER else { return mismatch(column, 0) }
      return sqlite3_column_int64(handle, Int32(column))
    case .postgres(let rows): return rows.integer(column) ?? mismatch(column, 0)
    }
  }

  public func text(_ column: Int) -> String {
    switch source {
    case .sqlite(let statement):
      let handle = statement.handleOnRow
      guard sqlite3_column_type(handle, Int32(column)) == SQLITE_TEXT, let bytes = sqlite3_column_text(handle, Int32(column)) else {
        return mismatch(column, "")
      }
      let count = Int(sqlite3_column_bytes(handle, Int32(column)))
      return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    case .postgres(let rows): return rows.text(column) ?? mismatch(column, "")
    }
  }

  public func blob(_ column: Int) -> [UInt8] {
    switch source {
    case .sqlite(let statement):
      let handle = statement.handleOnRow
      guard sqlite3_column_type(handle, Int32(column)) == SQLITE_BLOB else { return mismatch(column, []) }
      // A blob of no bytes has no address.
      guard let bytes = sqlite3_column_blob(handle, Int32(column)) else { return [] }
      return [UInt8](UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(handle, Int32(column)))))
    case .postgres(let rows): return rows.blob(column) ?? mismatch(column, [])
    }
  }

  public func isNull(_ column: Int) -> Bool {
    switch source {
    case .sqlite(let statement): sqlite3_column_type(statement.handleOnRow, Int32(column)) == SQLITE_NULL
    case .postgres(let rows): rows.isNull(column)
    }
  }

  private func mismatch<Value>(_ column: Int, _ empty: Value) -> Value {
    switch source {
    case .sqlite(let statement): statement.noteMismatch(column: column)
    case .postgres(let rows): rows.noteMismatch(column: column)
    }
    return empty
  }
}

extension Row {
  public func int(_ column: Int) -> Int { Int(int64(column)) }
  public func int32(_ column: Int) -> Int32 {
    let value = int64(column)
    return Int32(exactly: value) ?? mismatch(column, 0)
  }
  public func bool(_ column: Int) -> Bool { int64(column) != 0 }
  public func time(_ column: Int) -> Date { Date(microsecondsSince1970: int64(column)) }

  public func optionalInt64(_ column: Int) -> Int64? { isNull(column) ? nil : int64(column) }
  public func optionalInt(_ column: Int) -> Int? { isNull(column) ? nil : int(column) }
  public func optionalBool(_ column: Int) -> Bool? { isNull(column) ? nil : bool(column) }
  public func optionalText(_ column: Int) -> String? { isNull(column) ? nil : text(column) }
  public func optionalBlob(_ column: Int) -> [UInt8]? { isNull(column) ? nil : blob(column) }
  public func optionalTime(_ column: Int) -> Date? { isNull(column) ? nil : time(column) }
}
