import Database
import Foundation
import PatronAPI
import RPC
import ServiceKit
import ServiceTesting
import Testing

@testable import Loyalty

@Suite struct GiftCardTests {
  @Test("Numbers and PINs of new cards are shown for ten minutes and stored nowhere after them")
  func secrets() async throws {
    try await LoyaltyRig.run { rig in
      let request = LoyaltyV1.IssueGiftCardsRequest(
        requestID: "batch", reference: "spring", jurisdiction: "US", count: 3, withPin: true)
      let first = try await rig.value.issueGiftCards(request)
      #expect(Set(first.cards.map(\.number)).count == 3)
      #expect(first.cards.allSatisfy { CardNumber($0.number) != nil && CardPIN($0.pin) != nil })
      rig.service.clock.advance(by: .seconds(599))
      #expect(try await rig.value.issueGiftCards(request) == first)
      rig.service.clock.advance(by: .seconds(1))
      let later = try await rig.value.issueGiftCards(request)
      #expect(later.cards.map(\.accountID) == first.cards.map(\.accountID))
      #expect(later.cards.allSatisfy { $0.number.isEmpty && $0.pin.isEmpty && $0.numberLastFour.count == 4 })
      // The poster takes the rows away.
      try await ExpiryPoster(environment: rig.service.environment, interval: .seconds(60), batch: 10).pass()
      let kept = SQL("test.secrets", "SELECT count(*) FROM value_card_secret")
      #expect(try await rig.service.database.read { try $0.first(kept) { $0.int(0) } } == 0)
    }
  }

  @Test("A card is sold once, and its validity begins then")
  func activation() async throws {
    try await LoyaltyRig.run { rig in
      let card = try #require(try await rig.issue(in: "CN").first)
      rig.setClock("2026-08-31T10:00:00Z")
      let sold = try await rig.activate(card, 50_000, currency: "CNY", reference: "sale-1")
      #expect(sold.account?.expireTime?.date == instant("2029-08-31T16:00:00Z"))
      #expect(try await rig.activate(card, 50_000, currency: "CNY", reference: "sale-1").entryID == sold.entryID)
      let again = try await refusal { try await rig.activate(card, 50_000, currency: "CNY") }
      #expect(again == Refused(code: .failedPrecondition, reason: "ACCOUNT_NOT_ACTIVE"))
      try await rig.expectSound()
    }
  }

  @Test("A card pays to the last instant of its last day; then what is left is breakage, at that instant")
  func expiry() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publishPolicy(zone: "America/New_York") { $0.anonymousCardMonths = 1 }
      rig.setClock("2026-01-31T12:00:00Z")
      let card = try await rig.card(1_000, in: "XX")
      // Held on the last day, it does not expire.
      rig.setClock("2026-03-01T04:59:59Z")
      try await rig.holdValue("ord_1", [(card.accountID, 300)])
      rig.setClock("2026-03-01T05:00:00Z")
      #expect(try await rig.spendable(card.accountID) == .nothing)
      let refused = try await refusal { try await rig.holdValue("ord_2", [(card.accountID, 1)]) }
      #expect(refused == Refused(code: .failedPrecondition, reason: "CARD_EXPIRED"))
      try await rig.commit("ord_1")
      let lines = try await rig.valueEntries(card.accountID)
      #expect(lines.map(\.kind) == [.spend, .expire, .topUp])
      #expect(lines[1].principal == -700 && lines[1].effectiveTime?.date == instant("2026-03-01T05:00:00Z"))
      // What a return gives back lives for the days of grace; the seven hundred stay gone.
      rig.setClock("2026-06-10T12:00:00Z")
      try await rig.giveBack("ret_1", of: "ord_1", [(card.accountID, 300)])
      #expect(try await rig.spendable(card.accountID).principal == 300)
      #expect(try await rig.account(card.accountID).expireTime?.date == instant("2026-07-11T04:00:00Z"))
      try await rig.expectSound()
    }
  }

  @Test("The poster writes down what expired on cards that nobody uses, and a cancelled hold past the last day expires at once")
  func poster() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publishPolicy { $0.anonymousCardMonths = 1 }
      let cards = [try await rig.card(100, in: "XX"), try await rig.card(200, in: "XX"), try await rig.card(400, in: "XX")]
      try await rig.holdValue("ord_1", [(cards[2].accountID, 400)])
      rig.advance(days: 60)
      let poster = ExpiryPoster(environment: rig.service.environment, interval: .seconds(60), batch: 1)
      try await poster.pass()
      #expect(try await rig.valueSums().expiredPrincipal == 300)
      try await rig.cancel("ord_1")
      #expect(try await rig.valueSums().expiredPrincipal == 700)
      try await rig.expectSound()
    }
  }

  @Test("A frozen card neither pays nor loads, and what it holds for an open checkout is still committed")
  func freeze() async throws {
    try await LoyaltyRig.run { rig in
      let card = try await rig.card(1_000)
      try await rig.holdValue("ord_1", [(card.accountID, 400)])
      let freeze = LoyaltyV1.FreezeAccountRequest(requestID: rig.freshID(), accountID: card.accountID, reason: "reported lost")
      #expect(try await rig.value.freezeAccount(freeze).account?.state == .frozen)
      let frozen = Refused(code: .failedPrecondition, reason: "ACCOUNT_NOT_ACTIVE")
      #expect(try await refusal { try await rig.holdValue("ord_2", [(card.accountID, 1)]) } == frozen)
      #expect(try await refusal { try await rig.topUp(card.accountID, 1) } == frozen)
      try await rig.commit("ord_1")
      try await rig.giveBack("ret_1", of: "ord_1", [(card.accountID, 100)])
      #expect(try await rig.account(card.accountID).principal == 700)
      _ = try await rig.value.unfreezeAccount(
        LoyaltyV1.UnfreezeAccountRequest(requestID: rig.freshID(), accountID: card.accountID, reason: "found"))
      try await rig.sellForValue("ord_3", [(card.accountID, 700)])
      try await rig.expectSound()
    }
  }

  @Test("A lost card is blocked, and its replacement gets all of it, with who sold it and until when it lives")
  func replacement() async throws {
    try await LoyaltyRig.run { rig in
      let lost = try await rig.card(20_000, in: "CN", currency: "CNY", store: "sto_1")
      try await rig.topUp(lost.accountID, 5_000, currency: "CNY", store: "sto_2")
      let fresh = try #require(try await rig.issue(in: "CN").first)
      _ = try await rig.value.blockAccount(
        LoyaltyV1.BlockAccountRequest(requestID: rig.freshID(), accountID: lost.accountID, reason: "lost"))
      var request = LoyaltyV1.TransferBalanceRequest(
        requestID: rig.freshID(), reference: "case-1", fromAccountID: lost.accountID, toAccountID: fresh.accountID, reason: "lost")
      let moved = try await rig.value.transferBalance(request)
      #expect((moved.principal, moved.bonus) == (25_000, 0))
      #expect(moved.toAccount?.state == .active && moved.toAccount?.expireTime == moved.fromAccount?.expireTime)
      request.requestID = rig.freshID()
      #expect(try await rig.value.transferBalance(request).principal == 25_000)
      (request.requestID, request.reference) = (rig.freshID(), "case-2")
      #expect(try await refusal { _ = try await rig.value.transferBalance(request) }.reason == "NOTHING_TO_TRANSFER")
      let lines = try await rig.value.reportLiability(LoyaltyV1.ReportLiabilityRequest(currencyCode: "CNY")).lines
      #expect(lines.map(\.sellingStoreID) == ["sto_1", "sto_2"] && lines.map(\.principal) == [20_000, 5_000])
      try await rig.expectSound()
    }
  }

  @Test("Cards of another system come with their balances, row by row, once; no load limit surprises an import (Square forum 8077)")
  func imported() async throws {
    try await LoyaltyRig.run { rig in
      let rows = [
        LoyaltyV1.GiftCardImport(number: "OLD00001", pin: "1234", principal: 60_000, bonus: 500),
        LoyaltyV1.GiftCardImport(number: "OLD00002", principal: 100_001),
        LoyaltyV1.GiftCardImport(number: "OLD00003", principal: 500_000, memberID: "mem_a"),
        LoyaltyV1.GiftCardImport(number: "OLD00004", principal: 1, endDate: TypeV1.Date(year: 2026, month: 3, day: 1)),
        LoyaltyV1.GiftCardImport(number: "OLD00005", principal: 1, endDate: TypeV1.Date(year: 2028, month: 2, day: 29)),
      ]
      var request = LoyaltyV1.ImportGiftCardsRequest(requestID: "import", jurisdiction: "CN", storeID: "sto_9", cards: rows)
      let reply = try await rig.value.importGiftCards(request)
      #expect(reply.results.map(\.refusal) == ["", "BALANCE_LIMIT", "", "CARD_EXPIRED", ""])
      #expect(try await rig.value.importGiftCards(request).encoded() == reply.encoded())
      #expect(try await rig.account(reply.results[4].accountID).expireTime?.date == instant("2028-02-29T16:00:00Z"))
      #expect(try await rig.account(reply.results[0].accountID).hasPin)
      request.requestID = "import-again"
      request.cards[2].principal = 1
      let again = try await rig.value.importGiftCards(request)
      #expect(again.results.map(\.unchanged) == [true, false, false, false, true])
      #expect(again.results[2].refusal == "CARD_EXISTS")
      // Another PIN or another end is another card, as one where there was none, or none where there was one.
      (request.requestID, request.cards) = ("import-others", rows)
      request.cards[0].pin = "1235"
      request.cards[2].pin = "1234"
      request.cards[4].endDate = TypeV1.Date(year: 2028, month: 2, day: 28)
      let others = try await rig.value.importGiftCards(request).results
      #expect(others.map(\.refusal) == ["CARD_EXISTS", "BALANCE_LIMIT", "CARD_EXISTS", "CARD_EXPIRED", "CARD_EXISTS"])
      (request.requestID, request.cards) = ("import-none", rows)
      request.cards[0].pin = ""
      request.cards[4].endDate = nil
      let none = try await rig.value.importGiftCards(request).results
      #expect(none.map(\.refusal) == ["CARD_EXISTS", "BALANCE_LIMIT", "", "CARD_EXPIRED", "CARD_EXISTS"])
      #expect(try await rig.valueSums("CNY").importedPrincipal == 560_001)
      request.cards[1].endDate = TypeV1.Date(year: 2027, month: 2, day: 29)
      #expect(try await refusal { _ = try await rig.value.importGiftCards(request) } == .invalidFields)
      try await rig.expectSound()
    }
  }
}
