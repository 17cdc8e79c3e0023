import GoogleProto
import PatronAPI
import ProtobufC
import RPC
import ServiceKit
import Testing

@testable import Gateway

extension Shop {
  var value: LoyaltyV1.StoredValueServiceClient { LoyaltyV1.StoredValueServiceClient(channel: loyalty.channel) }

  /// A card of another system with `principal` and `bonus` on it: its number, and its account's id.
  func giftCard(
    _ number: String, _ principal: Int64, bonus: Int64 = 0, pin: String = ""
  ) async throws -> (number: String, accountID: String) {
    let reply = try await value.importGiftCards(
      .init(
        requestID: "import-\(number)", jurisdiction: "US", storeID: try await storeID("2"),
        cards: [LoyaltyV1.GiftCardImport(number: number, pin: pin, principal: principal, bonus: bonus)]), options: inLoyalty)
    return (number, try #require(reply.results.first).accountID)
  }

  func wallet(of memberID: String, _ amount: Int64) async throws -> String {
    let opened = try await value.openWallet(
      .init(requestID: "wallet-\(memberID)", memberID: memberID, jurisdiction: "US"), options: inLoyalty)
    let accountID = try #require(opened.account).accountID
    _ = try await value.topUp(
      .init(
        requestID: "top-up-\(memberID)", reference: "top-up-\(memberID)",
        account: LoyaltyV1.StoredValueAccountKey(key: .accountID(accountID)),
        storeID: try await storeID("1"), amount: TypeV1.Money(amount, "USD"), payment: LoyaltyV1.StoredValuePayment(kind: .cash)),
      options: inLoyalty)
    return accountID
  }

  func account(_ accountID: String) async throws -> LoyaltyV1.StoredValueAccount {
    try #require(
      try await value.getStoredValueAccount(.init(account: LoyaltyV1.StoredValueAccountKey(key: .accountID(accountID))), options: inLoyalty)
        .account)
  }

  func valueTill(_ more: [String] = ["stored_value.spend"]) async throws -> Till {
    try await till(["pos.checkout", "pos.return", "pos.read"] + more)
  }
}

extension TypeV1.Tender {
  static func giftCard(_ amount: Int64, number: String, pin: String = "") -> TypeV1.Tender {
    TypeV1.Tender(kind: .storedValue, amount: TypeV1.Money(amount, "USD"), cardNumber: number, pin: pin)
  }

  static func account(_ amount: Int64, _ accountID: String) -> TypeV1.Tender {
    TypeV1.Tender(kind: .storedValue, amount: TypeV1.Money(amount, "USD"), externalReference: accountID)
  }
}

/// Stored value as a tender, from the till to the ledger and back.
@Suite struct StoredValueTests {
  private static let milk = GatewayV1.BasketLine.of("milk", 1_000, quantity: 2)

  @Test func anybodyPaysWithAGiftCardAndItsPINAndTheOrderKeepsNeither() async throws {
    try await withShop { shop in
      let card = try await shop.giftCard("OLDCARD00001", 600, bonus: 60, pin: "4711")
      let till = try await shop.valueTill()
      let tenders: [TypeV1.Tender] = [.giftCard(440, number: card.number, pin: "4711"), .cash(560)]
      let receipt = try await till.checkout("sale", .at("1", [Self.milk]), tenders)
      let order = try #require(receipt.order)
      #expect(order.tenders.map(\.externalReference) == [card.accountID, ""])
      #expect(order.tenders.allSatisfy { $0.cardNumber.isEmpty && $0.pin.isEmpty })
      #expect(receipt.storedValue.map { [$0.spendablePrincipal, $0.spendableBonus] } == [[160, 60]])
      #expect(try await till.checkout("sale", .at("1", [Self.milk]), tenders).encoded() == receipt.encoded())
      // Half of it comes back as it was paid: 220 to the card, 280 in cash.
      let half = try await till.takeBack("half", order.orderID, [(1, 1)])
      #expect(half.refunds.map(\.kind) == [.storedValue, .cash] && half.refunds.map { $0.amount?.minorUnits } == [220, 280])
      _ = try await till.takeBack("rest", order.orderID)
      let account = try await shop.account(card.accountID)
      #expect((account.spendablePrincipal, account.spendableBonus) == (600, 60))
    }
  }

  @Test func whatAWalletPaysEarnsNothingAndComesBackToIt() async throws {
    try await withShop { shop in
      let member = try await shop.enrol("wanda", points: 100)
      let wallet = try await shop.wallet(of: member, 700)
      let till = try await shop.valueTill()
      let basket = GatewayV1.Basket.at("1", member: member, [Self.milk])
      for quote in ["", try await till.quote(basket).quoteToken] {
        let name = quote.isEmpty ? "now" : "quoted"
        let receipt = try await till.checkout(
          name, basket, [.points(100), .account(350, wallet), .cash(550)], quote: quote)
        // 5 whole dollars of money, and nothing for the rest.
        #expect(receipt.order?.pointsEarned == 5)
        #expect(receipt.balance?.growthValue == 550)
        let back = try await till.takeBack("\(name)-back", receipt.order?.orderID ?? "")
        #expect(back.pointsGivenBack == 100 && back.pointsTakenBack == 5)
        #expect(try await shop.account(wallet).spendablePrincipal == 700)
      }
    }
  }

  @Test func withoutTheScopeNothingIsHeld() async throws {
    try await withShop { shop in
      let card = try await shop.giftCard("OLDCARD00001", 1_000)
      let till = try await shop.till()
      for tender in [TypeV1.Tender.giftCard(1_000, number: card.number), .account(1_000, card.accountID)] {
        await expectRefusal(.permissionDenied, "SCOPE_MISSING") { try await till.checkout("sale", .at("1", [Self.milk]), [tender]) }
      }
      try await shop.expectUntouched()
      #expect(try await shop.account(card.accountID).spendablePrincipal == 1_000)
    }
  }

  @Test func refusalsLeaveNoOrder() async throws {
    try await withShop { shop in
      let (member, other) = (try await shop.enrol("wanda"), try await shop.enrol("otto"))
      let wallet = try await shop.wallet(of: other, 2_000)
      let card = try await shop.giftCard("OLDCARD00001", 999, pin: "4711")
      let till = try await shop.valueTill()
      let basket = GatewayV1.Basket.at("1", member: member, [Self.milk])
      let cases: [(StatusCode, String, [TypeV1.Tender])] = [
        (.failedPrecondition, "INSUFFICIENT_STORED_VALUE", [.giftCard(1_000, number: card.number, pin: "4711")]),
        (.permissionDenied, "PIN_WRONG", [.giftCard(1_000, number: card.number, pin: "4712")]),
        (.failedPrecondition, "PIN_REQUIRED", [.giftCard(1_000, number: card.number)]),
        (.failedPrecondition, "PIN_REQUIRED", [.account(1_000, card.accountID)]),
        (.notFound, "CARD_UNKNOWN", [.giftCard(1_000, number: "OLDCARD00002")]),
        (.notFound, "ACCOUNT_UNKNOWN", [.account(1_000, "sva_nobody")]),
        (.failedPrecondition, "WALLET_OF_ANOTHER", [.account(1_000, wallet)]),
        (.invalidArgument, "INVALID_FIELDS", [.account(500, wallet), .account(500, wallet)]),
      ]
      for (code, reason, tenders) in cases {
        await expectRefusal(code, reason) { try await till.checkout("sale", basket, tenders) }
      }
      await shop.gateway.app.drained()
      #expect(try await shop.account(wallet).heldPrincipal == 0)
      #expect(try await shop.stockLevel("milk", store: "1").held == 0)
      let paid = try await till.checkout("sale", basket, [.giftCard(999, number: card.number, pin: "4711"), .cash(1)])
      #expect(paid.order?.state == .completed)
    }
  }

  @Test func beginHoldsItCompleteSpendsItAndAbandonGivesItBack() async throws {
    try await withShop { shop in
      let card = try await shop.giftCard("OLDCARD00001", 1_500)
      let till = try await shop.valueTill()
      let basket = GatewayV1.Basket.at("1", [Self.milk])
      let begun = try await till.begin("one", basket, held: [.giftCard(600, number: card.number)])
      #expect(begun.remainingAmount?.minorUnits == 400)
      let orderID = begun.order?.orderID ?? ""
      #expect(try await shop.account(card.accountID).heldPrincipal == 600)
      await expectRefusal(.failedPrecondition, "STORED_VALUE_NOT_HELD") {
        try await till.complete("end", orderID, [.account(400, card.accountID)])
      }
      let receipt = try await till.complete("end", orderID, [.cash(400)])
      #expect(receipt.storedValue.map(\.spendablePrincipal) == [900])
      await expectRefusal(.failedPrecondition, "CARD_NUMBER_REQUIRED") {
        try await till.begin("by-id", basket, held: [.account(900, card.accountID)])
      }
      let second = try await till.begin("two", basket, held: [.giftCard(900, number: card.number)])
      #expect(try await shop.account(card.accountID).spendablePrincipal == 0)
      _ = try await till.abandon("gone", second.order?.orderID ?? "")
      #expect(try await shop.account(card.accountID).spendablePrincipal == 900)
    }
  }

  @Test func whatIsHeldStaysHeldWhileLoyaltyIsAwayAndIsSpentOnce() async throws {
    try await withShop { shop in
      let card = try await shop.giftCard("OLDCARD00001", 1_500)
      let till = try await shop.valueTill()
      let begun = try await till.begin("one", .at("1", [Self.milk]), held: [.giftCard(1_000, number: card.number)])
      shop.wires.loyalty.set(.down)
      await expectRefusal(.unavailable, "CHECKOUT_IN_PROGRESS") { try await till.complete("end", begun.order?.orderID ?? "", []) }
      shop.wires.loyalty.repair()
      let receipt = try await till.complete("end", begun.order?.orderID ?? "", [])
      #expect(receipt.storedValue.map(\.spendablePrincipal) == [500])
    }
  }

  @Test func aStoreBoundTillSellsCardsForItsOwnStoreAndWalletsForMembersOnly() async throws {
    try await withShop { shop in
      let (own, other) = (try await shop.storeID("1"), try await shop.storeID("2"))
      let till = try await shop.till(["stored_value.load"], stores: [own])
      let member = try await shop.enrol("wanda")
      let service = LoyaltyV1.StoredValueServiceClient(channel: till.channel)
      await expectRefusal(.notFound, "MEMBER_UNKNOWN") {
        try await service.openWallet(.init(requestID: "w", memberID: "mem_nobody", jurisdiction: "US"), options: till.options)
      }
      let opened = try await service.openWallet(.init(requestID: "w", memberID: member, jurisdiction: "US"), options: till.options)
      var request = LoyaltyV1.TopUpRequest(
        requestID: "t", reference: "1", account: LoyaltyV1.StoredValueAccountKey(key: .accountID(opened.account?.accountID ?? "")),
        storeID: other, amount: TypeV1.Money(500, "USD"), payment: LoyaltyV1.StoredValuePayment(kind: .cash))
      await expectRefusal(.permissionDenied, "STORE_NOT_ALLOWED") { try await service.topUp(request, options: till.options) }
      request.storeID = own
      #expect(try await service.topUp(request, options: till.options).principal == 500)
    }
  }
}
