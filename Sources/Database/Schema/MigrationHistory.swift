import Foundation

/// Which migrations a database has had, as the table `database_migration` tells, beside those of the binary.
///
/// Two histories live in one database: Database's own tables, and after them the service's. Each is compared with the binary before
/// anything runs, so that a refused start changes nothing.
struct MigrationHistory {
  enum Owner: String, CaseIterable {
    case database, service

    func migrations(service: [Migration]) -> [Migration] { self == .database ? Migration.own : service }
  }

  /// In SQLite's words, which `MigrationTranslator` knows too.
  static let table = """
    CREATE TABLE IF NOT EXISTS database_migration(
      owner TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, checksum BLOB NOT NULL, applied_time INTEGER NOT NULL,
      PRIMARY KEY(owner, number)) STRICT, WITHOUT ROWID;
    """

  let connection: EngineConnection
  /// Which of a migration's checksums the engine compares.
  let checksum: @Sendable (Migration) -> [UInt8]

  /// Which migrations a start would apply; refuses those that do not fit what was applied.
  func pending(_ owner: Owner, _ known: [Migration]) throws -> [Migration] {
    for (index, migration) in known.enumerated() where migration.number != index + 1 {
      throw DatabaseError.migration(.notContiguous(number: migration.number, name: migration.name))
    }
    let applied = try applied(owner)
    for (index, step) in applied.enumerated() {
      guard step.number == index + 1 else { throw DatabaseError.migration(.missing(number: index + 1)) }
      guard index < known.count else {
        throw DatabaseError.migration(.newerDatabase(number: step.number, name: step.name))
      }
      guard checksum(known[index]) == step.checksum else {
        throw DatabaseError.migration(.edited(number: step.number, name: step.name))
      }
    }
    return Array(known[applied.count...])
  }

  /// Applies what is missing, once all that was applied is known to fit.
  func applyPending(service migrations: [Migration], _ apply: (Migration, Owner) throws -> Void) throws {
    for owner in Owner.allCases { _ = try pending(owner, owner.migrations(service: migrations)) }
    for owner in Owner.allCases {
      for migration in try pending(owner, owner.migrations(service: migrations)) { try apply(migration, owner) }
    }
  }

  /// Refuses a database that a start would have to migrate.
  func requireNonePending(service migrations: [Migration]) throws {
    for owner in Owner.allCases {
      if let next = try pending(owner, owner.migrations(service: migrations)).first {
        throw DatabaseError.migration(.olderDatabase(number: next.number, name: next.name))
      }
    }
  }

  func hasApplied(_ migration: Migration, _ owner: Owner) throws -> Bool { try applied(owner).count >= migration.number }

  func record(_ migration: Migration, _ owner: Owner) throws {
    try connection.execute(
      Statements.record,
      [
        .text(owner.rawValue), .integer(migration.number), .text(migration.name), .blob(checksum(migration)), .time(Date()),
      ]
    ) { _ in true }
  }

  private func applied(_ owner: Owner) throws -> [(number: Int, name: String, checksum: [UInt8])] {
    var applied: [(number: Int, name: String, checksum: [UInt8])] = []
    try connection.execute(Statements.applied, [.text(owner.rawValue)]) {
      applied.append(($0.int(0), $0.text(1), $0.blob(2)))
      return true
    }
    return applied
  }

  private enum Statements {
    static let applied = SQL(
      "database.applied-migrations", "SELECT number, name, checksum FROM database_migration WHERE owner = ?1 ORDER BY number")
    static let record = SQL(
      "database.record-migration",
      "INSERT INTO database_migration(owner, number, name, checksum, applied_time) VALUES(?1, ?2, ?3, ?4, ?5)")
  }
}
