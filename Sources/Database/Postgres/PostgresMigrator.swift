/// Brings a schema of a PostgreSQL server to that of this binary, or refuses to touch it. Replicas that start at once take turns.
struct PostgresMigrator {
  private let connection: PostgresConnection
  private let history: MigrationHistory

  init(_ connection: PostgresConnection) {
    self.connection = connection
    history = MigrationHistory(connection: connection, checksum: \.postgresChecksum)
  }

  func migrate(service migrations: [Migration]) throws {
    // One lock for each schema of the server's database; it goes with the connection, so a start that dies holds up nobody.
    try connection.control("SELECT pg_advisory_lock(hashtextextended('patron:' || current_schema(), 0))")
    defer { try? connection.control("SELECT pg_advisory_unlock_all()") }
    for statement in try MigrationTranslator.translate(MigrationHistory.table) { try connection.control(statement) }
    try history.applyPending(service: migrations, apply)
  }

  /// Applies what a start would in one transaction, and rolls it back. It waits for no table that a service uses for longer than
  /// `lockPatience`, and holds those that it gets until its end.
  func rehearse(service migrations: [Migration]) throws -> MigrationRehearsal {
    var rehearsal = MigrationRehearsal()
    try connection.control("BEGIN")
    defer { try? connection.control("ROLLBACK") }
    try connection.control("SET LOCAL lock_timeout = '\(Self.lockPatience)'")
    for statement in try MigrationTranslator.translate(MigrationHistory.table) { try connection.control(statement) }
    do {
      try history.applyPending(service: migrations) { migration, owner in
        let duration = try ContinuousClock().measure { try run(migration, owner) }
        rehearsal.add(migration, owner, migration.postgresChecksum, duration)
      }
    } catch let error as DatabaseError {
      rehearsal.failure = error
    }
    return rehearsal
  }

  private static let lockPatience = "5s"

  /// Refuses a database that a start would have to migrate, or could not.
  func check(service migrations: [Migration]) throws {
    var isKnown = false
    try connection.execute(Statements.ownTable, []) {
      isKnown = $0.bool(0)
      return false
    }
    guard isKnown else { throw DatabaseError.migration(.foreignDatabase) }
    try history.requireNonePending(service: migrations)
  }

  private func apply(_ migration: Migration, _ owner: MigrationHistory.Owner) throws {
    try connection.control("BEGIN")
    do {
      try run(migration, owner)
      try connection.control("COMMIT")
    } catch {
      try? connection.control("ROLLBACK")
      throw error
    }
  }

  private func run(_ migration: Migration, _ owner: MigrationHistory.Owner) throws {
    let failure = DatabaseError.migration(.failed(number: migration.number, name: migration.name))
    // What cannot be translated is refused before any of it runs.
    guard let statements = try? migration.postgresText.map({ [$0] }) ?? MigrationTranslator.translate(migration.text) else { throw failure }
    for statement in statements {
      do { try connection.control(statement) } catch { throw connection.isConnected ? failure : error }
    }
    try history.record(migration, owner)
  }

  private enum Statements {
    static let ownTable = SQL("database.own-table", "SELECT to_regclass('database_migration') IS NOT NULL")
  }
}
