import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Loyalty

/// What members of other programmes complained about in public, each as a test. The issue is named where there is one.
@Suite struct KnownFailuresTests {
  @Test("Smile: a refund reverses by the day's rule, 50 earned and 100 removed")
  func refundByTodaysRule() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.adjust(500)
      try await rig.sell("ord_1", netSpend: 5_000)
      try await rig.publish { $0.pointsNumerator = 2 }
      #expect(try await rig.reverse("ret_1", of: "ord_1").pointsTakenBack == 50)
      #expect(try await rig.balance().spendablePoints == 500)
    }
  }

  @Test("50 earned, 50 expired, and 50 more removed from others by the refund: 100 removed")
  func expiredPointsTakenAgain() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publish { $0.expireAfterMonths = 1 }
      try await rig.sell("ord_1", netSpend: 5_000)
      rig.advance(days: 60)
      try await rig.adjust(70)
      let back = try await rig.reverse("ret_1", of: "ord_1")
      #expect((back.pointsTakenBack, back.debtPoints) == (50, 0))
      #expect(try await rig.balance().spendablePoints == 70)
      let found = try await rig.verify()
      #expect(found.differences.isEmpty)
      #expect((found.pointsTakenBack, found.pointsExpired) == (50, 0))
    }
  }

  @Test("odoo#212922, #221928: the refund of an order that used points deducts them again")
  func redeemedPointsDeductedAgain() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.adjust(100)
      try await rig.sell("ord_1", spending: 40, netSpend: 4_040)
      #expect(try await rig.balance().spendablePoints == 100)
      let back = try await rig.reverse("ret_1", of: "ord_1")
      #expect((back.pointsGivenBack, back.pointsTakenBack) == (40, 40))
      #expect(try await rig.balance().spendablePoints == 100)
      try await rig.expectSound()
    }
  }

  @Test("odoo#257854: buy, earn, spend, refund, keep the points, repeat")
  func buyEarnRefundKeep() async throws {
    try await LoyaltyRig.run { rig in
      for round in 1...5 {
        let earned = try await rig.sell("ord_\(round)_a", netSpend: 10_000).pointsEarned
        #expect(earned == 100)
        let spendable = try await rig.balance().spendablePoints
        if spendable > 0 { try await rig.sell("ord_\(round)_b", spending: spendable) }
        try await rig.reverse("ret_\(round)", of: "ord_\(round)_a")
        let balance = try await rig.balance()
        // What the first round spent is owed; no later round yields anything.
        #expect((balance.spendablePoints, balance.debtPoints, balance.growthValue) == (0, 100, 0), "round \(round)")
        try await rig.expectSound()
      }
      let found = try await rig.verify()
      #expect((found.pointsSpent, found.pointsEarned - found.pointsTakenBack) == (100, 0))
    }
  }

  @Test("erpnext#59050: points redeemed through another document than the one that earned them are never deducted")
  func infiniteRedemption() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.sell("ord_1", netSpend: 5_000)
      try await rig.sell("ord_2", spending: 50)
      #expect(try await refusal { try await rig.hold("ord_3", spending: 1) } == .insufficientPoints)
    }
  }

  @Test("odoo#114004: points are earned on money that points paid")
  func earnedOnPoints() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.adjust(2_000)
      #expect(try await rig.sell("ord_1", spending: 1_000, netSpend: 3_000).pointsEarned == 20)
      #expect(try await rig.balance().growthValue == 2_000)
    }
  }

  @Test("OCA/pos#185, woocommerce#104: an order synced or completed again earns again")
  func completedTwice() async throws {
    try await LoyaltyRig.run { rig in
      for _ in 0..<3 {
        try await rig.hold("ord_1", netSpend: 5_000)
        try await rig.commit("ord_1")
      }
      #expect(try await rig.balance().spendablePoints == 50)
    }
  }

  @Test("odoo#205057: finishing one order also debits the other customer's wallet")
  func otherCustomersWallet() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.adjust(100, of: "mem_a")
      try await rig.adjust(100, of: "mem_b")
      try await rig.hold("ord_a", "mem_a", spending: 60)
      try await rig.hold("ord_b", "mem_b", spending: 70)
      try await rig.commit("ord_a")
      #expect(try await rig.balance("mem_b").heldPoints == 70)
      try await rig.cancel("ord_b")
      #expect(try await rig.balance("mem_a").spendablePoints == 40)
      #expect(try await rig.balance("mem_b").spendablePoints == 100)
      try await rig.expectSound()
    }
  }

  @Test("PrestaShop/loyalty#23: the returned quantity is not considered")
  func partialReturn() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.sell("ord_1", netSpend: 10_000)
      #expect(try await rig.reverse("ret_1", of: "ord_1", to: 3_333, of: 10_000).pointsTakenBack == 33)
      #expect(try await rig.balance().spendablePoints == 67)
    }
  }

  @Test("odoo#219640: 3,030 points pay another amount by floating point")
  func noFloatingPoint() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publish { $0.minorUnitsPerPoint = 3 }
      try await rig.adjust(3_030)
      var request = try await rig.holdRequest("ord_1", netSpend: 9_090)
      request.spend = LoyaltyV1.PointsTender(points: 3_030, amount: TypeV1.Money(9_090, "USD"))
      request.earn = try await rig.decision(9_090, paidByPoints: 9_090)
      _ = try await rig.holds.hold(request)
      #expect(try await rig.balance().heldPoints == 3_030)
    }
  }

  @Test("erpnext#31509: points cannot cover the odd cents")
  func oddCents() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.adjust(1_000)
      #expect(try await rig.sell("ord_1", spending: 999, netSpend: 999).pointsSpent == 999)
    }
  }

  @Test("s2member#612: an expiry date means 00:00 of that day, and the last day is lost")
  func lastDay() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2026-03-10T12:00:00Z")
      try await rig.publish { ($0.expireAfterMonths, $0.timeZone) = (1, "America/New_York") }
      try await rig.adjust(10)
      rig.setClock("2026-04-10T20:00:00-04:00")
      #expect(try await rig.balance().spendablePoints == 10)
      rig.setClock("2026-04-11T00:00:00-04:00")
      #expect(try await rig.balance().spendablePoints == 0)
    }
  }

  @Test("FloCafe#62: only the first of several expiries is shown, and the flag is dead")
  func wholeSchedule() async throws {
    try await LoyaltyRig.run { rig in
      for day in 0..<3 {
        try await rig.adjust(Int64(day + 1))
        rig.advance(days: 1)
      }
      let lots = try await rig.lots()
      #expect(lots.map(\.remainingPoints) == [1, 2, 3])
      #expect(Set(lots.map { $0.expireTime?.date }).count == 3)
    }
  }

  @Test("angple#1900: what expired is still counted until a sweep that is too large to run")
  func noSweepNeeded() async throws {
    try await LoyaltyRig.run { rig in
      for _ in 0..<20 { try await rig.adjust(5) }
      rig.advance(days: 400)
      #expect(try await rig.balance().spendablePoints == 0)
      #expect(try await rig.lots().isEmpty)
    }
  }

  @Test("erpnext#22167, #45450: the tier's minimum is ignored")
  func tierMinimum() async throws {
    try await LoyaltyRig.run { rig in
      #expect(try await rig.sell("ord_1", netSpend: 49_999).balance?.tierCode == "member")
      let commit = try await rig.sell("ord_2", netSpend: 1)
      #expect((commit.balance?.tierCode, commit.previousTierCode) == ("silver", "member"))
    }
  }
}
