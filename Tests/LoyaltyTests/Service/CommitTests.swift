import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Loyalty

@Suite struct CommitTests {
  @Test("A commit earns points in a lot of the rule, growth value, and the tier at once")
  func earns() async throws {
    try await LoyaltyRig.run { rig in
      let commit = try await rig.sell("ord_1", netSpend: 50_099)
      #expect((commit.pointsEarned, commit.previousTierCode) == (500, "member"))
      let balance = try #require(commit.balance)
      #expect((balance.spendablePoints, balance.growthValue, balance.tierCode) == (500, 50_099, "silver"))
      #expect(balance.nextTier == LoyaltyV1.NextTier(tierCode: "gold", missingGrowthValue: 99_901))
      let lot = try #require(try await rig.lots().first)
      // 2 March 2026 in New York; twelve months later, to that day's last instant.
      #expect(lot.expireTime?.date == instant("2027-03-03T05:00:00Z"))
      #expect((lot.source, lot.orderID, lot.ruleVersion, lot.earnedPoints) == ("order", "ord_1", 1, 500))
      // A second order inside the tier raises nothing.
      #expect(try await rig.sell("ord_2", netSpend: 100).previousTierCode == "")
      try await rig.expectSound()
    }
  }

  @Test("An order too small for a point still counts as growth value")
  func growthWithoutPoints() async throws {
    try await LoyaltyRig.run { rig in
      #expect(try await rig.sell("ord_1", netSpend: 99).pointsEarned == 0)
      let balance = try await rig.balance()
      #expect((balance.spendablePoints, balance.growthValue) == (0, 99))
      #expect(try await rig.lots().isEmpty)
      #expect(try await rig.entries().map(\.kind) == [.earn])
      try await rig.expectSound()
    }
  }

  @Test("Committed twice, under one request id or two, it posts once")
  func twice() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.adjust(100)
      try await rig.hold("ord_1", spending: 30, netSpend: 5_000)
      let first = try await rig.commit("ord_1", requestID: "ord_1/loyalty.commit")
      #expect(try await rig.commit("ord_1", requestID: "ord_1/loyalty.commit") == first)
      let other = try await rig.commit("ord_1")
      #expect((other.pointsEarned, other.pointsSpent) == (49, 30))
      let balance = try await rig.balance()
      #expect((balance.spendablePoints, balance.lifetimeEarnedPoints, balance.lifetimeSpentPoints) == (119, 49, 30))
      try await rig.expectSound()
    }
  }

  @Test("What was never held cannot be committed, and a cancelled hold neither")
  func neverHeld() async throws {
    try await LoyaltyRig.run { rig in
      let unknown = Refused(code: .failedPrecondition, reason: "HOLD_UNKNOWN")
      #expect(try await refusal { try await rig.commit("ord_1") } == unknown)
      try await rig.hold("ord_2", netSpend: 5_000)
      try await rig.cancel("ord_2")
      #expect(try await refusal { try await rig.commit("ord_2") } == .holdCancelled)
      #expect(try await rig.balance().lifetimeEarnedPoints == 0)
    }
  }

  @Test("A held order commits after every rule, tier and expiry has changed")
  func neverRefusedOnceHeld() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.adjust(100)
      try await rig.hold("ord_1", spending: 100, netSpend: 5_000)
      try await rig.publish { $0.pointsNumerator = 0 }
      try await rig.publishTiers([("only", 0)])
      rig.advance(days: 3_000)
      let commit = try await rig.commit("ord_1")
      #expect((commit.pointsEarned, commit.pointsSpent, commit.balance?.tierCode) == (49, 100, "only"))
      try await rig.expectSound()
    }
  }

  @Test("Points of a rule with an activation wait are pending, then spendable at the instant")
  func pending() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publish { $0.activateAfterDays = 14 }
      try await rig.sell("ord_1", netSpend: 5_000)
      var balance = try await rig.balance()
      #expect((balance.spendablePoints, balance.pendingPoints) == (0, 50))
      #expect(try await refusal { try await rig.hold("ord_2", spending: 1) } == .insufficientPoints)
      #expect(try await refusal { try await rig.adjust(-1) } == .insufficientPoints)

      rig.service.clock.set(rig.now.addingTimeInterval(14 * 86_400 - microsecond))
      #expect(try await rig.balance().spendablePoints == 0)
      rig.service.clock.advance(by: .microseconds(1))
      balance = try await rig.balance()
      #expect((balance.spendablePoints, balance.pendingPoints) == (50, 0))
      try await rig.hold("ord_2", spending: 50)
      try await rig.expectSound()
    }
  }

  @Test("The statement has a line for each movement, newest first, with who and where")
  func statement() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.adjust(100)
      try await rig.sell("ord_1", spending: 30, netSpend: 5_000)
      let entries = try await rig.entries()
      #expect(entries.map(\.kind) == [.earn, .spend, .adjust])
      #expect(entries.map(\.points) == [49, -30, 100])
      #expect(entries.map(\.growthValue) == [4_970, 0, 0])
      #expect(entries.map(\.orderID) == ["ord_1", "ord_1", ""])
      #expect(entries.map(\.actor) == ["cli_1/stf_1", "cli_1/stf_1", "local-development"])
      #expect(entries.map(\.storeID) == ["sto_1", "sto_1", ""])
      #expect(entries.map(\.reason) == ["", "", "goodwill"])
      #expect(Set(entries.map(\.entryID)).count == 3)
    }
  }

  @Test("Events stand in the outbox in the member's order")
  func events() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.adjust(100)
      try await rig.sell("ord_1", spending: 30, netSpend: 60_000)
      try await rig.reverse("ret_1", of: "ord_1")
      let events = try await rig.service.database.events(after: 0, limit: 100).map(\.event)
      #expect(
        events.map(\.type) == [
          "loyalty.points_adjusted.v1", "loyalty.points_spent.v1", "loyalty.points_earned.v1", "loyalty.tier_changed.v1",
          "loyalty.points_reversed.v1", "loyalty.tier_changed.v1",
        ])
      #expect(Set(events.map(\.aggregateID)) == ["mem_a"])
      #expect(Set(events.map(\.id)).count == events.count)
      let rose = try LoyaltyV1.TierChanged(decoding: events[3].payload)
      #expect((rose.previousTierCode, rose.tierCode, rose.growthValue) == ("member", "silver", 59_970))
      let reversed = try LoyaltyV1.PointsReversed(decoding: events[4].payload)
      #expect((reversed.pointsTakenBack, reversed.pointsGivenBack, reversed.growthValue) == (599, 30, 59_970))
    }
  }
}
