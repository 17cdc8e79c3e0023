import Foundation

/// What a start would do to a database's schema, and whether it would succeed.
public struct MigrationRehearsal: Sendable {
  public struct Step: Sendable {
    /// "database" for the library's own tables, "service" for the service's.
    public let owner: String
    public let number: Int
    public let name: String
    /// SHA-256 of the text, as hexadecimal digits: what the database would keep.
    public let checksum: String
    public let duration: Duration
  }

  /// Those that succeeded, in order.
  public var applied: [Step] = []
  /// Why the next one did not.
  public var failure: DatabaseError?

  mutating func add(_ migration: Migration, _ owner: MigrationHistory.Owner, _ checksum: [UInt8], _ duration: Duration) {
    applied.append(
      Step(owner: owner.rawValue, number: migration.number, name: migration.name, checksum: checksum.hexadecimal, duration: duration))
  }
}

extension Database {
  /// Applies the migrations that the database lacks to nothing that stays: to a copy of a SQLite file, made beside it while others write, or
  /// in one transaction of a server, which is rolled back. Throws what stops the rehearsal itself; a migration that fails is in the answer.
  public static func rehearse(_ configuration: DatabaseConfiguration, migrations: [Migration]) async throws -> MigrationRehearsal {
    try await Backup.onThread {
      switch configuration.location {
      case .sqlite(let path): try rehearseOnCopy(of: path, migrations)
      case .postgres: try PostgresMigrator(PostgresConnection(configuration, role: .maintenance)).rehearse(service: migrations)
      }
    }
  }

  private static func rehearseOnCopy(of path: String, _ migrations: [Migration]) throws -> MigrationRehearsal {
    let copy = path + ".dry-run"
    try Backup.removeDatabase(copy)
    defer { try? Backup.removeDatabase(copy) }
    try Backup.copy(DatabaseConfiguration(path: path), to: copy)
    var rehearsal = MigrationRehearsal()
    do {
      try Migrator(Connection(DatabaseConfiguration(path: copy), role: .maintenance)).migrate(service: migrations) {
        rehearsal.add($0, $1, $0.checksum, $2)
      }
    } catch let error as DatabaseError {
      rehearsal.failure = error
    }
    return rehearsal
  }
}
