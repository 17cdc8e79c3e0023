import Database
import Foundation
import GoogleProto
import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Loyalty

@Suite struct RewardTests {
  @Test("A reward is published version by version; its stock is the code's, and moves by movements with reasons")
  func catalogue() async throws {
    try await LoyaltyRig.run { rig in
      #expect(try await rig.publishReward().version == 1)
      #expect(try await refusal { try await rig.publishReward(stock: 5) } == refusedReward("STOCK_BY_MOVEMENT"))
      #expect(try await rig.publishReward(stock: nil) { $0.points = 120 }.version == 2)
      #expect(try await rig.stockReward(-4).stock == 6)
      #expect(try await rig.rewardStock() == LoyaltyV1.RewardStock(stock: 6, available: 6))
      let movements = try await rig.rewards.listRewardStockMovements(
        LoyaltyV1.ListRewardStockMovementsRequest(rewardCode: "mug")
      ).movements
      #expect(movements.map(\.delta) == [-4, 10] && movements.map(\.number) == [2, 1])
      let first = try await rig.rewards.getReward(LoyaltyV1.GetRewardRequest(rewardCode: "mug", version: 1))
      #expect(first.reward?.points == 100)
      try await rig.publishReward("service", stock: nil) { $0.kind = .service }
      #expect(try await refusal { try await rig.stockReward(1, "service") } == refusedReward("STOCK_WITHOUT_COUNT"))
      #expect(try await refusal { try await rig.stockReward(1, "none") } == Refused(code: .notFound, reason: "REWARD_UNKNOWN"))
      #expect(try await refusal { try await rig.publishReward { $0.points = 0 } } == .invalidFields)
      try await rig.expectSound()
    }
  }

  @Test("A member sees what can be had, and why the rest cannot")
  func offers() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2027-01-31T12:00:00Z")
      try await rig.adjust(150)
      try await rig.publishReward("a-cheap")
      try await rig.publishReward("b-dear") { $0.points = 151 }
      try await rig.publishReward("c-gone", stock: 0)
      try await rig.publishReward("d-gold") { $0.tierCodes = ["gold"] }
      try await rig.publishReward("e-later") { $0.firstDay = TypeV1.Date(year: 2027, month: 2, day: 1) }
      try await rig.publishReward("f-over") { $0.lastDay = TypeV1.Date(year: 2027, month: 1, day: 30) }
      try await rig.publishReward("g-last") { $0.lastDay = TypeV1.Date(year: 2027, month: 1, day: 31) }
      let offers = try await rig.offers()
      #expect(offers.map(\.obstacles) == [[], [.points], [.outOfStock], [.tier], [.notBegun], [.ended], []])
      #expect(offers.map(\.visible) == [true, true, true, false, true, true, true])
      #expect(offers.map(\.affordable) == [true, false, true, true, true, true, true])
      let reasons = ["INSUFFICIENT_POINTS", "OUT_OF_STOCK", "REWARD_TIER", "REWARD_NOT_BEGUN", "REWARD_ENDED"]
      for (code, reason) in zip(["b-dear", "c-gone", "d-gold", "e-later", "f-over"], reasons) {
        #expect(try await refusal { try await rig.holdReward(1, "mem_a", code) } == refusedReward(reason))
      }
      // The member is gold after this, and sees it at once.
      try await rig.sell("ord_1", netSpend: 200_000)
      try await rig.redeem(1, "mem_a", "d-gold")
      #expect(try await rig.offers()[3].obstacles.isEmpty)
      try await rig.expectSound()
    }
  }

  @Test("A reward is held, taken in part, handed out and taken back, once each, whatever is sent again")
  func redemption() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.adjust(1_000)
      try await rig.publishReward { $0.cash = TypeV1.Money(250, "EUR") }
      var request = rig.rewardRequest(3, reference: "till-1")
      let held = try await rig.rewards.holdReward(request)
      let id = try #require(held.redemption).redemptionID
      #expect((held.balance?.spendablePoints, held.balance?.heldPoints) == (700, 300))
      #expect(try await rig.rewards.holdReward(request) == held)
      request.requestID = rig.freshID()
      #expect(try await rig.rewards.holdReward(request).redemption?.redemptionID == id)
      (request.requestID, request.quantity) = (rig.freshID(), 2)
      #expect(
        try await refusal { _ = try await rig.rewards.holdReward(request) } == Refused(code: .alreadyExists, reason: "REFERENCE_DIFFERS"))
      #expect(try await refusal { try await rig.commitReward(id, 4) } == refusedReward("QUANTITY_EXCEEDED"))
      #expect(try await refusal { try await rig.fulfilReward(id) } == refusedReward("REDEMPTION_STATE"))
      for _ in 0..<2 {
        let taken = try await rig.commitReward(id, 2)
        #expect((taken.balance?.spendablePoints, taken.balance?.heldPoints) == (800, 0))
        #expect(taken.redemption?.cash == TypeV1.Money(250, "EUR") && taken.redemption?.paymentReference == "terminal-1")
      }
      #expect(try await refusal { try await rig.commitReward(id, 1) } == refusedReward("REDEMPTION_STATE"))
      #expect(try await refusal { try await rig.cancelReward(id) } == refusedReward("REDEMPTION_STATE"))
      #expect(try await rig.rewardStock() == LoyaltyV1.RewardStock(stock: 10, used: 2, available: 8))
      for _ in 0..<2 { try await rig.fulfilReward(id) }
      #expect(try await refusal { try await rig.fulfilReward(id, "parcel-2") } == refusedReward("REDEMPTION_STATE"))
      #expect(try await rig.look(atReward: id).state == .fulfilled)
      for _ in 0..<2 { #expect(try await rig.reverseReward(id, restock: false, reference: "back-1").pointsGivenBack == 100) }
      #expect(try await rig.rewardStock() == LoyaltyV1.RewardStock(stock: 10, used: 2, available: 8))
      #expect(try await refusal { try await rig.reverseReward(id, 2) } == refusedReward("QUANTITY_EXCEEDED"))
      #expect(try await rig.reverseReward(id).redemption?.state == .reversed)
      #expect(try await rig.rewardStock() == LoyaltyV1.RewardStock(stock: 10, used: 1, available: 9))
      #expect(try await rig.balance().spendablePoints == 1_000)
      #expect(try await rig.entries().map(\.kind) == [.rewardReversal, .rewardReversal, .reward, .adjust])
      let sums = try await rig.verify()
      #expect((sums.pointsRedeemed, sums.pointsSpent, sums.pointsGivenBack) == (0, 0, 0))
      try await rig.expectSound()
    }
  }

  @Test("Redeemed reward not returned: points and stock come back, to the lots and with the end that they had")
  func redeemedRewardNotReturned() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2027-01-01T12:00:00Z")
      try await rig.adjust(60)
      rig.advance(days: 100)
      try await rig.adjust(100)
      let before = try await rig.lots()
      try await rig.publishReward()
      let id = try await rig.redeem()
      #expect(try await rig.lots().map(\.remainingPoints) == [60])
      try await rig.reverseReward(id)
      #expect(try await rig.lots() == before)
      #expect(try await rig.rewardStock().available == 10)
      try await rig.expectSound()
    }
  }

  @Test("Points that come back after their lot has expired live 30 days more")
  func grace() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2027-01-01T12:00:00Z")
      try await rig.publish { $0.expireAfterMonths = 1 }
      try await rig.adjust(300)
      try await rig.publishReward()
      let id = try await rig.redeem(2)
      rig.setClock("2027-03-01T12:00:00Z")
      #expect(try await rig.reverseReward(id, 2).balance?.spendablePoints == 200)
      #expect(try await rig.lots().map(\.source) == ["return"])
      rig.advance(days: 31)
      #expect(try await rig.balance().spendablePoints == 0)
      try await rig.expectSound()
    }
  }

  @Test("A hold that runs out frees points and stock at its instant, written down or not")
  func lapse() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2027-01-01T12:00:00Z")
      try await rig.adjust(100)
      try await rig.adjust(100, of: "mem_b")
      try await rig.publishReward(stock: 1) { ($0.memberLimit, $0.totalLimit) = (1, 1) }
      let id = try await rig.holdReward()
      rig.setClock("2027-01-01T12:14:59.999999Z")
      #expect(try await rig.look(atReward: id).state == .held)
      #expect(try await refusal { try await rig.holdReward(1, "mem_b") } == refusedReward("OUT_OF_STOCK"))
      #expect(try await rig.balance().heldPoints == 100)
      #expect(try await rig.lots().map(\.heldPoints) == [100])
      rig.setClock("2027-01-01T12:15:00Z")
      #expect(try await rig.look(atReward: id).state == .lapsed)
      let balance = try await rig.balance()
      #expect((balance.spendablePoints, balance.heldPoints) == (100, 0))
      #expect(try await rig.lots().map(\.remainingPoints) == [100])
      #expect(try await rig.rewardStock() == LoyaltyV1.RewardStock(stock: 1, available: 1))
      #expect(try await refusal { try await rig.commitReward(id) } == refusedReward("REDEMPTION_LAPSED"))
      try await rig.expectSound()
      // Another member takes what lapsed before its holder's own books say so.
      try await rig.redeem(1, "mem_b")
      try await rig.expectSound()
      try await rig.cancelReward(id)
      #expect(try await rig.balance().spendablePoints == 100)
      try await rig.expectSound()
    }
  }

  @Test("The poster writes lapsed holds down: points to their lots, stock to its reward")
  func posted() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publishReward()
      for member in 0..<5 {
        try await rig.adjust(100, of: "mem_\(member)")
        try await rig.holdReward(1, "mem_\(member)")
      }
      rig.advance(days: 1)
      for _ in 0..<3 { try await rig.poster().pass() }
      let open = try await rig.service.database.read { snapshot in
        (
          try RedemptionStore.membersWithLapsed(at: .distantFuture, limit: 10, snapshot),
          try RewardStockStore.codesWithLapsed(at: .distantFuture, limit: 10, snapshot)
        )
      }
      #expect(open.0.isEmpty && open.1.isEmpty)
      #expect(try await rig.balance("mem_4").spendablePoints == 100)
      try await rig.expectSound()
    }
  }

  @Test("Held points do not expire; taken they are spent, given up they expire at once")
  func expiryWhileHeld() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2027-01-01T12:00:00Z")
      try await rig.publish { $0.expireAfterMonths = 1 }
      try await rig.adjust(400)
      try await rig.publishReward { $0.hold = GoogleProtobuf.Duration(.seconds(86_400)) }
      rig.setClock("2027-02-01T23:59:00Z")
      let (taken, part, lapsing) = (try await rig.holdReward(), try await rig.holdReward(2), try await rig.holdReward())
      rig.setClock("2027-02-02T00:00:00Z")
      #expect(try await rig.balance().heldPoints == 400)
      try await rig.commitReward(taken)
      try await rig.commitReward(part, 1)
      let balance = try await rig.balance()
      #expect((balance.spendablePoints, balance.heldPoints) == (0, 100))
      rig.advance(days: 2)
      #expect(try await rig.look(atReward: lapsing).state == .lapsed)
      let after = try await rig.balance()
      #expect((after.spendablePoints, after.heldPoints) == (0, 0))
      #expect(try await rig.lots().isEmpty)
      try await rig.poster().pass()
      #expect(try await rig.verify().pointsExpired == 200)
      try await rig.expectSound()
    }
  }

  @Test("Refund of an order whose points paid a reward: debt, and the reward stays")
  func refundAfterReward() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publishReward()
      try await rig.sell("ord_1", netSpend: 10_000)
      let id = try await rig.redeem()
      #expect(try await rig.reverse("ret_1", of: "ord_1").debtPoints == 100)
      #expect(try await rig.look(atReward: id).state == .committed)
      #expect(try await rig.balance().debtPoints == 100)
      // Taken back, the reward's points repay it.
      #expect(try await rig.reverseReward(id).balance?.debtPoints == 0)
      #expect(try await rig.balance().spendablePoints == 0)
      try await rig.expectSound()
    }
  }

  @Test("Points of a hold that ran out repay the debt that came meanwhile, read or written")
  func lapseIntoDebt() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publishReward()
      try await rig.sell("ord_1", netSpend: 15_000)
      try await rig.holdReward()
      #expect(try await rig.reverse("ret_1", of: "ord_1").debtPoints == 100)
      rig.advance(days: 1)
      for _ in 0..<2 {
        let balance = try await rig.balance()
        #expect((balance.spendablePoints, balance.heldPoints, balance.debtPoints) == (0, 0, 0))
        try await rig.expectSound()
        try await rig.poster().pass()
      }
    }
  }

  @Test("A member's limits count days and months of the programme's zone, held and taken, and give room back")
  func limits() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2027-01-31T12:00:00Z")
      try await rig.adjust(10_000)
      try await rig.publishReward(stock: nil) { ($0.dayLimit, $0.monthLimit, $0.memberLimit) = (2, 3, 5) }
      let first = try await rig.redeem(2)
      let limit = refusedReward("REWARD_LIMIT")
      #expect(try await refusal { try await rig.holdReward() } == limit)
      try await rig.reverseReward(first)
      try await rig.redeem()
      #expect(try await refusal { try await rig.holdReward() } == limit)
      // Still January in New York, and still that day.
      rig.setClock("2027-02-01T04:59:59Z")
      #expect(try await refusal { try await rig.holdReward() } == limit)
      rig.setClock("2027-02-01T05:00:00Z")
      try await rig.redeem(2)
      rig.advance(days: 1)
      try await rig.redeem()
      rig.advance(days: 40)
      #expect(try await rig.offers().first?.obstacles == [.memberLimit])
      try await rig.expectSound()
    }
  }

  @Test("A thousand callers on a stock of one: one has it")
  func contention() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publishReward(stock: 1)
      for member in 0..<20 { try await rig.adjust(10_000, of: "mem_\(member)") }
      let granted = await withTaskGroup(of: Bool.self) { group in
        for number in 0..<1_000 { group.addTask { (try? await rig.redeem(1, "mem_\(number % 20)")) != nil } }
        return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(granted == 1)
      #expect(try await rig.rewardStock() == LoyaltyV1.RewardStock(stock: 1, used: 1, available: 0))
      try await rig.expectSound()
    }
  }

  @Test("Stock is never taken below what is held and handed out")
  func stockTaken() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publishReward()
      try await rig.adjust(1_000)
      try await rig.redeem(2)
      let held = try await rig.holdReward(3)
      #expect(try await refusal { try await rig.stockReward(-6) } == refusedReward("STOCK_TAKEN"))
      #expect(try await rig.stockReward(-5).available == 0)
      try await rig.cancelReward(held)
      #expect(try await rig.stockReward(-3).stock == 2)
      try await rig.expectSound()
    }
  }

  @Test("A price that is another by now is refused, and a hold keeps to the version that it was made by")
  func versions() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publishReward()
      try await rig.adjust(1_000)
      let held = try await rig.holdReward()
      try await rig.publishReward(stock: nil) { $0.points = 200 }
      var request = rig.rewardRequest()
      request.expectedPoints = 100
      #expect(try await refusal { _ = try await rig.rewards.holdReward(request) } == refusedReward("PRICE_CHANGED"))
      #expect(try await rig.commitReward(held).balance?.spendablePoints == 900)
      let all = try await rig.rewards.listRedemptions(LoyaltyV1.ListRedemptionsRequest(memberID: "mem_a")).redemptions
      #expect(all.map(\.points) == [100])
      try await rig.expectSound()
    }
  }

  @Test("What becomes of a reward is told in the member's order")
  func events() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publishReward()
      try await rig.adjust(1_000)
      try await rig.reverseReward(try await rig.redeem())
      try await rig.holdReward()
      rig.advance(days: 1)
      try await rig.adjust(1)
      let states = try await rig.service.database.events(after: 0, limit: 100)
        .filter { $0.event.type == "loyalty.redemption_changed.v1" }
        .map { try LoyaltyV1.RedemptionChanged(decoding: $0.event.payload).redemption?.state }
      #expect(states == [.held, .committed, .reversed, .held, .lapsed])
    }
  }

  @Test("A damaged book is told by name")
  func verify() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publishReward()
      try await rig.adjust(1_000)
      try await rig.redeem(2)
      try await rig.service.database.write { transaction in
        try transaction.run(SQL("test.damage-reward", "UPDATE reward SET used = 1, stock = 9"))
        try transaction.run(SQL("test.damage-claim", "UPDATE reward_claim SET quantity = 3"))
        try transaction.run(SQL("test.damage-draw", "UPDATE spend_draw SET given_back = 1"))
      }
      #expect(
        Set(try await rig.verify().differences.map(\.check)) == [
          "rewards.stock_matches_movements", "rewards.used_matches_claims", "rewards.claims_match_redemptions",
          "rewards.draws_match_redemptions",
        ])
    }
  }
}
