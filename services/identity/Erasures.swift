import Database
import Foundation
import ServiceKit
import Synchronization

/// Erasing members, so that a crash or a backup from before cannot bring one back.
///
/// In this order: the line in the erasure log, which decides; the member's row with its event, in one transaction; the member's key. What a crash
/// leaves undone the next start does, before it serves, and so does `restore`.
struct Erasures: Sendable {
  /// Members that are looked at, or erased, in one transaction.
  private static let batchLimit = 256

  let log: ErasureLog
  let database: Database
  let keys: Database
  /// Nil in `restore`, which opens nothing that is sealed.
  let vault: Vault?
  let ids: any IDGenerator
  let clock: any WallClock
  /// Between the line in the log and the commit of the row nobody may decide otherwise: the same request id with another member would be
  /// refused, and its member erased all the same. Of other processes the log itself keeps them (`ErasureLog.add`).
  let turns = OneAtATime()

  /// Erases everybody who stands in the log, and writes down who was erased and does not stand there, such as after the log was lost.
  func applyLog() async throws { try await turns.run { try await applyLogInTurn() } }

  private func applyLogInTurn() async throws {
    var entries = try await log.entries()
    entries += try await completeLog(Set(entries.map(\.ownerID)))
    var rest = entries[...]
    while !rest.isEmpty {
      try await apply(Array(rest.prefix(Self.batchLimit)))
      rest = rest.dropFirst(Self.batchLimit)
    }
    // Also of a process that died between destroying a key and emptying the log that still held it.
    if !entries.isEmpty { try await Vault.scrub(keys) }
  }

  private func apply(_ entries: [ErasureLog.Entry]) async throws {
    let present = try await database.read { snapshot in
      try entries.filter { try MemberStore.standing(of: $0.ownerID, in: snapshot) == .present }
    }
    let work = present.map { (entry: $0, eventID: ids.next("evt")) }
    if !work.isEmpty {
      let now = clock.now()
      try await database.write { transaction in
        for (entry, eventID) in work where try ErasureStore.erase(memberID: entry.ownerID, at: entry.date, in: transaction) {
          try transaction.append(IdentityEvents.erased(memberID: entry.ownerID, clientID: "", staffID: "", eventID: eventID, at: now))
        }
      }
    }
    try await destroyKeys(of: entries.map(\.ownerID))
  }

  /// Destroys the members' keys, with nothing to do for those who have none.
  func destroyKeys(of memberIDs: [String]) async throws {
    if let vault {
      try await vault.destroyKeys(of: memberIDs)
    } else {
      try await Vault.destroyKeys(of: memberIDs, in: keys)
    }
  }

  /// What it added.
  private func completeLog(_ logged: Set<String>) async throws -> [ErasureLog.Entry] {
    var added: [ErasureLog.Entry] = []
    var last = ""
    while true {
      let from = last
      let page = try await database.read { try ErasureStore.erased(after: from, limit: Self.batchLimit, in: $0) }
      guard let end = page.last else { return added }
      let missing = page.filter { !logged.contains($0.memberID) }.map { ErasureLog.Entry(memberID: $0.memberID, time: $0.time) }
      if !missing.isEmpty { try await log.add(missing) }
      added += missing
      last = end.memberID
    }
  }
}

extension ErasureLog.Entry {
  init(memberID: String, time: Date) {
    self.init(ownerID: memberID, time: Int64((time.timeIntervalSince1970 * 1_000_000).rounded()))
  }

  var date: Date { Date(timeIntervalSince1970: Double(time) / 1_000_000) }
}
