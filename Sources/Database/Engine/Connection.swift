import CSQLite
import Foundation

/// One SQLite connection with its statement cache. It is opened, used and closed on one thread, and traps on any other: SQLite is
/// told not to lock (SQLITE_OPEN_NOMUTEX), so a second thread would corrupt memory silently.
final class Connection: EngineConnection {
  enum Role { case writer, reader, maintenance }

  let handle: OpaquePointer
  private let owner = pthread_self()
  private var statements: [UInt: Statement] = [:]
  private let statementCacheLimit: Int
  private let busyTimeoutMilliseconds: Int
  private let limit = TimeLimit()

  init(_ configuration: DatabaseConfiguration, role: Role) throws {
    var opened: OpaquePointer?
    let flags = SQLITE_OPEN_NOMUTEX | (role == .reader ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)
    let code = sqlite3_open_v2(configuration.path, &opened, flags, configuration.virtualFileSystem)
    guard code == SQLITE_OK, let opened else {
      sqlite3_close_v2(opened)
      throw DatabaseError(code: code, sql: "open")
    }
    handle = opened
    statementCacheLimit = configuration.statementCacheLimit
    busyTimeoutMilliseconds = configuration.busyTimeoutMilliseconds
    super.init()
    sqlite3_extended_result_codes(opened, 1)
    sqlite3_busy_timeout(opened, Int32(configuration.busyTimeoutMilliseconds))
    // Schema text is data from a file: it may not reach for functions with side effects, and damage in it is reported.
    try control("PRAGMA trusted_schema=OFF")
    try control("PRAGMA foreign_keys=ON")
    try control("PRAGMA cache_size=-\(configuration.cacheKibibytes)")
    // Who only looks moves nothing, and an archive's log is moved when it is shipped.
    if role == .reader || configuration.leavesLog { csqlite_leave_log_on_close(opened) }
    switch role {
    case .reader: try control("PRAGMA query_only=ON")
    case .writer, .maintenance:
      try control("PRAGMA journal_mode=WAL")
      try control("PRAGMA synchronous=FULL")
      // Checkpoints happen off the writer's path (Checkpointer), and the file is cut back after them.
      try control("PRAGMA wal_autocheckpoint=0")
      try control("PRAGMA journal_size_limit=\(configuration.walLimitBytes)")
      if configuration.overwritesDeleted { try control("PRAGMA secure_delete=ON") }
      if let pages = configuration.maximumPageCount { try control("PRAGMA max_page_count=\(pages)") }
    }
    limit.install(on: opened)
  }

  deinit {
    statements.removeAll()
    sqlite3_close_v2(handle)
  }

  private func checkThread() {
    precondition(pthread_equal(owner, pthread_self()) != 0, "a database connection was used off its thread")
  }

  /// True outside a transaction. Inside one it turns true only when SQLite has undone the whole transaction by itself.
  var isAutocommit: Bool { sqlite3_get_autocommit(handle) != 0 }

  /// Rows that were ever changed on this connection, also by what was undone.
  var totalChanges: Int64 { sqlite3_total_changes64(handle) }

  override var changes: Int { Int(sqlite3_changes64(handle)) }

  /// An interrupted write, a full disk and some input/output errors undo the transaction and with it the request's savepoint.
  override var hasLostTransaction: Bool { isAutocommit }

  /// SQLite has one writer.
  override var hasOtherWriters: Bool { false }

  // MARK: Statements

  /// Runs a service's statement. The code is SQLITE_DONE or SQLITE_ROW; anything else is thrown as a `DatabaseError`.
  override func execute(_ sql: SQL, _ arguments: [SQLValue], onRow: (Row) throws -> Bool) throws {
    checkThread()
    let code = try statement(for: sql).execute(arguments, onRow: onRow)
    guard code == SQLITE_DONE || code == SQLITE_ROW else { throw DatabaseError(code: code, sql: sql.name) }
  }

  /// Runs one of the library's own statements that has no parameters and whose rows nobody reads.
  func control(_ text: String) throws {
    checkThread()
    let code = sqlite3_exec(handle, text, nil, nil, nil)
    guard code == SQLITE_OK else { throw DatabaseError(code: code, sql: String(text.prefix { $0 != " " && $0 != "=" }).lowercased()) }
  }

  /// Runs `work` with no patience for other processes' locks.
  func withoutWaiting(_ work: () -> Int32) -> Int32 {
    checkThread()
    sqlite3_busy_timeout(handle, 0)
    defer { sqlite3_busy_timeout(handle, Int32(busyTimeoutMilliseconds)) }
    return work()
  }

  private func statement(for sql: SQL) throws -> Statement {
    if let cached = statements[sql.cacheKey] {
      if !cached.isInUse, cached.text == sql.text { return cached }
      if cached.isInUse { return try prepare(sql, persistent: false) }
    }
    if statements.count >= statementCacheLimit { statements = statements.filter { $0.value.isInUse } }
    let prepared = try prepare(sql, persistent: true)
    statements[sql.cacheKey] = prepared
    return prepared
  }

  private func prepare(_ sql: SQL, persistent: Bool) throws -> Statement {
    guard StatementRules.services.allows(sql.text) else { throw DatabaseError.invalidStatement(sql: sql.name) }
    let (code, prepared, _) = prepare(sql.text, persistent: persistent)
    guard code == SQLITE_OK else {
      throw code & 0xff == SQLITE_ERROR ? DatabaseError.invalidStatement(sql: sql.name) : DatabaseError(code: code, sql: sql.name)
    }
    guard let prepared else { throw DatabaseError.invalidStatement(sql: sql.name) }
    return Statement(name: sql.name, text: sql.text, handle: prepared)
  }

  /// The first statement of `text`, and how many bytes it took; nil for a text of blanks and comments.
  func prepare(_ text: String, persistent: Bool) -> (code: Int32, statement: OpaquePointer?, length: Int) {
    checkThread()
    var text = text
    return text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { characters in
        var statement: OpaquePointer?
        var tail: UnsafePointer<CChar>?
        let flags = persistent ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
        let code = sqlite3_prepare_v3(handle, characters.baseAddress, Int32(characters.count), flags, &statement, &tail)
        let length = tail.flatMap { tail in characters.baseAddress.map { tail - $0 } } ?? 0
        return (code, statement, length)
      }
    }
  }

  // MARK: Time limit

  /// Statements fail with `interrupted` once `instant` has passed; nil lifts the limit.
  func limitTime(until instant: ContinuousClock.Instant?) { limit.set(instant) }

  /// Fails the statement that runs, and each that comes, with `interrupted`; from any thread.
  var stop: @Sendable () -> Void { limit.stop }
}

extension DatabaseError {
  /// The typed form of an extended result code.
  init(code: Int32, sql: String) {
    switch code & 0xff {
    case SQLITE_CONSTRAINT: self = .constraint(Constraint(extendedCode: code), sql: sql)
    case SQLITE_BUSY, SQLITE_LOCKED: self = .busy(sql: sql)
    case SQLITE_FULL, SQLITE_TOOBIG: self = .full(sql: sql)
    case SQLITE_CORRUPT, SQLITE_NOTADB: self = .corrupt(sql: sql)
    case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH: self = .readOnly(sql: sql)
    case SQLITE_IOERR, SQLITE_CANTOPEN: self = .inputOutput(sql: sql)
    case SQLITE_NOMEM: self = .outOfMemory(sql: sql)
    case SQLITE_INTERRUPT: self = .interrupted(sql: sql)
    default: self = .engine(code: code & 0xff, sql: sql)
    }
  }
}

extension DatabaseError.Constraint {
  /// The extended codes of sqlite3.h, which are macros that Swift does not import: primary code 19 and a number above it.
  init(extendedCode code: Int32) {
    switch code >> 8 {
    case 1: self = .check
    case 3: self = .foreignKey
    case 5: self = .notNull
    case 6: self = .primaryKey
    case 7: self = .trigger
    case 8, 10: self = .unique
    case 12: self = .dataType
    default: self = .other
    }
  }
}
