import Database
import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Loyalty

@Suite struct TierGrantTests {
  private static func refused(_ reason: String, _ code: StatusCode = .failedPrecondition) -> Refused { Refused(code: code, reason: reason) }

  @Test("A grant gives the tier at once and to its end, once under its request id, and says who gave it and why")
  func granting() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2026-11-22T12:00:00Z")
      let first = try await rig.grant("gold", until: "2027-01-01T00:00:00Z", requestID: "req-grant")
      #expect(try await rig.grant("gold", until: "2027-01-01T00:00:00Z", requestID: "req-grant") == first)
      #expect((first.balance?.tierCode, first.grant?.reason) == ("gold", "goodwill"))
      var standing = try await rig.tier()
      #expect((standing.tierCode, standing.earnedTierCode, standing.grant?.grantID) == ("gold", "member", first.grant?.grantID))
      #expect((standing.untilTime?.date, standing.thenTierCode) == (instant("2027-01-01T00:00:00Z"), "member"))
      #expect(standing.nextTier?.tierCode == "diamond")
      let grants = try await rig.tiers.listTierGrants(LoyaltyV1.ListTierGrantsRequest(memberID: "mem_a")).grants
      #expect(grants == [first.grant].compactMap { $0 })
      rig.setClock("2027-01-01T00:00:00Z")
      #expect(try await rig.balance().tierCode == "member")
      standing = try await rig.tier()
      #expect((standing.grant, standing.sinceTime?.date) == (nil, instant("2027-01-01T00:00:00Z")))
      try await rig.expectSound()
    }
  }

  @Test("What is earned counts where it is higher, and is what a grant leaves behind")
  func besideWhatIsEarned() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.sell("ord_1", netSpend: 50_000)
      let granted = try await rig.grant("gold", until: "2999-01-01T00:00:00Z")
      #expect(granted.balance?.tierCode == "gold")
      #expect(try await rig.sell("ord_2", netSpend: 450_000).balance?.tierCode == "diamond")
      #expect(try await rig.tier().grant == nil)
      #expect(try await rig.reverse("ret_1", of: "ord_2").balance?.tierCode == "gold")
      #expect(try await rig.revoke(granted.grant?.grantID ?? "").balance?.tierCode == "silver")
      try await rig.expectSound()
    }
  }

  @Test("A grant is revoked once; who comes again learns who did it first, and events tell of all of it")
  func revoking() async throws {
    try await LoyaltyRig.run { rig in
      let grantID = try #require(try await rig.grant("gold", until: "2999-01-01T00:00:00Z").grant?.grantID)
      rig.advance(days: 1)
      let first = try await rig.revoke(grantID, requestID: "req-revoke")
      #expect((first.balance?.tierCode, first.grant?.revokeReason, first.grant?.revokeTime?.date) == ("member", "a slip", rig.now))
      #expect(try await rig.revoke(grantID, requestID: "req-revoke") == first)
      rig.advance(days: 1)
      #expect(try await rig.revoke(grantID).grant == first.grant)
      let types = try await rig.service.database.events(after: 0, limit: 100).map(\.event.type)
      #expect(
        types == [
          "loyalty.tier_granted.v1", "loyalty.tier_changed.v1", "loyalty.tier_grant_revoked.v1", "loyalty.tier_changed.v1",
        ])
      #expect(try await refusal { try await rig.revoke("tgr_nobody") } == Self.refused("GRANT_UNKNOWN", .notFound))
      try await rig.expectSound()
    }
  }

  @Test("A tier by invitation is held by grant only, for good; a paid one to an end")
  func admission() async throws {
    try await LoyaltyRig.run { rig in
      var scheme = LoyaltyV1.TierScheme.ladder(.rolling, months: 12)
      scheme.tiers.append(LoyaltyV1.Tier(code: "plus", name: "Plus", admission: .paid))
      scheme.tiers.append(LoyaltyV1.Tier(code: "circle", name: "Circle", admission: .invited))
      try await rig.publish(scheme)
      #expect(try await rig.sell("ord_1", netSpend: 1_000_000).balance?.tierCode == "gold")
      #expect(try await rig.balance().nextTier == nil)
      #expect(try await refusal { try await rig.grant("plus") } == Self.refused("GRANT_END_REQUIRED"))
      #expect(try await refusal { try await rig.grant("silver") } == Self.refused("GRANT_END_REQUIRED"))
      #expect(try await rig.grant("plus", until: "2999-01-01T00:00:00Z").balance?.tierCode == "plus")
      #expect(try await rig.grant("circle").balance?.tierCode == "circle")
      rig.advance(days: 40_000)
      #expect(try await rig.balance().tierCode == "circle")
    }
  }

  @Test("A grant of no tier, without a reason, to an end that has passed, or beyond the limit is refused")
  func refusals() async throws {
    try await LoyaltyRig.run { rig async throws in
      #expect(try await refusal { try await rig.grant("ruby", until: "2999-01-01T00:00:00Z") } == Self.refused("TIER_UNKNOWN"))
      #expect(try await refusal { try await rig.grant("gold", until: "2001-01-01T00:00:00Z") } == .invalidFields)
      #expect(try await refusal { try await rig.grant("gold", to: "", until: "2999-01-01T00:00:00Z") } == .invalidFields)
      let unreasoned = LoyaltyV1.GrantTierRequest(requestID: rig.freshID(), memberID: "mem_a", tierCode: "gold")
      #expect(try await refusal { _ = try await rig.tiers.grantTier(unreasoned) } == .invalidFields)
      for _ in 0..<TierLimits.maximumGrantsInForce { try await rig.grant("gold", until: "2999-01-01T00:00:00Z") }
      #expect(try await refusal { try await rig.grant("gold", until: "2999-01-01T00:00:00Z") } == Self.refused("TOO_MANY_GRANTS"))
      try await rig.expectSound()
    }
  }

  @Test("Grants are listed newest first, page by page, and cannot be deleted")
  func listing() async throws {
    try await LoyaltyRig.run { rig in
      var given: [String] = []
      for _ in 0..<5 {
        given.append(try await rig.grant("gold", until: "2999-01-01T00:00:00Z").grant?.grantID ?? "")
        rig.advance(days: 1)
      }
      var listed: [String] = []
      var token = ""
      repeat {
        let page = try await rig.tiers.listTierGrants(LoyaltyV1.ListTierGrantsRequest(memberID: "mem_a", pageSize: 2, pageToken: token))
        listed += page.grants.map(\.grantID)
        token = page.nextPageToken
      } while !token.isEmpty
      #expect(listed == given.reversed())
      await #expect(throws: DatabaseError.self) {
        try await rig.service.database.write { _ = try $0.run(SQL("test.delete-grants", "DELETE FROM tier_grant"), []) }
      }
    }
  }
}
