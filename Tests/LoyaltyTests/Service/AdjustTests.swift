import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Loyalty

@Suite struct AdjustTests {
  @Test("Points added by hand are a lot of the rule in force, active at once")
  func adds() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publish { $0.activateAfterDays = 14 }
      let reply = try await rig.adjust(100)
      #expect(reply.balance?.spendablePoints == 100)
      let entry = try #require(try await rig.entries().first)
      #expect((entry.entryID, entry.kind, entry.points) == (reply.entryID, .adjust, 100))
      let lot = try #require(try await rig.lots().first)
      #expect((lot.source, lot.ruleVersion) == ("adjustment", 2))
      #expect(try await rig.verify().pointsAdjusted == 100)
    }
  }

  @Test("Points are taken by hand from what is spendable, and no more")
  func takes() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.adjust(100)
      try await rig.hold("ord_1", spending: 30)
      #expect(try await refusal { try await rig.adjust(-71) } == .insufficientPoints)
      #expect(try await rig.adjust(-70).balance?.spendablePoints == 0)
      try await rig.commit("ord_1")
      #expect(try await rig.verify().pointsAdjusted == 30)
      try await rig.expectSound()
    }
  }

  @Test("Points added by hand repay a debt first")
  func repaysDebt() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.sell("ord_1", netSpend: 5_000)
      try await rig.sell("ord_2", spending: 50)
      try await rig.reverse("ret_1", of: "ord_1")
      let balance = try #require(try await rig.adjust(80).balance)
      #expect((balance.spendablePoints, balance.debtPoints) == (30, 0))
      try await rig.expectSound()
    }
  }

  @Test("An adjustment of nothing, without a reason or without a member is refused")
  func invalid() async throws {
    try await LoyaltyRig.run { rig async throws in
      for (member, points, reason) in [("mem_a", 0, "x"), ("mem_a", 1, ""), ("", 1, "x"), ("mem_a", Int64.max, "x")] {
        let request = LoyaltyV1.AdjustPointsRequest(requestID: rig.freshID(), memberID: member, points: Int64(points), reason: reason)
        #expect(try await refusal { _ = try await rig.loyalty.adjustPoints(request) } == .invalidFields)
      }
    }
  }
}
