import Database
import GoogleProto
import PatronAPI
import ServiceKit

/// Recomputes every counter from the ledger of uses, however long that is: for the Verify method and for `campaign verify` alike. Each
/// check has a snapshot of its own, so that none is pinned for the time of all of them.
struct CampaignVerification {
  let environment: ServiceEnvironment

  func run(deadline: ContinuousClock.Instant? = nil) async throws -> CampaignV1.VerifyResponse {
    let now = environment.clock.now()
    let database = environment.database
    var differences: [VerifyStore.Difference] = []
    for check in VerifyStore.checks {
      differences += try await database.maintenanceRead(deadline: deadline) { try VerifyStore.run(check, in: $0) }
    }
    let totals = try await database.maintenanceRead(deadline: deadline) { try VerifyStore.totals(in: $0) }
    return CampaignV1.VerifyResponse(
      differences: differences.map { difference in
        TypeV1.Difference(check: difference.check, ids: difference.ids, expected: difference.expected, found: difference.found)
      }, countersChecked: totals.countersChecked, entriesChecked: totals.entriesChecked, asOfTime: GoogleProtobuf.Timestamp(now),
      committedUses: totals.committedUses, reversedUses: totals.reversedUses, discountedMinorUnits: totals.discountedMinorUnits)
  }
}
