import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Loyalty

@Suite struct ReverseTests {
  @Test(
    "Returning every part gives back exactly what was earned and spent, in any number of parts and any order",
    arguments: [[100], [1, 100], [33, 66, 100], [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]] as [[Int64]])
  func partsMakeTheWhole(cuts: [Int64]) async throws {
    try await LoyaltyRig.run { rig in
      try await rig.adjust(100)
      try await rig.sell("ord_1", spending: 47, netSpend: 5_347)
      let before = try await rig.balance()
      #expect((before.spendablePoints, before.growthValue) == (53 + 53, 5_300))
      var (taken, given): (Int64, Int64) = (0, 0)
      // The later parts arrive first: each knows its own place in the whole.
      for (from, to) in zip([0] + cuts, cuts).reversed() {
        let back = try await rig.reverse("ret_\(from)", of: "ord_1", from: from, to: to)
        taken += back.pointsTakenBack
        given += back.pointsGivenBack
        try await rig.expectSound()
      }
      #expect((taken, given) == (53, 47))
      let balance = try await rig.balance()
      #expect((balance.spendablePoints, balance.growthValue, balance.debtPoints) == (100, 0, 0))
      #expect((balance.lifetimeEarnedPoints, balance.lifetimeSpentPoints) == (0, 0))
      #expect(try await rig.lots().map(\.remainingPoints) == [100])
    }
  }

  @Test("A return is carried out once, under one request id or several")
  func idempotentUnderReturn() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.sell("ord_1", netSpend: 5_000)
      let first = try await rig.reverse("ret_1", of: "ord_1", to: 50, requestID: "ret_1/loyalty.reverse")
      #expect(try await rig.reverse("ret_1", of: "ord_1", to: 50, requestID: "ret_1/loyalty.reverse") == first)
      let again = try await rig.reverse("ret_1", of: "ord_1", to: 50)
      #expect((again.pointsTakenBack, again.debtPoints) == (25, 0))
      #expect(try await rig.balance().spendablePoints == 25)
      let differs = Refused(code: .alreadyExists, reason: "RETURN_DIFFERS")
      #expect(try await refusal { try await rig.reverse("ret_1", of: "ord_1", to: 60) } == differs)
      try await rig.expectSound()
    }
  }

  @Test("Earned points are taken from the order's own lot first, pending or not, then from others, then owed")
  func orderOfTakingBack() async throws {
    try await LoyaltyRig.run { rig in
      // Expires first, so a spend draws it first; a return does not.
      try await rig.publish { $0.expireAfterMonths = 1 }
      try await rig.adjust(30)
      try await rig.publish {
        $0.expireAfterMonths = 12
        $0.activateAfterDays = 14
      }
      try await rig.sell("ord_1", netSpend: 5_000)
      #expect(try await rig.reverse("ret_1", of: "ord_1", to: 50).debtPoints == 0)
      #expect(try await rig.lots().map(\.remainingPoints) == [30, 25])

      // Once active, the rest of the order's own lot is spent; the return takes the other lot and owes the remainder.
      rig.advance(days: 15)
      try await rig.sell("ord_2", spending: 55)
      try await rig.adjust(10)
      let back = try await rig.reverse("ret_2", of: "ord_1", from: 50, to: 100)
      #expect((back.pointsTakenBack, back.debtPoints) == (25, 15))
      let balance = try await rig.balance()
      #expect((balance.spendablePoints, balance.debtPoints) == (0, 15))
      try await rig.expectSound()
    }
  }

  @Test("A debt is repaid by the next earn before anything can be spent")
  func debtRepaid() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.sell("ord_1", netSpend: 5_000)
      try await rig.sell("ord_2", spending: 50)
      try await rig.reverse("ret_1", of: "ord_1")
      #expect(try await rig.balance().debtPoints == 50)
      let partly = try await rig.sell("ord_3", netSpend: 2_000)
      #expect((partly.pointsEarned, partly.balance?.spendablePoints, partly.balance?.debtPoints) == (20, 0, 30))
      let wholly = try await rig.sell("ord_4", netSpend: 4_000)
      #expect((wholly.pointsEarned, wholly.balance?.spendablePoints, wholly.balance?.debtPoints) == (40, 10, 0))
      #expect(try await rig.entries().first?.kind == .debtRepayment)
      try await rig.expectSound()
    }
  }

  @Test("Spent points go back to the lots that they came from, the last drawn first, with their own expiry")
  func givesBackToLots() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publish { $0.expireAfterMonths = 1 }
      try await rig.adjust(40)
      try await rig.publish { $0.expireAfterMonths = 6 }
      try await rig.adjust(40)
      let expiries = try await rig.lots().map(\.expireTime)
      try await rig.sell("ord_1", spending: 60)
      try await rig.reverse("ret_1", of: "ord_1", to: 50)
      // 30 of 60: the 20 drawn last, then 10 of the 40 drawn first. So stands a spend of 30.
      #expect(try await rig.lots().map(\.remainingPoints) == [10, 40])
      try await rig.reverse("ret_2", of: "ord_1", from: 50, to: 100)
      #expect(try await rig.lots().map(\.remainingPoints) == [40, 40])
      #expect(try await rig.lots().map(\.expireTime) == expiries)
      try await rig.expectSound()
    }
  }

  @Test("Spent points whose lot expired meanwhile come back in a grace lot of 30 days")
  func graceLot() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publish { $0.expireAfterMonths = 1 }
      try await rig.adjust(100)
      try await rig.sell("ord_1", spending: 60)
      rig.setClock("2026-05-10T12:00:00Z")
      let back = try await rig.reverse("ret_1", of: "ord_1")
      #expect(back.pointsGivenBack == 60)
      #expect(back.balance?.spendablePoints == 60)
      let lot = try #require(try await rig.lots().first)
      #expect((lot.source, lot.orderID, lot.remainingPoints) == ("return", "ord_1", 60))
      #expect(lot.expireTime?.date == instant("2026-06-10T00:00:00Z"))
      try await rig.expectSound()
      rig.setClock("2026-06-10T00:00:00Z")
      #expect(try await rig.balance().spendablePoints == 0)
      try await rig.expectSound()
    }
  }

  @Test("A return takes growth value out of the order's own time, and the tier falls at once")
  func growthAndTier() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.sell("ord_1", netSpend: 40_000)
      try await rig.sell("ord_2", netSpend: 20_000)
      #expect(try await rig.balance().tierCode == "silver")
      let back = try await rig.reverse("ret_1", of: "ord_2", to: 75)
      #expect((back.balance?.growthValue, back.balance?.tierCode) == (45_000, "member"))

      // 1 March 2027: both orders have left the window of twelve months. What comes back now takes nothing out of it.
      rig.setClock("2027-04-01T12:00:00Z")
      try await rig.sell("ord_3", netSpend: 50_000)
      let late = try await rig.reverse("ret_2", of: "ord_1")
      #expect((late.balance?.growthValue, late.balance?.tierCode) == (50_000, "silver"))
      try await rig.expectSound()
    }
  }

  @Test("A free order comes back once, whole")
  func freeOrder() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.adjust(10)
      try await rig.sell("ord_1", spending: 10)
      #expect(try await rig.reverse("ret_1", of: "ord_1", to: 0, of: 0).pointsGivenBack == 10)
      #expect(try await rig.reverse("ret_2", of: "ord_1", to: 0, of: 0).pointsGivenBack == 0)
      try await rig.expectSound()
    }
  }

  @Test("Returns that overlap, which no honest caller sends, take no more than was recorded")
  func overlapping() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.sell("ord_1", netSpend: 5_000)
      #expect(try await rig.reverse("ret_1", of: "ord_1", to: 80).pointsTakenBack == 40)
      #expect(try await rig.reverse("ret_2", of: "ord_1", to: 80).pointsTakenBack == 10)
      let balance = try await rig.balance()
      #expect((balance.spendablePoints, balance.debtPoints, balance.growthValue) == (0, 0, 0))
      try await rig.expectSound()
    }
  }

  @Test("Only a committed order can be returned, and only in parts that make sense")
  func refused() async throws {
    try await LoyaltyRig.run { rig in
      #expect(try await refusal { try await rig.reverse("ret_1", of: "ord_1") }.reason == "HOLD_UNKNOWN")
      try await rig.hold("ord_1", netSpend: 5_000)
      #expect(try await refusal { try await rig.reverse("ret_1", of: "ord_1") }.reason == "HOLD_NOT_COMMITTED")
      try await rig.cancel("ord_1")
      #expect(try await refusal { try await rig.reverse("ret_1", of: "ord_1") } == .holdCancelled)
      #expect(try await refusal { try await rig.reverse("ret_1", of: "ord_1", from: 2, to: 1) } == .invalidFields)
      #expect(try await refusal { try await rig.reverse("ret_1", of: "ord_1", to: 101) } == .invalidFields)
    }
  }
}
