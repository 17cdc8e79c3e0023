import Crypto
package import Database
import Foundation

/// The keys of a service's personal data: one for each owner (a member), so that destroying it erases all that it sealed.
///
/// Three things in three places, and only the three together open anything:
/// - the sealed columns and keyed hashes, in the service's own database;
/// - the owners' keys and the secret of the hashes, wrapped, in the key database beside it (`VaultStore`);
/// - the master keys that wrap those, in a file that no backup of the two holds (`MasterKeys`).
///
/// An owner's key is on disk before the row that needs it. A key whose row never came, since the process died between the two or the row was
/// refused, is harmless, and `sweep` destroys it.
///
/// **Several processes** may share the key database where it is on a server, all with the same master keys. Then a key stays in a memory for
/// `sharedKeyLifetime` at most, upkeep is one's at a time (`alone`), and a key without an owner waits for `orphanPatience` before it is
/// destroyed, longer than any process keeps owners ahead (`KeyStock.longestAhead`).
///
/// Layers, downwards: `Vault` → `KeyCache`, `KeyStock`, `VaultStore`, `MasterKeys`, `DataKey` → `SealedBytes` → Crypto.
package final class Vault: Sendable {
  /// Keys that one transaction writes or one sweep looks at.
  package static let batchLimit = 256
  /// For how long a key that another process has destroyed may still be in this one's memory.
  package static let sharedKeyLifetime = Duration.seconds(60)
  static let orphanPatience: TimeInterval = 24 * 3_600
  /// How long who tends the keys may be silent before another does.
  static let leaseLength: TimeInterval = 600

  /// Names this vault: the same wherever its key database is restored, another in every other installation. Says nothing about its secret.
  package let fingerprint: String

  let database: Database
  let masters: MasterKeys
  let random: any RandomSource
  let lookUpSecret: [UInt8]
  let cache: KeyCache
  let stock = KeyStock()
  let holder = UUID().uuidString

  static let lookUpSecretName = "look-up"

  /// Opens the vault, making it on the first start.
  ///
  /// - Parameters:
  ///   - masterKeysFile: Its path and the key of the configuration that names it.
  ///   - mustExist: Data that it sealed are there, or the caller only looks. Then a part that is missing stops the start, and none is made.
  package static func open(
    _ database: Database, masterKeysFile: (path: String, key: String), mustExist: Bool, random: any RandomSource,
    keysInMemoryAtMost: Int = KeyCache.keysAtMost
  ) async throws -> Vault {
    let (path, key) = masterKeysFile
    let (wrapped, inUse) = try await database.read { snapshot in
      (try VaultStore.secret(lookUpSecretName, in: snapshot), try VaultStore.masterKeyIDs(in: snapshot))
    }
    if !FileManager.default.fileExists(atPath: path) {
      guard !mustExist, inUse.isEmpty else {
        throw ConfigError(
          key: key, problem: "\(path) is missing, and without it what is sealed cannot be read: put it back. Nothing was made")
      }
      try MasterKeys.create(path, random: random)
    }
    let masters = try MasterKeys(contentsOf: path, key: key)
    if let missing = inUse.first(where: { !masters.holds($0) }) {
      throw ConfigError(key: key, problem: "\(path) lacks the key \(missing), which still wraps others: put it back")
    }
    guard let wrapped else {
      guard !mustExist else {
        throw ConfigError(key: "database", problem: "the key database beside it is empty, and the members are sealed: restore it as well")
      }
      return try await make(database, masters, random, keysInMemoryAtMost)
    }
    return Vault(database, masters, random, try masters.unwrap(wrapped, name: lookUpSecretName), keysInMemoryAtMost)
  }

  private static func make(_ database: Database, _ masters: MasterKeys, _ random: any RandomSource, _ keysInMemory: Int) async throws
    -> Vault
  {
    let secret = SymmetricKey(data: random.bytes(SealedBytes.keyBytes))
    let wrapped = try masters.wrap(secret, name: lookUpSecretName, random: random)
    // Of two processes that make it at once one wins, and both go by what stands.
    let standing = try await database.write { transaction in
      try VaultStore.addSecret(lookUpSecretName, wrapped, in: transaction)
      return try VaultStore.secret(lookUpSecretName, in: transaction) ?? wrapped
    }
    return Vault(database, masters, random, try masters.unwrap(standing, name: lookUpSecretName), keysInMemory)
  }

  private init(_ database: Database, _ masters: MasterKeys, _ random: any RandomSource, _ lookUpSecret: SymmetricKey, _ keysInMemory: Int) {
    self.database = database
    self.masters = masters
    self.random = random
    self.lookUpSecret = lookUpSecret.withUnsafeBytes { Array($0) }
    self.cache = KeyCache(keysAtMost: keysInMemory, lifetime: database.isShared ? Self.sharedKeyLifetime : nil)
    fingerprint = KeyedHash(key: self.lookUpSecret, purpose: "vault.fingerprint")("vault").prefix(16).map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
  }

  /// A hash by which a datum is found that is stored sealed. Each purpose has a key of its own.
  package func keyedHash(_ purpose: String) -> KeyedHash { KeyedHash(key: lookUpSecret, purpose: purpose) }

  // MARK: Keys

  /// The owner's key; nil when there is none.
  package func key(of ownerID: String, deadline: ContinuousClock.Instant? = nil) async throws -> DataKey? {
    if let key = cache.key(of: ownerID) { return key }
    let moment = cache.moment
    guard let row = try await database.read(deadline: deadline, { try VaultStore.key(of: ownerID, in: $0) }) else { return nil }
    let key = try unwrap(row)
    cache.keep(key, readSince: moment)
    return key
  }

  /// Runs `body` with the keys of those owners who have one, on a thread of the key database: opening the rows of a long list is no work for
  /// an event loop. Nor does the list push out of memory what tills use.
  package func withKeys<Answer: Sendable>(
    of ownerIDs: [String], deadline: ContinuousClock.Instant? = nil, _ body: @escaping @Sendable ([String: DataKey]) throws -> Answer
  ) async throws -> Answer {
    try await database.read(deadline: deadline) { [self] snapshot in
      var keys: [String: DataKey] = [:]
      for ownerID in ownerIDs {
        if let key = cache.key(of: ownerID) {
          keys[ownerID] = key
        } else if let row = try VaultStore.key(of: ownerID, in: snapshot) {
          keys[ownerID] = try unwrap(row)
        }
      }
      return try body(keys)
    }
  }

  /// Who of them has a key on disk.
  package func ownersWithKey(_ ownerIDs: [String]) async throws -> [String] {
    try await database.read { snapshot in try ownerIDs.filter { try VaultStore.key(of: $0, in: snapshot) != nil } }
  }

  /// Runs `body`, which writes the row of a new owner, with a key that is on disk; the owner's id is the key's.
  ///
  /// - Parameters:
  ///   - makeID: Makes ids for owners to be.
  ///   - isUsed: Whether the row came, or `body` found another's. A refusal leaves no row; after another error nobody knows. Where it is
  ///     `OwnerRetired` the next owner is tried.
  package func withNewOwner<Answer: Sendable>(
    makeID: () -> String, deadline: ContinuousClock.Instant? = nil, isUsed: (Answer, DataKey) -> Bool,
    _ body: (DataKey) async throws -> Answer
  ) async throws -> Answer {
    while true {
      let key = try await newKey(makeID, deadline)
      do { return try await use(key, isUsed, body) } catch is OwnerRetired { continue }
    }
  }

  private func use<Answer: Sendable>(
    _ key: DataKey, _ isUsed: (Answer, DataKey) -> Bool, _ body: (DataKey) async throws -> Answer
  ) async throws -> Answer {
    let moment = cache.moment
    do {
      let answer = try await body(key)
      if isUsed(answer, key) {
        cache.keep(key, readSince: moment)
        stock.settle(key.ownerID)
      } else {
        stock.giveBack(key)
      }
      return answer
    } catch {
      if error is Refusal || error is RequestIDReused { stock.giveBack(key) } else { stock.settle(key.ownerID) }
      throw error
    }
  }

  private func newKey(_ makeID: () -> String, _ deadline: ContinuousClock.Instant?) async throws -> DataKey {
    switch stock.next() {
    case .ready(let key): return key
    case .make(let count):
      let keys = (0..<count).map { _ in DataKey(ownerID: makeID(), secret: newSecret()) }
      let ownerIDs = keys.map(\.ownerID)
      stock.announce(ownerIDs)
      do {
        let rows = try keys.map { try wrapped($0) }
        try await database.write(deadline: deadline) { transaction in
          for row in rows { try VaultStore.add(row, in: transaction) }
        }
      } catch {
        stock.failed(ownerIDs, ofBatch: count > 1)
        throw error
      }
      if count > 1 { stock.filled(Array(keys.dropFirst())) }
      return keys[0]
    }
  }

  /// Makes keys for owners whose rows are there already; one who has a key keeps it.
  package func makeKeys(for ownerIDs: [String]) async throws -> [String: DataKey] {
    let rows = try ownerIDs.map { try wrapped(DataKey(ownerID: $0, secret: newSecret())) }
    try await database.write { transaction in
      for row in rows { try VaultStore.add(row, in: transaction) }
    }
    return try await withKeys(of: ownerIDs) { $0 }
  }

  /// Destroys the owners' keys for good: what they sealed is erased, wherever a copy of it lies.
  package func destroyKeys(of ownerIDs: [String]) async throws {
    defer { cache.forget(ownerIDs) }
    try await Self.destroyKeys(of: ownerIDs, in: database)
  }

  /// The same for a key database that no vault has open, such as one just restored.
  package static func destroyKeys(of ownerIDs: [String], in database: Database) async throws {
    let destroyed = try await database.write { transaction in
      try ownerIDs.reduce(0) { try $0 + VaultStore.delete(ownerID: $1, in: transaction) }
    }
    if destroyed > 0 { try await scrub(database) }
  }

  /// What was deleted still stands in older pages.
  package static func scrub(_ database: Database) async throws {
    do {
      try await database.scrub(["vault_key"])
    } catch DatabaseError.busy, DatabaseError.interrupted {
      // A backup or `verify` reads for long. The keys are deleted all the same; the next erasure comes back to it, or the end of the service.
    }
  }

  private func newSecret() -> SymmetricKey { SymmetricKey(data: random.bytes(SealedBytes.keyBytes)) }

  func wrapped(_ key: DataKey) throws -> VaultStore.KeyRow {
    VaultStore.KeyRow(ownerID: key.ownerID, wrapped: try masters.wrap(key.secret, name: key.ownerID, random: random))
  }

  func unwrap(_ row: VaultStore.KeyRow) throws(VaultError) -> DataKey {
    DataKey(ownerID: row.ownerID, secret: try masters.unwrap(row.wrapped, name: row.ownerID))
  }
}

/// The owner's key is destroyed, or about to be: no row may come by that id.
package struct OwnerRetired: Error {
  package init() {}
}
