import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Loyalty

@Suite struct HoldTests {
  @Test("A hold sets points aside; a commit spends them; the rest stays spendable")
  func holdThenCommit() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.adjust(100)
      try await rig.hold("ord_1", spending: 30)
      var balance = try await rig.balance()
      #expect((balance.spendablePoints, balance.heldPoints) == (70, 30))

      let commit = try await rig.commit("ord_1")
      #expect((commit.pointsSpent, commit.pointsEarned) == (30, 0))
      balance = try await rig.balance()
      #expect((balance.spendablePoints, balance.heldPoints, balance.lifetimeSpentPoints) == (70, 0, 30))
      #expect(commit.balance == balance)
      try await rig.expectSound()
    }
  }

  @Test("More than is spendable is refused, says what is spendable, and changes nothing")
  func insufficient() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.adjust(100)
      try await rig.hold("ord_1", spending: 60)
      let request = try await rig.holdRequest("ord_2", spending: 41)
      await #expect { _ = try await rig.holds.hold(request) } throws: { error in
        let error = error as? RPCError
        return error?.reason == "INSUFFICIENT_POINTS" && error?.metadata == ["spendable_points": "40"]
          && error?.domain == "loyalty.patron"
      }
      #expect(try await rig.balance().heldPoints == 60)
      // The refusal left no row: once there are points, the same request succeeds.
      try await rig.adjust(1)
      _ = try await rig.holds.hold(request)
      #expect(try await rig.balance().heldPoints == 101)
      try await rig.expectSound()
    }
  }

  @Test("Lots that expire first are drawn first, whatever was earned first")
  func drawsEarliestExpiry() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publish { $0.expireAfterMonths = 6 }
      try await rig.adjust(50)
      try await rig.publish { $0.expireAfterMonths = 1 }
      try await rig.adjust(50)
      try await rig.hold("ord_1", spending: 60)
      #expect(try await rig.lots().map(\.heldPoints) == [50, 10])
      #expect(try await rig.lots().map(\.remainingPoints) == [0, 40])
    }
  }

  @Test("A hold is idempotent under its order, whatever the request id")
  func idempotentUnderOrder() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.adjust(100)
      try await rig.hold("ord_1", spending: 30, netSpend: 5_000)
      try await rig.hold("ord_1", spending: 30, netSpend: 5_000)
      try await rig.commit("ord_1")
      try await rig.hold("ord_1", spending: 30, netSpend: 5_000)
      #expect(try await rig.balance().lifetimeSpentPoints == 30)
      try await rig.expectSound()
    }
  }

  @Test("Another hold under the same order is refused")
  func differentTerms() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.adjust(100)
      try await rig.hold("ord_1", spending: 30)
      let differs = Refused(code: .alreadyExists, reason: "HOLD_DIFFERS")
      #expect(try await refusal { try await rig.hold("ord_1", spending: 31) } == differs)
      #expect(try await refusal { try await rig.hold("ord_1", "mem_b") } == differs)
      #expect(try await rig.balance().heldPoints == 30)
    }
  }

  @Test("The tender's points at the decision's rule version must pay its amount")
  func pointsAmount() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.adjust(100)
      var request = try await rig.holdRequest("ord_1", spending: 30)
      request.spend?.amount = TypeV1.Money(31, "USD")
      let mismatch = Refused(code: .invalidArgument, reason: "POINTS_AMOUNT_MISMATCH")
      #expect(try await refusal { _ = try await rig.holds.hold(request) } == mismatch)

      // Quoted at a cent a point, held after the rate changed: the quoted rate holds.
      let quoted = try await rig.holdRequest("ord_2", spending: 30)
      try await rig.publish { $0.minorUnitsPerPoint = 5 }
      _ = try await rig.holds.hold(quoted)
      #expect(try await refusal { _ = try await rig.hold("ord_3", spending: 30) } == mismatch)
    }
  }

  @Test("An earn decision must be what its rule version makes of it")
  func earnDecision() async throws {
    try await LoyaltyRig.run { rig in
      var request = try await rig.holdRequest("ord_1", netSpend: 5_000)
      request.earn?.points = 51
      let mismatch = Refused(code: .invalidArgument, reason: "EARN_DECISION_MISMATCH")
      #expect(try await refusal { _ = try await rig.holds.hold(request) } == mismatch)

      request.earn?.points = 50
      request.earn?.ruleVersion = 9
      let stale = Refused(code: .failedPrecondition, reason: "QUOTE_STALE")
      #expect(try await refusal { _ = try await rig.holds.hold(request) } == stale)
    }
  }

  @Test("A decision of an older rule version is posted as it stands")
  func olderRuleVersion() async throws {
    try await LoyaltyRig.run { rig in
      let request = try await rig.holdRequest("ord_1", netSpend: 5_000)
      try await rig.publish { $0.pointsNumerator = 2 }
      _ = try await rig.holds.hold(request)
      #expect(try await rig.commit("ord_1").pointsEarned == 50)
      #expect(try await rig.lots().map(\.ruleVersion) == [1])
      #expect(try await rig.sell("ord_2", netSpend: 5_000).pointsEarned == 100)
    }
  }

  @Test("A hold that lacks its parts is refused field by field")
  func invalidFields() async throws {
    try await LoyaltyRig.run { rig async throws in
      let request = LoyaltyV1.HoldRequest(
        requestID: "r", memberID: String(repeating: "m", count: 65),
        spend: LoyaltyV1.PointsTender(points: 0, amount: TypeV1.Money(-1, "EUR")), currencyCode: "usd")
      await #expect { _ = try await rig.holds.hold(request) } throws: { error in
        let fields = (error as? RPCError)?.fieldViolations.map(\.field) ?? []
        return Set(fields) == [
          "order_id", "member_id", "currency_code", "earn", "spend.points", "spend.amount.currency_code",
          "spend.amount.minor_units",
        ]
      }
      #expect(try await refusal { _ = try await rig.commit("") } == .invalidFields)
    }
  }
}
