import CSQLite
import Foundation

/// Brings a database to the schema of this binary, or refuses to touch it.
///
/// Two histories live in one file: Database's own tables, and after them the service's. Each is compared with the binary before
/// anything runs, so that a refused start changes nothing.
struct Migrator {
  static let ownOwner = "database"
  static let serviceOwner = "service"

  private let connection: Connection

  init(_ connection: Connection) { self.connection = connection }

  func migrate(service migrations: [Migration]) throws {
    try connection.control(
      """
      CREATE TABLE IF NOT EXISTS database_migration(
        owner TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, checksum BLOB NOT NULL, applied_time INTEGER NOT NULL,
        PRIMARY KEY(owner, number)) STRICT, WITHOUT ROWID
      """)
    let histories = [(Migrator.ownOwner, Migration.own), (Migrator.serviceOwner, migrations)]
    for (owner, known) in histories { _ = try pending(owner, known) }
    for (owner, known) in histories {
      for migration in try pending(owner, known) { try apply(migration, owner) }
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
    for (owner, known) in [(Migrator.ownOwner, Migration.own), (Migrator.serviceOwner, migrations)] {
      if let next = try pending(owner, known).first {
        throw DatabaseError.migration(.olderDatabase(number: next.number, name: next.name))
      }
    }
  }

  /// Which migrations a start would apply; refuses what `migrate` would refuse.
  private func pending(_ owner: String, _ known: [Migration]) throws -> [Migration] {
    for (index, migration) in known.enumerated() where migration.number != index + 1 {
      throw DatabaseError.migration(.notContiguous(number: migration.number, name: migration.name))
    }
    let applied = try appliedMigrations(owner)
    for (index, step) in applied.enumerated() {
      guard step.number == index + 1 else { throw DatabaseError.migration(.missing(number: index + 1)) }
      guard index < known.count else {
        throw DatabaseError.migration(.newerDatabase(number: step.number, name: step.name))
      }
      guard known[index].checksum == step.checksum else {
        throw DatabaseError.migration(.edited(number: step.number, name: step.name))
      }
    }
    return Array(known[applied.count...])
  }

  private func appliedMigrations(_ owner: String) throws -> [(number: Int, name: String, checksum: [UInt8])] {
    var applied: [(number: Int, name: String, checksum: [UInt8])] = []
    try connection.execute(Statements.applied, [.text(owner)]) {
      applied.append(($0.int(0), $0.text(1), $0.blob(2)))
      return true
    }
    return applied
  }

  private func apply(_ migration: Migration, _ owner: String) throws {
    // A table is rebuilt under another name, which would break references to it for a moment; they are checked before COMMIT instead.
    try connection.control("PRAGMA foreign_keys=OFF")
    defer { try? connection.control("PRAGMA foreign_keys=ON") }
    try connection.control("BEGIN IMMEDIATE")
    do {
      // Another process may have applied it while this one waited for the lock.
      if try appliedMigrations(owner).count < migration.number {
        try run(migration)
        try checkReferences(migration)
        try connection.execute(
          Statements.record,
          [
            .text(owner), .integer(migration.number), .text(migration.name), .blob(migration.checksum), .time(Date()),
          ]
        ) { _ in true }
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
    static let applied = SQL(
      "database.applied-migrations", "SELECT number, name, checksum FROM database_migration WHERE owner = ?1 ORDER BY number")
    static let record = SQL(
      "database.record-migration",
      "INSERT INTO database_migration(owner, number, name, checksum, applied_time) VALUES(?1, ?2, ?3, ?4, ?5)")
    static let brokenReferences = SQL("database.broken-references", "SELECT 1 FROM pragma_foreign_key_check LIMIT 1")
  }
}
