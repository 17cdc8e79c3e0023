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
/// Layers, downwards: `Vault` → `KeyCache`, `KeyStock`, `VaultStore`, `MasterKeys`, `DataKey` → `SealedBytes` → Crypto.
package final class Vault: Sendable {
  /// Keys that one transaction writes or one sweep looks at.
  package static let batchLimit = 256

  /// Names this vault: the same wherever its key database is restored, another in every other installation. Says nothing about its secret.
  package let fingerprint: String

  private let database: Database
  private let masters: MasterKeys
  private let random: any RandomSource
  private let lookUpSecret: [UInt8]
  private let cache: KeyCache
  private let stock = KeyStock()

  private static let lookUpSecretName = "look-up"

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
    try await database.write { try VaultStore.addSecret(lookUpSecretName, wrapped, in: $0) }
    return Vault(database, masters, random, secret, keysInMemory)
  }

  private init(_ database: Database, _ masters: MasterKeys, _ random: any RandomSource, _ lookUpSecret: SymmetricKey, _ keysInMemory: Int) {
    self.database = database
    self.masters = masters
    self.random = random
    self.lookUpSecret = lookUpSecret.withUnsafeBytes { Array($0) }
    self.cache = KeyCache(keysAtMost: keysInMemory)
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
  ///   - isUsed: Whether the row came, or `body` found another's. A refusal leaves no row; after another error nobody knows.
  package func withNewOwner<Answer: Sendable>(
    makeID: () -> String, deadline: ContinuousClock.Instant? = nil, isUsed: (Answer, DataKey) -> Bool,
    _ body: (DataKey) async throws -> Answer
  ) async throws -> Answer {
    let key = try await newKey(makeID, deadline)
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
    if destroyed > 0 { try await emptyLog(of: database) }
  }

  /// Older pages in the write-ahead log still hold what was deleted.
  package static func emptyLog(of database: Database) async throws {
    do {
      try await database.emptyLog()
    } catch DatabaseError.busy {
      // A backup or `verify` reads for long. The keys are deleted all the same; the next erasure empties the log, or the end of the service.
    }
  }

  private func newSecret() -> SymmetricKey { SymmetricKey(data: random.bytes(SealedBytes.keyBytes)) }

  private func wrapped(_ key: DataKey) throws -> VaultStore.KeyRow {
    VaultStore.KeyRow(ownerID: key.ownerID, wrapped: try masters.wrap(key.secret, name: key.ownerID, random: random))
  }

  private func unwrap(_ row: VaultStore.KeyRow) throws(VaultError) -> DataKey {
    DataKey(ownerID: row.ownerID, secret: try masters.unwrap(row.wrapped, name: row.ownerID))
  }

  // MARK: Upkeep

  /// Destroys the keys of owners who have no row. `ownersWithRow` says who of those it is given has one, and looks when it is asked: whoever
  /// may no longer get a row by then has one or never will. Only one process may make keys.
  ///
  /// Returns how many it destroyed.
  package func sweep(ownersWithRow: ([String]) async throws -> Set<String>) async throws -> Int {
    var destroyed = 0
    var last = ""
    while true {
      let from = last
      let page = try await database.read { try VaultStore.owners(after: from, limit: Self.batchLimit, in: $0) }
      guard let end = page.last else { return destroyed }
      let unsettled = stock.unsettled
      let settled = page.filter { !unsettled.contains($0) }
      let present = try await ownersWithRow(settled)
      let orphans = settled.filter { !present.contains($0) }
      if !orphans.isEmpty { try await destroyKeys(of: orphans) }
      destroyed += orphans.count
      last = end
      try Task.checkCancellation()
    }
  }

  /// Wraps under the current master key what others have wrapped, a batch at a time, while the vault is in use. A crash loses nothing: each
  /// key is wrapped by the one or the other, and both are in the ring until the last is done.
  ///
  /// Returns how many keys it wrapped anew.
  package func wrapAnew() async throws -> Int {
    var count = 0
    let inUse = try await database.read { try VaultStore.masterKeyIDs(in: $0) }
    for retired in inUse where retired != masters.activeID {
      while true {
        let batch = try await database.read { try VaultStore.keys(wrappedBy: retired, limit: Self.batchLimit, in: $0) }
        if batch.isEmpty { break }
        let changes = try batch.map { ($0, try wrapped(unwrap($0)).wrapped) }
        try await database.write { transaction in
          for (old, new) in changes { try VaultStore.replace(old, with: new, in: transaction) }
        }
        count += batch.count
        try Task.checkCancellation()
      }
    }
    try await wrapLookUpSecretAnew()
    // The older pages of the log hold what the retired key wrapped.
    if count > 0 { try await Self.emptyLog(of: database) }
    return count
  }

  private func wrapLookUpSecretAnew() async throws {
    let old = try await database.read { try VaultStore.secret(Self.lookUpSecretName, in: $0) }
    guard let old, old.masterKeyID != masters.activeID else { return }
    let new = try masters.wrap(SymmetricKey(data: lookUpSecret), name: Self.lookUpSecretName, random: random)
    try await database.write { try VaultStore.replaceSecret(Self.lookUpSecretName, old, with: new, in: $0) }
  }

  /// Owners who have a key and no row, and may still get one.
  package var newOwners: Set<String> { stock.unsettled }

  /// Owners' keys that are unwrapped in memory now.
  package var keysInMemory: Int { cache.count }
}
