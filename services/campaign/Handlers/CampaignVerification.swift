import Database
import GoogleProto
import PatronAPI
import ServiceKit

/// Recomputes every counter from the ledger of uses, in one snapshot: for the Verify method and for `campaign verify` alike.
struct CampaignVerification {
  let environment: ServiceEnvironment

  func run() async throws -> CampaignV1.VerifyResponse {
    let now = environment.clock.now()
    return try await environment.database.read { snapshot in
      let differences = try VerifyStore.differences(in: snapshot)
      let totals = try VerifyStore.totals(in: snapshot)
      return CampaignV1.VerifyResponse(
        differences: differences.map { difference in
          TypeV1.Difference(
            check: difference.check, ids: difference.ids, expected: difference.expected, found: difference.found)
        }, countersChecked: totals.countersChecked, entriesChecked: totals.entriesChecked, asOfTime: GoogleProtobuf.Timestamp(now),
        committedUses: totals.committedUses, reversedUses: totals.reversedUses, discountedMinorUnits: totals.discountedMinorUnits)
    }
  }
}
