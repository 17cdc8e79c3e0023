import Foundation

/// A service's own database: one SQLite file, or one schema of a PostgreSQL server that several replicas of the service share.
///
///     let database = try Database.open(DatabaseConfiguration(location), migrations: migrations)
///     let balance = try await database.write { transaction in
///       try transaction.first(Ledger.add, [.text(memberID), .integer(points)]) { $0.int64(0) }
///     }
///
/// **Writes** are closures. On SQLite they run on one thread, many in one COMMIT (`Writer`); on PostgreSQL on a few, each in a transaction of
/// its own (`PostgresWriters`). A closure may run more than once and has no effect but its SQL and its return value: ids and the time are
/// taken before it. An error that it throws undoes what it did, and only that, and reaches the caller unchanged; the error of a statement
/// ends its closure, since PostgreSQL runs nothing more after one. A reply leaves after its commit is on disk.
///
/// **Reads** are closures on a snapshot, on threads of their own (`ReaderPool`); they see all that was answered before they began. Those
/// that may take minutes have a thread each (`MaintenanceReader`).
///
/// **Refused** by design: statements that begin or end transactions, tables that are not STRICT, deferred constraints, and whatever
/// rolls back a transaction from inside (`SchemaCheck`). Waiting is bounded everywhere: queues by count, statements by time.
///
/// Layers, downwards: `Database` → `SQLiteEngine` → `Writer`, `ReaderPool`, `MaintenanceReader`, `Checkpointer`, `LogArchiver` (a thread each) →
/// `BatchConnection` → `Connection` → `Statement` → sqlite3; or `PostgresEngine` → `PostgresWriters`, `ReaderPool`,
/// `MaintenanceReader`, `PostgresPublisher` → `PostgresConnection` → libpq. Nothing below `Database` is public but the values that closures
/// work with.
public final class Database: Sendable {
  /// Names this database's life. It changes when a backup is restored over it.
  public let epoch: [UInt8]
  /// A random key of this database for keyed hashes of request bodies.
  public let bodyHashKey: [UInt8]

  let configuration: DatabaseConfiguration
  let engine: any Engine

  /// Opens the database, making a file when it is missing, and applies the migrations that it lacks. Blocks the calling thread meanwhile:
  /// it belongs into the start of a process. Throws `DatabaseError`.
  public static func open(_ configuration: DatabaseConfiguration, migrations: [Migration]) throws -> Database {
    switch configuration.location {
    case .sqlite(let path):
      try DatabaseFile.make(path)
      return try openFile(configuration) { try Migrator($0).migrate(service: migrations) }
    case .postgres:
      return try openServer(configuration, publishes: true) { try PostgresMigrator($0).migrate(service: migrations) }
    }
  }

  /// Opens a database that is there, with exactly this binary's schema, and changes neither: for commands that only look. Throws
  /// `DatabaseError`; a file that is missing is not made.
  public static func openExisting(_ configuration: DatabaseConfiguration, migrations: [Migration]) throws -> Database {
    switch configuration.location {
    case .sqlite:
      // Read-only: a connection that writes would make the file, or turn a stranger's into one with a write-ahead log.
      try Migrator(Connection(configuration, role: .reader)).check(service: migrations)
      var looking = configuration
      looking.archive = nil
      looking.isLooking = true
      return try openFile(looking) { _ in }
    case .postgres:
      return try openServer(configuration, publishes: false) { try PostgresMigrator($0).check(service: migrations) }
    }
  }

  private static func openFile(
    _ configuration: DatabaseConfiguration, _ migrate: (Connection) throws -> Void
  ) throws -> Database {
    // The checkpointer's connection, and all the others, are opened by the threads that use them; this one ends here.
    let connection = try Connection(configuration, role: .maintenance)
    try migrate(connection)
    let meta = try Meta(connection)
    let lastPosition = try Snapshot(connection).lastEventPosition()
    if !configuration.leavesLog { try LogOrigin.forget(connection) }
    return Database(configuration, meta, try SQLiteEngine(configuration, meta, lastPosition: lastPosition))
  }

  private static func openServer(
    _ configuration: DatabaseConfiguration, publishes: Bool, _ migrate: (PostgresConnection) throws -> Void
  ) throws -> Database {
    let connection = try PostgresConnection(configuration, role: .maintenance)
    try migrate(connection)
    let meta = try Meta(connection)
    let lastPosition = try Snapshot(connection).lastEventPosition()
    return Database(configuration, meta, PostgresEngine(configuration, lastPosition: lastPosition, publishes: publishes))
  }

  private init(_ configuration: DatabaseConfiguration, _ meta: Meta, _ engine: any Engine) {
    self.configuration = configuration
    self.engine = engine
    epoch = meta.epoch
    bodyHashKey = meta.bodyHashKey
  }

  /// A database that nobody holds any more ends by itself, after what is queued.
  deinit { engine.close() }

  // MARK: Work

  /// Runs `body` in a transaction and returns what it returned, once that is on disk.
  ///
  /// A request whose `deadline` passes or whose task is cancelled while it waits is not started. Throws what `body` throws, or
  /// `DatabaseError`, or `CancellationError`.
  ///
  /// - Parameters:
  ///   - caller: Who asked. Callers take turns, so one who asks for much waits behind itself; what the service does on its own, without a
  ///     caller, has one turn together.
  ///   - locks: Which rows the write takes, and in which order, where rows guard it; see `LockOrder`. Without, the write is as if nobody
  ///     else wrote.
  @discardableResult
  public func write<Answer: Sendable>(
    for caller: String? = nil, locking locks: LockOrder? = nil, deadline: ContinuousClock.Instant? = nil,
    _ body: @escaping @Sendable (Transaction) throws -> Answer
  ) async throws -> Answer {
    try await PendingRequest<Transaction>.answer(caller: caller, deadline: deadline, locks: locks, body, submit: engine.write)
  }

  /// Runs `body` on a snapshot and returns what it returned.
  @discardableResult
  public func read<Answer: Sendable>(
    deadline: ContinuousClock.Instant? = nil, _ body: @escaping @Sendable (Snapshot) throws -> Answer
  ) async throws -> Answer {
    try await PendingRequest<Snapshot>.answer(deadline: deadline, body, submit: engine.read)
  }

  /// Runs `body` on a snapshot as `read` does, on a connection of its own and for as long as it takes: for `verify` and its like, never
  /// for a till. Closing the database stops it with `interrupted`, cancelling its task with `CancellationError`.
  @discardableResult
  public func maintenanceRead<Answer: Sendable>(
    deadline: ContinuousClock.Instant? = nil, _ body: @escaping @Sendable (Snapshot) throws -> Answer
  ) async throws -> Answer {
    try await PendingRequest<Snapshot>.answer(deadline: deadline, body, submit: engine.maintenanceRead)
  }

  // MARK: Events

  /// Published events after `position`, in order, at most `limit`; throws `EventsRemoved` where the first of them are no longer there. Begin
  /// with 0, or, where events are removed, with `removedEventsEnd`. On PostgreSQL one replica publishes: what it sees committed is published
  /// by then, to the others a moment later.
  public func events(after position: Int64, limit: Int) async throws -> [StoredEvent] {
    await engine.publishEvents()
    return try await read { try $0.events(after: position, limit: limit) }
  }

  /// Returns when an event after `position` is published, or the database is closed, or the task is cancelled.
  public func waitForEvents(after position: Int64) async { await engine.feed.wait(after: position) }

  /// The position of the last event that is published, as far as this process knows; 0 before the first.
  public var lastEventPosition: Int64 { engine.feed.position }

  // MARK: Observation

  /// Whether other processes may write to it as well, as the replicas of a service do on a server.
  public var isShared: Bool { configuration.location.filePath == nil }

  public var statistics: DatabaseStatistics { engine.observations.current }

  /// Writes that wait for the writer now.
  public var queuedWrites: Int { engine.queuedWrites }

  /// Reads that wait for a reader now.
  public var queuedReads: Int { engine.queuedReads }

  /// Those who wait for events now.
  public var eventWaiters: Int { engine.feed.waiterCount }

  // MARK: Archive

  /// Returns when what was answered before the call is in the archive; throws when that cannot be written, or there is none.
  public func ship() async throws {
    guard let archiver = (engine as? SQLiteEngine)?.archiver else { throw DatabaseError.archive(.none) }
    try await archiver.ship()
  }

  // MARK: End

  /// Finishes what is queued, moves SQLite's write-ahead log into the file, and closes. What comes later is refused with `closed`.
  public func close() async {
    engine.close()
    await engine.waitForEnd()
  }
}
