import CSQLite

/// Brings a SQLite file to the schema of this binary, or refuses to touch it.
struct Migrator {
  private let connection: Connection
  private let history: MigrationHistory

  init(_ connection: Connection) {
    self.connection = connection
    history = MigrationHistory(connection: connection, checksum: \.checksum)
  }

  /// - Parameter didApply: Called after each, with how long it took.
  func migrate(service migrations: [Migration], didApply: (Migration, MigrationHistory.Owner, Duration) -> Void = { _, _, _ in }) throws {
    try connection.control(MigrationHistory.table)
    try history.applyPending(service: migrations) { migration, owner in
      let duration = try ContinuousClock().measure { try apply(migration, owner) }
      didApply(migration, owner, duration)
    }
  }

  /// Refuses a database that a start would have to migrate, or could not.
  func check(service migrations: [Migration]) throws {
    var isKnown = false
    try connection.execute(Statements.ownTable, []) { _ in
      isKnown = true
      return false
    }
    guard isKnown else { throw DatabaseError.migration(.foreignDatabase) }
    try history.requireNonePending(service: migrations)
  }

  private func apply(_ migration: Migration, _ owner: MigrationHistory.Owner) throws {
    // A table is rebuilt under another name, which would break references to it for a moment; they are checked before COMMIT instead.
    try connection.control("PRAGMA foreign_keys=OFF")
    defer { try? connection.control("PRAGMA foreign_keys=ON") }
    try connection.control("BEGIN IMMEDIATE")
    do {
      // Another process may have applied it while this one waited for the lock.
      if try !history.hasApplied(migration, owner) {
        try run(migration)
        try checkReferences(migration)
        try history.record(migration, owner)
      }
      try connection.control("COMMIT")
    } catch {
      if !connection.isAutocommit { try? connection.control("ROLLBACK") }
      throw error
    }
  }

  private func run(_ migration: Migration) throws {
    let failure = DatabaseError.migration(.failed(number: migration.number, name: migration.name))
    var rest = Substring(migration.text)
    while true {
      let (code, prepared, length) = connection.prepare(String(rest), persistent: false)
      guard code == SQLITE_OK else { throw failure }
      guard let prepared else { return }
      let statement = Statement(name: migration.name, text: "", handle: prepared)
      guard StatementRules.migrations.allows(String(rest)) else { throw failure }
      let stepped = try statement.execute([]) { _ in true }
      guard stepped == SQLITE_DONE, !connection.isAutocommit else { throw failure }
      rest = Substring(rest.utf8.dropFirst(length))
    }
  }

  private func checkReferences(_ migration: Migration) throws {
    var isBroken = false
    try connection.execute(Statements.brokenReferences, []) { _ in
      isBroken = true
      return false
    }
    if isBroken { throw DatabaseError.migration(.brokenReferences(number: migration.number, name: migration.name)) }
  }

  private enum Statements {
    static let ownTable = SQL(
      "database.own-table", "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'database_migration'")
    static let brokenReferences = SQL("database.broken-references", "SELECT 1 FROM pragma_foreign_key_check LIMIT 1")
  }
}
