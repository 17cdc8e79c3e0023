import Database
import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Loyalty

@Suite struct TierServiceTests {
  @Test(
    "Buy, reach gold, refund: no gold is left, at once, however the scheme lets tiers fall",
    arguments: [
      .ladder(.rolling, months: 12), .ladder(.calendarYear), .ladder(.lifetime), .ladder(.anniversary),
      .ladder(.calendarYear, LoyaltyV1.TierDowngrade(fall: .toEarned, graceDays: 30)),
      .ladder(.calendarQuarter, LoyaltyV1.TierDowngrade(fall: .oneStep)),
      .ladder(.rolling, months: 12, LoyaltyV1.TierDowngrade(fall: .oneStep, graceDays: 10, review: .month)),
    ] as [LoyaltyV1.TierScheme])
  func buyReachGoldRefund(scheme: LoyaltyV1.TierScheme) async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2026-11-22T12:00:00Z")
      try await rig.publish(scheme)
      #expect(try await rig.sell("ord_1", netSpend: 12_000).balance?.tierCode == "silver")
      let commit = try await rig.sell("ord_2", netSpend: 20_000)
      #expect((commit.balance?.tierCode, commit.previousTierCode) == ("gold", "silver"))
      #expect(try await rig.reverse("ret_1", of: "ord_2", to: 10).balance?.tierCode == "gold")
      #expect(try await rig.reverse("ret_2", of: "ord_2", from: 10).balance?.tierCode == "silver")
      let standing = try await rig.tier()
      #expect((standing.tierCode, standing.measured?.growthValue, standing.measured?.visits) == ("silver", 12_000, 1))
      let changes = try await rig.service.database.events(after: 0, limit: 100).map(\.event)
        .filter { $0.type == "loyalty.tier_changed.v1" }.map { try LoyaltyV1.TierChanged(decoding: $0.payload) }
      #expect(changes.map(\.tierCode) == ["silver", "gold", "silver"])
      try await rig.expectSound()
    }
  }

  @Test("What a year earned is kept through the next and its days of grace, with nobody's help")
  func keptAndLost() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2026-11-22T12:00:00Z")
      try await rig.publish(.ladder(.calendarYear, LoyaltyV1.TierDowngrade(fall: .toEarned, graceDays: 30)))
      try await rig.sell("ord_1", netSpend: 30_000)
      var standing = try await rig.tier()
      #expect(standing.sinceTime?.date == instant("2026-11-22T12:00:00Z"))
      #expect((standing.untilTime?.date, standing.thenTierCode) == (instant("2028-01-31T00:00:00-05:00"), "base"))
      #expect((standing.periodEndTime?.date, standing.projectedTierCode) == (instant("2027-01-31T00:00:00-05:00"), "gold"))
      #expect(standing.nextTier == nil)
      rig.setClock("2028-01-30T23:59:59-05:00")
      #expect(try await rig.balance().tierCode == "gold")
      standing = try await rig.tier()
      #expect((standing.projectedTierCode, standing.measured?.growthValue) == ("base", 0))
      rig.setClock("2028-01-31T00:00:00-05:00")
      let balance = try await rig.balance()
      #expect((balance.tierCode, balance.nextTier?.tierCode, balance.nextTier?.missingGrowthValue) == ("base", "silver", 10_000))
      #expect(balance.nextTier?.beforeTime?.date == instant("2029-01-01T00:00:00-05:00"))
      #expect(try await rig.tier().sinceTime?.date == instant("2028-01-31T00:00:00-05:00"))
      try await rig.expectSound()
    }
  }

  @Test("Visits are orders that have not come back whole, those that points pay included; points are what orders earned")
  func visitsAndPoints() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publish(
        LoyaltyV1.TierScheme(
          tiers: [
            LoyaltyV1.Tier(code: "base", name: "Base"),
            LoyaltyV1.Tier(code: "regular", name: "Regular", thresholdVisits: 3, thresholdPoints: 1_000, anyIsEnough: true),
            LoyaltyV1.Tier(code: "friend", name: "Friend", thresholdVisits: 3, thresholdPoints: 1_000),
          ], window: .lifetime))
      try await rig.adjust(5_000)
      #expect(try await rig.balance().tierCode == "base")
      try await rig.sell("ord_1", netSpend: 1_000)
      try await rig.sell("ord_2", spending: 500, netSpend: 500)
      let next = try #require(try await rig.balance().nextTier)
      #expect((next.tierCode, next.missingVisits, next.missingPoints, next.anyIsEnough) == ("regular", 1, 990, true))
      #expect(try await rig.sell("ord_3", netSpend: 1_000).balance?.tierCode == "regular")
      #expect(try await rig.reverse("ret_1", of: "ord_3", to: 99).balance?.tierCode == "regular")
      #expect(try await rig.reverse("ret_2", of: "ord_3", from: 99).balance?.tierCode == "base")
      #expect(try await rig.sell("ord_4", netSpend: 100_000).balance?.tierCode == "friend")
      let measured = try #require(try await rig.tier().measured)
      #expect((measured.growthValue, measured.visits, measured.points) == (101_000, 3, 1_010))
      try await rig.expectSound()
    }
  }

  @Test("A member of whom nothing is on record has the lowest tier, since never")
  func unknownMember() async throws {
    try await LoyaltyRig.run { rig in
      let standing = try await rig.tier("mem_nobody")
      #expect((standing.tierCode, standing.sinceTime, standing.untilTime) == ("member", nil, nil))
      #expect(standing.nextTier?.missingGrowthValue == 50_000)
      #expect(try await refusal { _ = try await rig.tier("") } == .invalidFields)
    }
  }

  @Test("What a till reads of a tier is one range of one index, and nothing of the orders' rows", .enabled(if: TestEngine.isSQLite))
  func indexOnly() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.sell("ord_1", netSpend: 1_000)
      for statement in [OrderFactStore.sums, OrderFactStore.rows, OrderFactStore.rowsOfMembers] {
        let explain = SQL("test.explain", "EXPLAIN QUERY PLAN \(statement.text)")
        let arguments: [SQLValue] = ["mem_a", 0, 0].prefix(statement.text.contains("?3") ? 3 : 2).map { $0 }
        let plan = try await rig.service.database.read { try $0.all(explain, arguments) { $0.text(3) } }
        #expect(plan.count == 1 && plan[0].contains("USING COVERING INDEX order_hold_tier (member_id"), "\(plan)")
      }
    }
  }
}
