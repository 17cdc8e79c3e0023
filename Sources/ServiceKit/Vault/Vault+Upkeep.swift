import Crypto
import Database
package import Foundation

/// What is done now and then, beside the calls.
extension Vault {
  /// Runs `body` unless another process is at it; nil if one is. All that it does would be right with others at it as well.
  package func alone<Answer>(at now: Date, _ body: () async throws -> Answer) async throws -> Answer? {
    let holder = holder
    guard try await database.write({ try VaultStore.takeLease(by: holder, for: Self.leaseLength, at: now, in: $0) }) else { return nil }
    let answer = try await body()
    try await database.write { try VaultStore.releaseLease(of: holder, in: $0) }
    return answer
  }

  /// Lets go of keys that others may have destroyed, also when nobody asks for one: to be called every `sharedKeyLifetime` / 2.
  package func dropOldKeys() { cache.dropOld() }

  /// Destroys the keys of owners who have no row; how many.
  ///
  /// - Parameters:
  ///   - ownersWithRow: Who of those it is given has a row.
  ///   - retire: Sees to it that none of those it is given gets a row from now on, and says who has one all the same.
  package func sweep(
    at now: Date, ownersWithRow: ([String]) async throws -> Set<String>, retire: ([String]) async throws -> Set<String>
  ) async throws -> Int {
    var destroyed = 0
    var last = ""
    while true {
      let from = last
      let page = try await database.read { try VaultStore.owners(after: from, limit: Self.batchLimit, in: $0) }
      guard let end = page.last else { return destroyed }
      let unsettled = stock.unsettled
      let settled = page.filter { !unsettled.contains($0.ownerID) }
      let present = try await ownersWithRow(settled.map(\.ownerID))
      var orphans = try await due(settled, present, at: now)
      if !orphans.isEmpty {
        let late = try await retire(orphans)
        orphans.removeAll { late.contains($0) }
        try await destroyKeys(of: orphans)
      }
      destroyed += orphans.count
      last = end.ownerID
      try Task.checkCancellation()
    }
  }

  /// Which of the owners who are not present are to go. Another process may still have them ahead: then they wait, marked with when they were
  /// first seen, and a mark goes when its owner has come.
  private func due(_ owners: [VaultStore.Owner], _ present: Set<String>, at now: Date) async throws -> [String] {
    let orphans = owners.filter { !present.contains($0.ownerID) }
    guard database.isShared else { return orphans.map(\.ownerID) }
    let (new, come) = (orphans.filter { $0.orphanTime == nil }, owners.filter { $0.orphanTime != nil && present.contains($0.ownerID) })
    if !new.isEmpty || !come.isEmpty {
      try await database.write { transaction in
        for owner in new { try VaultStore.markOrphan(owner.ownerID, at: now, in: transaction) }
        for owner in come { try VaultStore.unmarkOrphan(owner.ownerID, in: transaction) }
      }
    }
    let patienceEnd = now.addingTimeInterval(-Self.orphanPatience)
    return orphans.filter { $0.orphanTime.map { $0 <= patienceEnd } ?? false }.map(\.ownerID)
  }

  /// Wraps under the active master key what others have wrapped, a batch at a time, while the vault is in use. A crash loses nothing: each
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
    if count > 0 { try await Self.scrub(database) }
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
