import CPostgreSQL
import Foundation
import Logging

/// One connection to a PostgreSQL server with its prepared statements. It is opened, used and closed on one thread, and traps on any
/// other, as SQLite's does; `stop` alone comes from elsewhere.
///
/// A statement is sent and waited for with a time limit of its own beside the server's (`statement_timeout`): a server that does not answer
/// is told to stop, and given up when it does not.
final class PostgresConnection: EngineConnection {
  enum Role { case writer, reader, maintenance }

  private let handle: OpaquePointer
  private let owner = pthread_self()
  private let cancellation: PostgresCancellation
  private let statementCacheLimit: Int
  private let patience: Duration
  private var statements: [UInt: PostgresStatement] = [:]
  /// Of all that it has prepared, and of those that the server still has.
  private var statementCount = 0
  private var keptCount = 0
  private var parameters = PostgresParameters()
  private var limit: ContinuousClock.Instant?
  private var lastChanges = 0
  /// A COMMIT is never cancelled: a server that waits for its standbys would answer that it has committed, though none of them has it.
  private var mayCancel = true

  /// What failed first since `begin`; nil while nothing has.
  private(set) var failure: PostgresFailure?

  init(_ configuration: DatabaseConfiguration, role: Role) throws {
    guard case .postgres(let url) = configuration.location else { preconditionFailure("a file is no server") }
    // What stands before the URL is a default that the URL may change.
    let keywords = ["connect_timeout", "fallback_application_name", "tcp_user_timeout", "dbname"]
    let seconds = max(2, configuration.connectTimeout.components.seconds)
    let values = ["\(seconds)", "patron", "\(seconds * 2_000)", url]
    let opened = CStrings.with(keywords) { keywords in CStrings.with(values) { PQconnectdbParams(keywords, $0, 1) } }
    guard let opened, PQstatus(opened) == CONNECTION_OK, let cancellation = PostgresCancellation(opened) else {
      // Names the server and the role, and holds no password; it is for the operator's log and leaves this process no other way.
      let reason = opened.flatMap(PQerrorMessage).map { String(cString: $0).prefix { $0 != "\n" } } ?? "out of memory"
      configuration.logger.error("cannot connect to the database server", metadata: ["reason": "\(reason)"])
      PQfinish(opened)
      throw DatabaseError.inputOutput(sql: "connect")
    }
    handle = opened
    self.cancellation = cancellation
    statementCacheLimit = configuration.statementCacheLimit
    patience = configuration.connectTimeout
    super.init()
    // Notices, such as of a table that is there already, are nobody's output.
    PQsetNoticeProcessor(opened, { _, _ in }, nil)
    limitTime(until: .now + patience)
    try control(
      """
      SET client_encoding = 'UTF8'; SET standard_conforming_strings = on; SET idle_in_transaction_session_timeout = '300s';
      SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local')
      """)
    // Tables are read through indexes: a serializable transaction that scans one is taken to have read every row of it.
    if role == .writer { try control("SET enable_seqscan = off") }
    limitTime(until: nil)
  }

  deinit { PQfinish(handle) }

  private func checkThread() {
    precondition(pthread_equal(owner, pthread_self()) != 0, "a database connection was used off its thread")
  }

  var isConnected: Bool { PQstatus(handle) == CONNECTION_OK }
  /// Connected, and in no transaction, not even in one that failed.
  var isIdle: Bool { isConnected && PQtransactionStatus(handle) == PQTRANS_IDLE }

  override var changes: Int { lastChanges }
  override var hasLostTransaction: Bool { PQtransactionStatus(handle) != PQTRANS_INTRANS }
  override var hasOtherWriters: Bool { true }

  /// Statements fail with `interrupted` once `instant` has passed; nil lifts the limit.
  func limitTime(until instant: ContinuousClock.Instant?) { limit = instant }

  /// Fails the statement that runs, and each that comes, with `interrupted`; from any thread, also after the connection was closed.
  var stop: @Sendable () -> Void {
    let cancellation = cancellation
    return { cancellation.stop() }
  }

  // MARK: Transactions

  enum Isolation: String {
    case serializable = "SERIALIZABLE"
    case readCommitted = "READ COMMITTED"
    case snapshot = "REPEATABLE READ READ ONLY"
  }

  /// Begins a transaction whose statements the server stops at the limit as well.
  func begin(_ isolation: Isolation, until limit: ContinuousClock.Instant?) throws {
    failure = nil
    // The request's limit is for its own statements.
    limitTime(until: .now + patience)
    if keptCount >= statementCacheLimit { try forgetStatements() }
    let left = limit.map { min(max(1, ($0 - .now).milliseconds), Int(Int32.max)) } ?? 0
    try control("BEGIN ISOLATION LEVEL \(isolation.rawValue); SET LOCAL statement_timeout = \(left)")
    limitTime(until: limit)
  }

  /// Nothing of what failed is left after a savepoint was rolled back to.
  func forgetFailure() { failure = nil }

  /// Gives COMMIT the time that a server needs, whatever is left of the request's: stopping it would only hide its outcome.
  func commit() throws {
    limitTime(until: .now + max(patience, .seconds(30)))
    mayCancel = false
    defer {
      mayCancel = true
      limitTime(until: nil)
    }
    try control("SET LOCAL statement_timeout = 0; COMMIT")
  }

  /// Undoes the transaction, whatever its state. One that cannot do so is lost: its `failure` says so.
  func rollback() {
    limitTime(until: .now + patience)
    if isConnected, PQtransactionStatus(handle) != PQTRANS_IDLE { try? control("ROLLBACK") }
    limitTime(until: nil)
  }

  // MARK: Statements

  override func execute(_ sql: SQL, _ arguments: [SQLValue], onRow: (Row) throws -> Bool) throws {
    checkThread()
    let statement = try statement(for: sql, arguments)
    guard arguments.count == statement.types.count else { throw DatabaseError.invalidStatement(sql: sql.name) }
    parameters.fill(arguments)
    let rows = try run(sql.name) {
      parameters.send { PQsendQueryPrepared(handle, statement.name, $0, $1, $2, $3, 1) }
    }
    lastChanges = rows.changes
    try rows.hand(to: onRow)
  }

  /// Runs one or several of the library's own statements that have no parameters and whose rows nobody reads.
  func control(_ text: String) throws {
    checkThread()
    _ = try run(String(text.prefix { $0 != " " && $0 != ";" }).lowercased()) { PQsendQuery(handle, text) }
  }

  private func statement(for sql: SQL, _ arguments: [SQLValue]) throws -> PostgresStatement {
    let cached = statements[sql.cacheKey].flatMap { $0.isOf(sql) ? $0 : nil }
    if let cached, cached.takes(arguments) { return cached }
    guard StatementRules.services.allows(sql.text) else { throw DatabaseError.invalidStatement(sql: sql.name) }
    statementCount += 1
    keptCount += 1
    let statement = PostgresStatement(
      name: "s\(statementCount)", sql, arguments: arguments, knownTypes: cached?.types ?? [])
    guard arguments.count == statement.types.count else { throw DatabaseError.invalidStatement(sql: sql.name) }
    _ = try run(sql.name) { PQsendPrepare(handle, statement.name, statement.text, Int32(statement.types.count), statement.types) }
    statements[sql.cacheKey] = statement
    return statement
  }

  private func forgetStatements() throws {
    statements.removeAll()
    keptCount = 0
    try control("DEALLOCATE ALL")
  }

  // MARK: Sending and waiting

  /// Sends a statement and returns what the last of its results holds. Throws the first failure.
  private func run(_ name: String, _ send: () -> Int32) throws -> PostgresRows {
    if cancellation.isStopped || limit.map({ $0 <= .now }) ?? false { throw DatabaseError.interrupted(sql: name) }
    guard send() == 1 else { throw lost(name) }
    var rows: PostgresRows?
    var refusal: DatabaseError?
    var stopped: ContinuousClock.Instant?
    while true {
      guard wait(&stopped) else { throw lost(name) }
      guard let result = PQgetResult(handle) else { break }
      let status = PQresultStatus(result)
      if status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY {
        rows = PostgresRows(result, sql: name)
      } else {
        if refusal == nil { refusal = note(result, name) }
        PQclear(result)
      }
    }
    if let refusal { throw refusal }
    guard let rows else { throw lost(name) }
    return rows
  }

  /// How often a wait looks whether somebody has asked for its end: a cancel that reaches the server just before the statement is lost.
  private static let lookInterval = Duration.milliseconds(250)

  /// Waits until a result can be taken. A statement whose limit passes is stopped; false when the server does not answer then either.
  private func wait(_ stopped: inout ContinuousClock.Instant?) -> Bool {
    while PQisBusy(handle) == 1 {
      let end = stopped.map { $0 + patience } ?? limit
      let left = end.map { min($0 - .now, Self.lookInterval) } ?? Self.lookInterval
      var wanted = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
      let ready = poll(&wanted, 1, Int32(max(0, left.milliseconds + 1)))
      if ready < 0, errno == EINTR { continue }
      if ready == 0 {
        let isOver = end.map { $0 <= .now } ?? false
        if !mayCancel {
          if isOver { return false }
        } else if stopped == nil, isOver || cancellation.isStopped {
          stopped = .now
          cancellation.cancelOnce()
        } else if isOver {
          return false
        }
        continue
      }
      guard ready > 0, PQconsumeInput(handle) == 1 else { return false }
    }
    return true
  }

  private func note(_ result: OpaquePointer, _ name: String) -> DatabaseError {
    func field(_ code: UInt8) -> String { PQresultErrorField(result, Int32(code)).map { String(cString: $0) } ?? "" }
    let state = field(UInt8(ascii: "C"))
    // libpq reports a connection that broke as a result without a state.
    let kind = state.isEmpty || !isConnected ? .disconnected : PostgresFailure(sqlState: state)
    if failure == nil { failure = kind }
    return kind == .disconnected
      ? .inputOutput(sql: name) : DatabaseError(sqlState: state, constraint: field(UInt8(ascii: "n")), sql: name)
  }

  private func lost(_ name: String) -> DatabaseError {
    failure = .disconnected
    return .inputOutput(sql: name)
  }
}

extension Duration {
  /// Whole milliseconds, cut.
  var milliseconds: Int { Int(components.seconds) * 1_000 + Int(components.attoseconds / 1_000_000_000_000_000) }
}
