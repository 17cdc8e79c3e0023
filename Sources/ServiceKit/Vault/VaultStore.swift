package import Database
import Foundation

/// The database of a service's keys, and its SQL: wrapped keys, and what processes that share them must agree on.
package enum VaultStore {
  /// The schema's history, oldest first. What has been released is never edited.
  package static let migrations = [
    Migration(
      number: 1, name: "vault",
      sql: """
        -- Secrets of the vault itself by name, and the key of each owner, wrapped under the master key that is named beside it.
        CREATE TABLE vault_secret (
          name          TEXT NOT NULL PRIMARY KEY,
          master_key_id TEXT NOT NULL,
          wrapped       BLOB NOT NULL
        ) STRICT;

        CREATE TABLE vault_key (
          owner_id      TEXT NOT NULL PRIMARY KEY,
          master_key_id TEXT NOT NULL,
          wrapped       BLOB NOT NULL
        ) STRICT;

        -- For rotation, which looks for what the current master key has not wrapped.
        CREATE INDEX vault_key_by_master_key ON vault_key (master_key_id, owner_id);
        """),
    Migration(
      number: 2, name: "shared",
      sql: """
        -- For keys that several processes share. Since when a key is known to have no owner.
        CREATE TABLE vault_orphan (
          owner_id  TEXT    NOT NULL PRIMARY KEY,
          seen_time INTEGER NOT NULL
        ) STRICT;

        -- Who tends the keys, until when.
        CREATE TABLE vault_lease (
          name       TEXT    NOT NULL PRIMARY KEY,
          holder     TEXT    NOT NULL,
          until_time INTEGER NOT NULL
        ) STRICT;

        -- Who was erased, for ever, and at which request, where it was one that several processes may have got.
        CREATE TABLE vault_erasure (
          owner_id   TEXT    NOT NULL PRIMARY KEY,
          erase_time INTEGER NOT NULL,
          request    BLOB    UNIQUE
        ) STRICT;

        CREATE INDEX vault_erasure_by_time ON vault_erasure (erase_time, owner_id);
        """),
  ]

  struct KeyRow: Sendable, Equatable {
    var ownerID: String
    var wrapped: MasterKeys.Wrapped
  }

  struct Owner: Sendable {
    var ownerID: String
    /// Since when the owner is known to have no row.
    var orphanTime: Date?
  }

  // MARK: Keys

  static func key(of ownerID: String, in snapshot: some Queryable) throws -> KeyRow? {
    try snapshot.first(selectKey, [.text(ownerID)]) { row($0) }
  }

  /// At most `limit` owners who have a key, in the order of their ids, from the one after `ownerID`.
  static func owners(after ownerID: String, limit: Int, in snapshot: some Queryable) throws -> [Owner] {
    try snapshot.all(selectOwners, [.text(ownerID), .integer(limit)]) { Owner(ownerID: $0.text(0), orphanTime: $0.optionalTime(1)) }
  }

  /// Adds the key unless its owner has one, which then stays.
  static func add(_ key: KeyRow, in transaction: Transaction) throws {
    try transaction.run(insertKey, [.text(key.ownerID), .text(key.wrapped.masterKeyID), .blob(key.wrapped.bytes)])
  }

  /// How many keys that were: 1 or 0.
  static func delete(ownerID: String, in transaction: Transaction) throws -> Int {
    try unmarkOrphan(ownerID, in: transaction)
    return try transaction.run(deleteKey, [.text(ownerID)])
  }

  /// Notes since when the owner has no row, unless that is noted.
  static func markOrphan(_ ownerID: String, at now: Date, in transaction: Transaction) throws {
    try transaction.run(insertOrphan, [.text(ownerID), .time(now)])
  }

  static func unmarkOrphan(_ ownerID: String, in transaction: Transaction) throws { try transaction.run(deleteOrphan, [.text(ownerID)]) }

  /// Takes the lease, unless another holds it; says whether it did.
  ///
  /// Each process goes by a clock of its own, so two may be at it: what they do under it must bear that. A lease that ends a length later than
  /// any that could be given now was given by a clock that was far ahead, and keeps nobody out.
  static func takeLease(by holder: String, for length: TimeInterval, at now: Date, in transaction: Transaction) throws -> Bool {
    let (end, latestEnd) = (now.addingTimeInterval(length), now.addingTimeInterval(2 * length))
    return try transaction.run(takeLease, [.text(holder), .time(end), .time(now), .time(latestEnd)]) == 1
  }

  static func releaseLease(of holder: String, in transaction: Transaction) throws { try transaction.run(releaseLease, [.text(holder)]) }

  private static func row(_ row: Row) -> KeyRow {
    KeyRow(ownerID: row.text(0), wrapped: MasterKeys.Wrapped(masterKeyID: row.text(1), bytes: row.blob(2)))
  }

  private static let selectKey = SQL("vault.select-key", "SELECT owner_id, master_key_id, wrapped FROM vault_key WHERE owner_id = ?1")
  private static let selectOwners = SQL(
    "vault.select-owners",
    """
    SELECT vault_key.owner_id, vault_orphan.seen_time
    FROM vault_key LEFT JOIN vault_orphan ON vault_orphan.owner_id = vault_key.owner_id
    WHERE vault_key.owner_id > ?1 ORDER BY vault_key.owner_id LIMIT ?2
    """)
  private static let insertKey = SQL(
    "vault.insert-key",
    "INSERT INTO vault_key (owner_id, master_key_id, wrapped) VALUES (?1, ?2, ?3) ON CONFLICT (owner_id) DO NOTHING")
  private static let insertOrphan = SQL(
    "vault.insert-orphan", "INSERT INTO vault_orphan (owner_id, seen_time) VALUES (?1, ?2) ON CONFLICT (owner_id) DO NOTHING")
  private static let deleteOrphan = SQL("vault.delete-orphan", "DELETE FROM vault_orphan WHERE owner_id = ?1")
  private static let takeLease = SQL(
    "vault.take-lease",
    """
    INSERT INTO vault_lease (name, holder, until_time) VALUES ('upkeep', ?1, ?2)
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_time = excluded.until_time
    WHERE vault_lease.holder = excluded.holder OR vault_lease.until_time <= ?3 OR vault_lease.until_time > ?4
    """)
  private static let releaseLease = SQL(
    "vault.release-lease", "UPDATE vault_lease SET until_time = 0 WHERE name = 'upkeep' AND holder = ?1")
  private static let deleteKey = SQL("vault.delete-key", "DELETE FROM vault_key WHERE owner_id = ?1")

  // MARK: Rotation

  /// Every master key that wraps an owner's key, by one look into the index for each.
  static func masterKeyIDs(in snapshot: some Queryable) throws -> [String] {
    var found = try snapshot.all(selectSecretMasters, []) { $0.text(0) }
    var last = ""
    while let next = try snapshot.first(selectNextMaster, [.text(last)], { $0.text(0) }) {
      found.append(next)
      last = next
    }
    return Array(Set(found)).sorted()
  }

  /// At most `limit` keys that `masterKeyID` wraps.
  static func keys(wrappedBy masterKeyID: String, limit: Int, in snapshot: some Queryable) throws -> [KeyRow] {
    try snapshot.all(selectWrappedBy, [.text(masterKeyID), .integer(limit)]) { row($0) }
  }

  /// Puts `new` in the place of `old`, unless the key was destroyed or wrapped anew meanwhile.
  static func replace(_ old: KeyRow, with new: MasterKeys.Wrapped, in transaction: Transaction) throws {
    try transaction.run(updateKey, [.text(old.ownerID), .blob(old.wrapped.bytes), .text(new.masterKeyID), .blob(new.bytes)])
  }

  private static let selectSecretMasters = SQL("vault.select-secret-masters", "SELECT master_key_id FROM vault_secret")
  private static let selectNextMaster = SQL(
    "vault.select-next-master",
    "SELECT master_key_id FROM vault_key WHERE master_key_id > ?1 ORDER BY master_key_id LIMIT 1")
  private static let selectWrappedBy = SQL(
    "vault.select-wrapped-by",
    "SELECT owner_id, master_key_id, wrapped FROM vault_key WHERE master_key_id = ?1 ORDER BY owner_id LIMIT ?2")
  private static let updateKey = SQL(
    "vault.update-key", "UPDATE vault_key SET master_key_id = ?3, wrapped = ?4 WHERE owner_id = ?1 AND wrapped = ?2")

  // MARK: The vault's own secrets

  static func secret(_ name: String, in snapshot: some Queryable) throws -> MasterKeys.Wrapped? {
    try snapshot.first(selectSecret, [.text(name)]) { MasterKeys.Wrapped(masterKeyID: $0.text(0), bytes: $0.blob(1)) }
  }

  static func addSecret(_ name: String, _ wrapped: MasterKeys.Wrapped, in transaction: Transaction) throws {
    try transaction.run(insertSecret, [.text(name), .text(wrapped.masterKeyID), .blob(wrapped.bytes)])
  }

  static func replaceSecret(
    _ name: String, _ old: MasterKeys.Wrapped, with new: MasterKeys.Wrapped, in transaction: Transaction
  ) throws {
    try transaction.run(updateSecret, [.text(name), .blob(old.bytes), .text(new.masterKeyID), .blob(new.bytes)])
  }

  private static let selectSecret = SQL("vault.select-secret", "SELECT master_key_id, wrapped FROM vault_secret WHERE name = ?1")
  private static let insertSecret = SQL(
    "vault.insert-secret",
    "INSERT INTO vault_secret (name, master_key_id, wrapped) VALUES (?1, ?2, ?3) ON CONFLICT (name) DO NOTHING")
  private static let updateSecret = SQL(
    "vault.update-secret", "UPDATE vault_secret SET master_key_id = ?3, wrapped = ?4 WHERE name = ?1 AND wrapped = ?2")
}
