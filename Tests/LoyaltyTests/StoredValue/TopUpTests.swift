import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Loyalty

@Suite struct TopUpTests {
  @Test("Charge 1,000, get 100: principal and bonus stand apart, and the statement says both")
  func bonus() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publishBonus([(100_000, 10_000)], in: "CN")
      let wallet = try await rig.wallet(in: "CN")
      let reply = try await rig.topUp(wallet, 100_000, currency: "CNY")
      #expect((reply.principal, reply.bonus) == (100_000, 10_000))
      #expect(try await rig.spendable(wallet) == ValueParts(principal: 100_000, bonus: 10_000))
      let line = try #require(try await rig.valueEntries(wallet).first)
      #expect((line.kind, line.principal, line.bonus) == (.topUp, 100_000, 10_000))
      #expect(line.entryID == reply.entryID && line.storeID == "sto_1" && line.policyVersion == 1)
      try await rig.expectSound()
    }
  }

  @Test("A bonus that the customer was promised and that is another by now is refused, not changed")
  func promisedBonus() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publishBonus([(1_000, 100)])
      let wallet = try await rig.wallet()
      var request = rig.topUpRequest(wallet, 1_000)
      request.expectedBonus = 100
      try await rig.publishBonus([(1_000, 50)])
      let refused = try await refusal { _ = try await rig.value.topUp(request) }
      #expect(refused == Refused(code: .failedPrecondition, reason: "BONUS_CHANGED"))
      request.expectedBonus = 50
      #expect(try await rig.value.topUp(request).bonus == 50)
    }
  }

  @Test("China's defaults: 5,000 yuan on a named card, 1,000 on an anonymous one, to the fen")
  func limits() async throws {
    try await LoyaltyRig.run { rig in
      let wallet = try await rig.wallet(in: "CN")
      let overBalance = Refused(code: .failedPrecondition, reason: "BALANCE_LIMIT")
      try await rig.topUp(wallet, 400_000, currency: "CNY")
      #expect(try await refusal { try await rig.topUp(wallet, 100_001, currency: "CNY") } == overBalance)
      try await rig.topUp(wallet, 100_000, currency: "CNY")
      let cards = try await rig.issue(2, in: "CN")
      #expect(try await refusal { try await rig.activate(cards[0], 100_001, currency: "CNY") } == overBalance)
      // A refusal leaves nothing behind: the card is still for sale.
      try await rig.activate(cards[0], 100_000, currency: "CNY")
      let named = try await rig.activate(cards[1], 500_000, member: "mem_a", currency: "CNY")
      #expect(named.account?.expireTime == nil)
      #expect(try await rig.account(cards[0].accountID).expireTime != nil)
      try await rig.expectSound()
    }
  }

  @Test("A day's limit counts the zone's day, and holds against callers at once")
  func dailyLimit() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publishPolicy(zone: "America/New_York") { $0.maximumDailyLoad = 1_000 }
      let wallet = try await rig.wallet(in: "XX")
      // 04:59 UTC is still yesterday in New York in winter.
      rig.setClock("2026-01-10T04:59:00Z")
      let brought = try await withThrowingTaskGroup(of: Int64.self) { group in
        for _ in 0..<40 {
          group.addTask {
            do { return try await rig.topUp(wallet, 100).principal } catch let error as RPCError where error.reason == "DAILY_LOAD_LIMIT" {
              return 0
            }
          }
        }
        return try await group.reduce(0, +)
      }
      #expect(brought == 1_000)
      rig.setClock("2026-01-10T05:00:00Z")
      try await rig.topUp(wallet, 1_000)
      #expect(try await refusal { try await rig.topUp(wallet, 1) }.reason == "DAILY_LOAD_LIMIT")
      try await rig.expectSound()
    }
  }

  @Test("Yen have no cents and dinars a thousand fils: amounts are the currency's own integers", arguments: [("JPY", 1), ("BHD", 1_234)])
  func currencies(currency: String, amount: Int64) async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publishPolicy("ZZ", currency: currency, zone: "Asia/Tokyo") { $0.spendOrder = .proportional }
      try await rig.publishBonus([(1, 1)], in: "ZZ")
      let wallet = try await rig.wallet(in: "ZZ")
      try await rig.topUp(wallet, amount, currency: currency)
      #expect(try await rig.spendable(wallet) == ValueParts(principal: amount, bonus: 1))
      let wrong = try await refusal { try await rig.topUp(wallet, amount, currency: "USD") }
      #expect(wrong == Refused(code: .invalidArgument, reason: "CURRENCY_MISMATCH"))
      let other = try await refusal { try await rig.publishPolicy("ZZ", currency: "USD") }
      #expect(other == Refused(code: .failedPrecondition, reason: "CURRENCY_FIXED"))
      try await rig.expectSound()
    }
  }

  @Test("A top-up sent 50 times, under one request id or under many, is one: the reference is the business key")
  func duplicates() async throws {
    try await LoyaltyRig.run { rig in
      let wallet = try await rig.wallet()
      let request = rig.topUpRequest(wallet, 500, reference: "till-7/1", requestID: "same")
      let replies = try await withThrowingTaskGroup(of: LoyaltyV1.TopUpResponse.self) { group in
        for number in 0..<50 {
          group.addTask {
            var request = request
            if number.isMultiple(of: 2) { request.requestID = "other-\(number)" }
            return try await rig.value.topUp(request)
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(Set(replies.map(\.entryID)).count == 1)
      #expect(try await rig.spendable(wallet).principal == 500)
      let again = try await rig.value.topUp(request)
      rig.advance(days: 1)
      try await rig.service.restart()
      #expect(try await rig.value.topUp(request).encoded() == again.encoded())
      let differs = try await refusal { _ = try await rig.value.topUp(rig.topUpRequest(wallet, 501, reference: "till-7/1")) }
      #expect(differs == Refused(code: .alreadyExists, reason: "REFERENCE_DIFFERS"))
      // The same number at another till's store is another top-up.
      _ = try await rig.value.topUp(rig.topUpRequest(wallet, 1, store: "sto_2", reference: "till-7/1"))
      #expect(try await rig.spendable(wallet).principal == 501)
      try await rig.expectSound()
    }
  }

  @Test("A top-up goes back to how it was paid, less the bonus that is spent already: charge, spend the bonus, refund gains nothing")
  func refund() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publishPolicy { $0.spendOrder = .bonusFirst }
      try await rig.publishBonus([(1_000, 100)], in: "XX")
      let wallet = try await rig.wallet(in: "XX")
      let topUp = try await rig.topUp(wallet, 1_000)
      try await rig.sellForValue("ord_1", [(wallet, 60)], member: "mem_a")
      var request = LoyaltyV1.RefundTopUpRequest(
        requestID: rig.freshID(), reference: "refund-1", storeID: "sto_1", entryID: topUp.entryID, amount: TypeV1.Money(1_000, "USD"),
        reason: "changed their mind")
      let refund = try await rig.value.refundTopUp(request)
      #expect((refund.paidOut?.minorUnits, refund.principalTaken, refund.bonusTaken) == (940, 1_000, 40))
      #expect((refund.payment?.kind, refund.payment?.externalReference) == (.card, "terminal-1"))
      #expect(try await rig.spendable(wallet) == .nothing)
      request.requestID = rig.freshID()
      #expect(try await rig.value.refundTopUp(request) == refund)
      (request.requestID, request.reference, request.amount) = (rig.freshID(), "refund-2", TypeV1.Money(1, "USD"))
      let more = try await refusal { _ = try await rig.value.refundTopUp(request) }
      #expect(more == Refused(code: .failedPrecondition, reason: "REFUND_EXCEEDS_TOP_UP"))
      let sums = try await rig.valueSums()
      #expect((sums.loadedPrincipal, sums.refundedPrincipal, sums.adjustedPrincipal) == (1_000, 940, -60))
      #expect((sums.outstandingPrincipal, sums.outstandingBonus) == (0, 0))
      try await rig.expectSound()
    }
  }

  @Test("An adjustment has a reason, takes no more than there is, and counts once under its reference")
  func adjust() async throws {
    try await LoyaltyRig.run { rig in
      let wallet = try await rig.wallet()
      try await rig.topUp(wallet, 100)
      func adjust(_ principal: Int64, _ bonus: Int64, _ reference: String) async throws {
        _ = try await rig.value.adjustStoredValue(
          LoyaltyV1.AdjustStoredValueRequest(
            requestID: rig.freshID(), reference: reference, accountID: wallet, storeID: "sto_1", principal: principal, bonus: bonus,
            reason: "goodwill"))
      }
      try await adjust(-30, 50, "a")
      try await adjust(-30, 50, "a")
      #expect(try await rig.spendable(wallet) == ValueParts(principal: 70, bonus: 50))
      #expect(try await refusal { try await adjust(-71, 0, "b") } == .insufficientValue)
      #expect(try await refusal { try await adjust(0, -51, "c") } == .insufficientValue)
      #expect(try await refusal { try await adjust(0, 0, "d") } == .invalidFields)
      try await rig.expectSound()
    }
  }
}
