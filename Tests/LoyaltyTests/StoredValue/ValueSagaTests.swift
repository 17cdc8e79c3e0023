import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Loyalty

@Suite struct ValueSagaTests {
  @Test("Hold sets aside, Commit spends, Cancel gives back; a tombstone keeps a late Hold out")
  func lifecycle() async throws {
    try await LoyaltyRig.run { rig in
      let card = try await rig.card(1_000).accountID
      try await rig.holdValue("ord_1", [(card, 300)])
      try await rig.holdValue("ord_2", [(card, 200)])
      let held = try await rig.account(card)
      #expect((held.spendablePrincipal, held.heldPrincipal, held.principal) == (500, 500, 1_000))
      let committed = try await rig.commit("ord_1")
      #expect(committed.balance == nil && committed.storedValue.map(\.spendablePrincipal) == [500])
      try await rig.cancel("ord_2")
      #expect(try await rig.spendable(card).principal == 700)
      try await rig.cancel("ord_3")
      #expect(try await refusal { try await rig.holdValue("ord_3", [(card, 1)]) } == .holdCancelled)
      #expect(try await refusal { try await rig.holdValue("ord_4", [(card, 701)]) } == .insufficientValue)
      try await rig.expectSound()
    }
  }

  @Test("One hold has points, a wallet and a card; what value pays earns nothing, and a refusal of one sets none aside")
  func together() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.adjust(500)
      let (wallet, card) = (try await rig.wallet(), try await rig.card(300).accountID)
      try await rig.topUp(wallet, 400)
      var request = try await rig.holdRequest("ord_1", spending: 200, netSpend: 10_000)
      request.clientID = "local-development"
      request.storedValue = [
        LoyaltyV1.StoredValueSpend(accountID: wallet, amount: TypeV1.Money(400, "USD")),
        LoyaltyV1.StoredValueSpend(accountID: card, amount: TypeV1.Money(301, "USD"), authorizationID: try await rig.authorization(card)),
      ]
      // Earned as if value paid nothing: not what net spend is.
      let greedy = try await refusal { _ = try await rig.holds.hold(request) }
      #expect(greedy == Refused(code: .invalidArgument, reason: "EARN_DECISION_MISMATCH"))
      request.earn = try await rig.decision(10_000, paidByPoints: 200 + 400 + 301)
      #expect(try await refusal { _ = try await rig.holds.hold(request) } == .insufficientValue)
      #expect(try await rig.balance().heldPoints == 0)
      #expect(try await rig.spendable(wallet).principal == 400)
      request.storedValue[1].amount = TypeV1.Money(300, "USD")
      request.earn = try await rig.decision(10_000, paidByPoints: 200 + 400 + 300)
      _ = try await rig.holds.hold(request)
      let committed = try await rig.commit("ord_1")
      #expect((committed.pointsEarned, committed.pointsSpent) == (91, 200))
      #expect(committed.storedValue.map(\.spendablePrincipal) == [0, 0])
      let back = try await rig.holds.reverse(
        LoyaltyV1.ReverseRequest(
          requestID: "r", orderID: "ord_1", returnID: "ret_1", refundedBefore: 0, refundedAfter: 10_000, refundedTotal: 10_000,
          storedValue: [
            LoyaltyV1.StoredValueRefund(accountID: wallet, amount: TypeV1.Money(400, "USD")),
            LoyaltyV1.StoredValueRefund(accountID: card, amount: TypeV1.Money(300, "USD")),
          ]))
      #expect((back.pointsTakenBack, back.pointsGivenBack) == (91, 200))
      #expect(Set(back.storedValue.map(\.principal)) == [400, 300])
      #expect(try await rig.balance().spendablePoints == 500)
      try await rig.expectSound()
    }
  }

  @Test("A wallet pays for its member only, an account in its currency only, each once an order, and for more than nothing")
  func refused() async throws {
    try await LoyaltyRig.run { rig in
      let wallet = try await rig.wallet("mem_a")
      try await rig.topUp(wallet, 1_000)
      for member in ["mem_b", ""] {
        let other = try await refusal { try await rig.holdValue("ord_1", [(wallet, 1)], member: member) }
        #expect(other == Refused(code: .failedPrecondition, reason: "WALLET_OF_ANOTHER"))
      }
      let euros = try await refusal {
        _ = try await rig.holds.hold(rig.valueHoldRequest("ord_1", [(wallet, 1)], member: "mem_a", currency: "EUR"))
      }
      #expect(euros == Refused(code: .invalidArgument, reason: "CURRENCY_MISMATCH"))
      let twice = try await refusal { try await rig.holdValue("ord_1", [(wallet, 1), (wallet, 2)], member: "mem_a") }
      #expect(twice == .invalidFields)
      #expect(try await refusal { try await rig.holdValue("ord_1", [(wallet, 0)], member: "mem_a") } == .invalidFields)
      let unknown = try await refusal { try await rig.holdValue("ord_1", [("sva_nobody", 1)]) }
      #expect(unknown == Refused(code: .notFound, reason: "ACCOUNT_UNKNOWN"))
      #expect(try await rig.account(wallet).heldPrincipal == 0)
    }
  }

  @Test("A gift card pays for the member whom it names by its account, and for anybody else by its number")
  func strangersCard() async throws {
    try await LoyaltyRig.run { rig in
      let (named, bearer) = (try await rig.card(1_000, member: "mem_b").accountID, try await rig.card(1_000).accountID)
      for (order, card, member) in [("ord_1", named, "mem_a"), ("ord_2", named, ""), ("ord_3", bearer, "mem_a"), ("ord_4", bearer, "")] {
        var request = rig.valueHoldRequest(order, [(card, 100)], member: member)
        let byID = try await refusal { _ = try await rig.holds.hold(request) }
        #expect(byID == Refused(code: .failedPrecondition, reason: "CARD_NUMBER_REQUIRED"))
        request = try await rig.scanned(request)
        _ = try await rig.holds.hold(request)
      }
      _ = try await rig.holds.hold(rig.valueHoldRequest("ord_5", [(named, 100)], member: "mem_b"))
      // Asked by its id, it is no more than looked at.
      let looked = try await rig.value.authorizeSpend(
        LoyaltyV1.AuthorizeSpendRequest(requestID: rig.freshID(), account: LoyaltyV1.StoredValueAccountKey(key: .accountID(bearer))))
      #expect(looked.account?.accountID == bearer && looked.authorizationID.isEmpty)
      #expect(try await rig.account(named).heldPrincipal == 300)
      #expect(try await rig.account(bearer).heldPrincipal == 200)
      try await rig.expectSound()
    }
  }

  @Test("Returns, commits and cancels of orders that share a member, a wallet and a card, all at once, leave sound books")
  func crossing() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.adjust(1_000)
      let (wallet, card) = (try await rig.wallet(), try await rig.card(1_000).accountID)
      try await rig.topUp(wallet, 1_000)
      let authorization = try await rig.authorization(card)
      for number in 0..<9 {
        var request = try await rig.holdRequest("ord_\(number)", spending: 10, netSpend: 0)
        request.clientID = "local-development"
        request.storedValue = [wallet, card].map {
          LoyaltyV1.StoredValueSpend(accountID: $0, amount: TypeV1.Money(10, "USD"), authorizationID: $0 == card ? authorization : "")
        }
        _ = try await rig.holds.hold(request)
        if number < 3 { try await rig.commit("ord_\(number)") }
      }
      try await withThrowingTaskGroup { group in
        for number in 0..<3 {
          group.addTask { _ = try await rig.giveBack("ret_\(number)", of: "ord_\(number)", [(wallet, 10), (card, 10)]) }
          group.addTask { _ = try await rig.commit("ord_\(number + 3)") }
          group.addTask { try await rig.cancel("ord_\(number + 6)") }
        }
        try await group.waitForAll()
      }
      #expect(try await rig.spendable(wallet).principal == 970)
      #expect(try await rig.spendable(card).principal == 970)
      try await rig.expectSound()
    }
  }

  @Test("A repeated Hold with other accounts or amounts is refused, and a repeated Reverse too; the same ones answer the same")
  func repeats() async throws {
    try await LoyaltyRig.run { rig in
      let card = try await rig.card(1_000).accountID
      try await rig.holdValue("ord_1", [(card, 300)])
      try await rig.holdValue("ord_1", [(card, 300)])
      let differs = try await refusal { try await rig.holdValue("ord_1", [(card, 301)]) }
      #expect(differs == Refused(code: .alreadyExists, reason: "HOLD_DIFFERS"))
      try await withThrowingTaskGroup { group in
        for _ in 0..<30 { group.addTask { _ = try await rig.commit("ord_1") } }
        try await group.waitForAll()
      }
      try await withThrowingTaskGroup { group in
        for _ in 0..<30 { group.addTask { _ = try await rig.giveBack("ret_1", of: "ord_1", [(card, 100)]) } }
        try await group.waitForAll()
      }
      let other = try await refusal { try await rig.giveBack("ret_1", of: "ord_1", [(card, 101)]) }
      #expect(other == Refused(code: .alreadyExists, reason: "RETURN_DIFFERS"))
      #expect(try await rig.spendable(card).principal == 800)
      #expect(try await rig.valueEntries(card).map(\.kind) == [.spendReversal, .spend, .topUp])
      try await rig.expectSound()
    }
  }

  @Test("A return gives back principal and bonus as they were drawn, by what is recorded and not by a policy published since")
  func proportion() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publishPolicy { $0.spendOrder = .proportional }
      try await rig.publishBonus([(1_000, 100)], in: "XX")
      let wallet = try await rig.wallet(in: "XX")
      try await rig.topUp(wallet, 1_000)
      try await rig.sellForValue("ord_1", [(wallet, 550)], member: "mem_a")
      #expect(try await rig.spendable(wallet) == ValueParts(principal: 500, bonus: 50))
      try await rig.publishPolicy { $0.spendOrder = .bonusFirst }
      let parts = try await rig.giveBack("ret_1", of: "ord_1", [(wallet, 110)]).storedValue
      #expect(parts.map { [$0.principal, $0.bonus] } == [[100, 10]])
      try await rig.giveBack("ret_2", of: "ord_1", [(wallet, 440)])
      #expect(try await rig.spendable(wallet) == ValueParts(principal: 1_000, bonus: 100))
      // Nothing is left to give back: whatever is asked, nothing is made.
      #expect(try await rig.giveBack("ret_3", of: "ord_1", [(wallet, 0)]).storedValue.map(\.principal) == [0])
      try await rig.expectSound()
    }
  }

  @Test("Read, check, write: 10,000 callers on one gift card spend it exactly (Azuriom/Plugin-Shop#285, two checkouts spend 10 twice)")
  func doubleSpend() async throws {
    try await LoyaltyRig.run { rig in
      let card = try await rig.card(10_003).accountID
      let authorization = try await rig.authorization(card)
      // So many at a time that they race, and no more than wait in the queue. A server runs a write again for each that came first, so there a
      // tenth of them race.
      let (callers, atOnce, price) = TestEngine.isSQLite ? (10_000, 400, Int64(10)) : (1_000, 50, Int64(100))
      let held = try await withThrowingTaskGroup(of: Bool.self) { group in
        var held = 0
        for number in 0..<callers {
          if number >= atOnce, try await group.next() == true { held += 1 }
          group.addTask {
            do {
              _ = try await rig.holds.hold(rig.valueHoldRequest("ord_\(number)", [(card, price)], authorization: authorization))
              return true
            } catch let error as RPCError where error.reason == "INSUFFICIENT_STORED_VALUE" {
              return false
            }
          }
        }
        return try await group.reduce(into: held) { $0 += $1 ? 1 : 0 }
      }
      #expect(held == 10_000 / price)
      let account = try await rig.account(card)
      #expect((account.spendablePrincipal, account.heldPrincipal) == (3, 10_000))
      try await rig.expectSound()
    }
  }

  @Test("Redeemed gift cards come back with the order that used them (Setono/SyliusGiftCardPlugin#284)")
  func refundRestoresCard() async throws {
    try await LoyaltyRig.run { rig in
      let cards = [try await rig.card(500).accountID, try await rig.card(700).accountID]
      try await rig.sellForValue("ord_1", [(cards[0], 500), (cards[1], 100)])
      try await rig.giveBack("ret_1", of: "ord_1", [(cards[0], 500), (cards[1], 100)])
      #expect(try await rig.spendable(cards[0]).principal == 500)
      #expect(try await rig.spendable(cards[1]).principal == 700)
      try await rig.expectSound()
    }
  }
}
