import CSQLite

/// A prepared statement of one connection. Bound, stepped through its rows, and reset within one call, so it never holds a lock or a
/// value longer than that call.
final class Statement {
  let name: String
  let text: String
  private let handle: OpaquePointer
  private let parameterCount: Int32
  private let isReadOnly: Bool

  /// Whether a call is stepping through it. A call that starts meanwhile (a row's closure that runs the same SQL) prepares its own.
  private(set) var isInUse = false
  private var isOnRow = false
  private var mismatchedColumn: Int?

  init(name: String, text: String, handle: OpaquePointer) {
    self.name = name
    self.text = text
    self.handle = handle
    self.parameterCount = sqlite3_bind_parameter_count(handle)
    self.isReadOnly = sqlite3_stmt_readonly(handle) != 0
  }

  deinit { sqlite3_finalize(handle) }

  /// The C statement for reading columns; traps when a `Row` has outlived its closure.
  var handleOnRow: OpaquePointer {
    precondition(isOnRow, "a row is valid only inside the closure that receives it")
    return handle
  }

  func noteMismatch(column: Int) {
    if mismatchedColumn == nil { mismatchedColumn = column }
  }

  /// Runs the statement and hands each row to `onRow` until it returns false. The result code is SQLITE_DONE, SQLITE_ROW when
  /// `onRow` stopped early, or the extended code of what failed. Throws what `onRow` throws.
  func execute(_ arguments: [SQLValue], onRow: (Row) throws -> Bool) throws -> Int32 {
    guard arguments.count == Int(parameterCount) else { throw DatabaseError.invalidStatement(sql: name) }
    isInUse = true
    defer { rest() }
    let bound = bind(arguments)
    guard bound == SQLITE_OK else { return bound }
    while true {
      let code = sqlite3_step(handle)
      guard code == SQLITE_ROW else { return code }
      isOnRow = true
      defer { isOnRow = false }
      let wantsMore: Bool
      do {
        wantsMore = try onRow(Row(source: .sqlite(self)))
        if let mismatch { throw mismatch }
      } catch {
        _ = finish()
        throw mismatch ?? error
      }
      if !wantsMore { return finish() }
    }
  }

  /// Ends a statement whose remaining rows nobody wants. One that writes is stepped to its end first: SQLite checks a statement's
  /// foreign keys there, and a reset before it would leave a broken reference behind without a word.
  private func finish() -> Int32 {
    if isReadOnly { return SQLITE_ROW }
    var code = sqlite3_step(handle)
    while code == SQLITE_ROW { code = sqlite3_step(handle) }
    return code
  }

  /// Runs a statement without parameters or rows, such as COMMIT.
  func step() -> Int32 {
    let code = sqlite3_step(handle)
    sqlite3_reset(handle)
    return code
  }

  private var mismatch: DatabaseError? {
    mismatchedColumn.map { .columnType(sql: name, column: $0) }
  }

  /// Reset at once: an unfinished read would keep its snapshot and hold up checkpoints.
  private func rest() {
    sqlite3_reset(handle)
    isInUse = false
    mismatchedColumn = nil
  }

  private func bind(_ arguments: [SQLValue]) -> Int32 {
    var position: Int32 = 0
    for argument in arguments {
      position += 1
      let code: Int32
      switch argument {
      case .integer(let value): code = sqlite3_bind_int64(handle, position, value)
      case .null: code = sqlite3_bind_null(handle, position)
      case .blob(let bytes): code = bytes.withUnsafeBytes { bindBlob($0, at: position) }
      case .text(var text): code = text.withUTF8 { bindText($0, at: position) }
      }
      guard code == SQLITE_OK else { return code }
    }
    return SQLITE_OK
  }

  private func bindText(_ text: UnsafeBufferPointer<UInt8>, at position: Int32) -> Int32 {
    // With its length, so that a NUL inside does not cut the text. An empty text may have no address, which would bind NULL.
    guard let address = text.baseAddress, !text.isEmpty else { return sqlite3_bind_text(handle, position, "", 0, nil) }
    return address.withMemoryRebound(to: CChar.self, capacity: text.count) {
      sqlite3_bind_text(handle, position, $0, Int32(text.count), copiedBySQLite)
    }
  }

  private func bindBlob(_ bytes: UnsafeRawBufferPointer, at position: Int32) -> Int32 {
    guard let address = bytes.baseAddress, !bytes.isEmpty else { return sqlite3_bind_zeroblob(handle, position, 0) }
    return sqlite3_bind_blob(handle, position, address, Int32(bytes.count), copiedBySQLite)
  }
}

/// SQLITE_TRANSIENT: SQLite copies the bytes during the call. Swift promises their address no longer than that.
nonisolated(unsafe) private let copiedBySQLite = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
