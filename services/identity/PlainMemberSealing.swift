import Database
import Foundation
import PatronAPI
import ServiceKit

/// Seals what stood in plain before migration 2, once, before the service serves: the members, and the hashes of the requests that made them.
///
/// A batch is one transaction that fills the sealed columns and removes the plain rows; its keys are on disk before it. So a start that dies
/// goes on where it stood. When the last row is gone its bytes are not: the file is written anew and the log emptied, and only then is the
/// database marked as scrubbed.
struct PlainMemberSealing {
  private static let batchLimit = Vault.batchLimit

  let keeping: MemberVault
  /// Of the members' requests; see `Members.commands`.
  let bodySeal: KeyedHash
  let environment: ServiceEnvironment

  func run() async throws {
    let link = try await environment.database.read { try PlainMemberStore.vaultLink(in: $0) }
    if link?.isScrubbed == true { return }
    var count = 0
    while true {
      let batch = try await environment.database.read { try PlainMemberStore.next(Self.batchLimit, in: $0) }
      if batch.isEmpty { break }
      try await seal(batch)
      count += batch.count
    }
    try await CommandRunner.sealBodies(
      of: IdentityV1.IdentityServiceMethods.enrolMember.service, in: environment.database, under: bodySeal)
    try await environment.database.rewrite()
    try await environment.database.write { try PlainMemberStore.markScrubbed(in: $0) }
    environment.logger.notice("sealed what stood in plain", metadata: ["members": "\(count)"])
  }

  private func seal(_ batch: [PlainMemberStore.PlainMember]) async throws {
    let keys = try await keeping.vault.makeKeys(for: batch.map(\.memberID))
    let rows = try batch.map { member in
      guard let key = keys[member.memberID] else { throw VaultError.keyMissing(ownerID: member.memberID) }
      return (member.memberID, try keeping.seal(member.profile, under: key), keeping.hashes(of: member.profile))
    }
    environment.faults.reach(IdentityApp.FaultPoint.sealingKeysMade)
    try await environment.database.write { transaction in
      for (memberID, sealed, hashes) in rows { try PlainMemberStore.replace(memberID, sealed, hashes, in: transaction) }
    }
    environment.faults.reach(IdentityApp.FaultPoint.sealingBatchDone)
  }
}
