import Foundation
import GoogleProto
import PatronAPI
import RPC

/// One till: plays its stores' baskets in the order of the day. It writes each request down before it sends it, and after a lost reply sends
/// the same bytes again.
struct DemoTill: Sendable {
  let number: Int
  let anchor: DemoAnchor
  let setup: DemoSetup.Result
  let api: DemoClients
  let journal: TillJournal

  /// A first quote, one after each of the three ways in which it can lapse.
  private static let requestsOfOneBasket = 4
  /// A lost reply is asked for again this often before the day is given up.
  private static let tries = 8
  private static let pauseBetweenTries: Duration = .milliseconds(250)

  func play(_ basket: GroceryDay.Basket) async throws -> DemoSale {
    let id = "demo-basket-\(basket.number)"
    if let refusal = journal.refusal(of: id) {
      return DemoSale(basket: basket, outcome: .refused(refusal, .same), seconds: 0)
    }
    var request = try await journalledRequest(id, basket)
    var means = Means(points: true, storedValue: true)
    for attempt in 1...Self.requestsOfOneBasket {
      do {
        return try await sell(request, basket, id)
      } catch let error as RPCError {
        // Another till was faster: it spent the member's points or wallet, or used the last of what the quote promised. A refusal leaves
        // nothing behind, so the same id may carry another body.
        guard ["INSUFFICIENT_POINTS", "INSUFFICIENT_STORED_VALUE", "QUOTE_STALE"].contains(error.reason),
          attempt < Self.requestsOfOneBasket
        else { return try refusal(error, basket, id) }
        if error.reason == "INSUFFICIENT_POINTS" { means.points = false }
        if error.reason == "INSUFFICIENT_STORED_VALUE" { means.storedValue = false }
        request = try await newRequest(id, basket, means)
        try journal.record(id, request.encoded())
      }
    }
    preconditionFailure("the last attempt returns or throws")
  }

  private func refusal(_ error: RPCError, _ basket: GroceryDay.Basket, _ id: String) throws -> DemoSale {
    // Only what the system refused is a refused basket; that it could not be reached is the day's failure.
    if error.code == .unavailable || error.code == .deadlineExceeded || error.code == .internalError || error.code == .unknown {
      throw error
    }
    let refusal = TillJournal.Refusal(reason: error.reason ?? "\(error.code)", message: error.message)
    return DemoSale(basket: basket, outcome: .refused(refusal, try journal.conclude(id, refusal)), seconds: 0)
  }

  // MARK: Requests

  /// What a basket may be paid with beside money.
  private struct Means {
    var points: Bool
    var storedValue: Bool
  }

  private func journalledRequest(_ id: String, _ basket: GroceryDay.Basket) async throws -> GatewayV1.CheckoutRequest {
    if let bytes = journal.request(id) { return try GatewayV1.CheckoutRequest(decoding: bytes) }
    let request = try await newRequest(id, basket, Means(points: true, storedValue: true))
    try journal.record(id, request.encoded())
    return request
  }

  /// At a store with Patron's offers the price comes from a quote; elsewhere from the till's own arithmetic.
  private func newRequest(_ id: String, _ basket: GroceryDay.Basket, _ means: Means) async throws -> GatewayV1.CheckoutRequest {
    var content = self.basket(basket)
    guard DemoOffers.storeNumbers.contains(basket.storeNumber) else {
      let due = basket.lines.reduce(0) { $0 + $1.customerPays }
      return GatewayV1.CheckoutRequest(requestID: id, basket: content, tenders: try await tenders(for: due, basket, means))
    }
    if let code = setup.couponCodes[basket.householdNumber] { content.couponCodes = [code] }
    var quote = try await quote(content)
    if !quote.rejectedCoupons.isEmpty {
      content.couponCodes = []
      quote = try await self.quote(content)
    }
    let due = quote.totals?.amountDue?.minorUnits ?? 0
    var tenders: [TypeV1.Tender] = []
    var paidByPoints: Int64 = 0
    if means.points, let balance = quote.balance {
      let points = DemoOffers.pointsToSpend(
        spendable: balance.spendablePoints, amountDue: due, minorUnitsPerPoint: quote.minorUnitsPerPoint)
      if points > 0 {
        paidByPoints = points * quote.minorUnitsPerPoint
        tenders.append(TypeV1.Tender(kind: .points, amount: money(paidByPoints), points: points))
      }
    }
    return GatewayV1.CheckoutRequest(
      requestID: id, basket: content, quoteToken: quote.quoteToken,
      tenders: tenders + (try await self.tenders(for: due - paidByPoints, basket, means)))
  }

  /// Stored value first, where the basket has any, and money for the rest.
  private func tenders(for amount: Int64, _ basket: GroceryDay.Basket, _ means: Means) async throws -> [TypeV1.Tender] {
    guard means.storedValue, let tender = try await storedValueTender(upTo: amount, basket) else {
      return moneyTenders(for: amount, basket)
    }
    return [tender] + moneyTenders(for: amount - (tender.amount?.minorUnits ?? 0), basket)
  }

  /// All that the basket's gift card, or its household's wallet, has; no more than is due.
  private func storedValueTender(upTo amount: Int64, _ basket: GroceryDay.Basket) async throws -> TypeV1.Tender? {
    var tender = TypeV1.Tender(kind: .storedValue)
    let key: LoyaltyV1.StoredValueAccountKey.Key
    if let card = setup.giftCards[basket.number] {
      (tender.cardNumber, tender.pin, key) = (card.number, card.pin, .cardNumber(card.number))
    } else if let walletID = setup.walletIDs[basket.householdNumber] {
      (tender.externalReference, key) = (walletID, .accountID(walletID))
    } else {
      return nil
    }
    let request = LoyaltyV1.GetStoredValueAccountRequest(account: LoyaltyV1.StoredValueAccountKey(key: key))
    let account = try await retrying { try await api.storedValue.getStoredValueAccount(request, options: api.options) }.account
    let paid = min(amount, (account?.spendablePrincipal ?? 0) + (account?.spendableBonus ?? 0))
    guard paid > 0 else { return nil }
    tender.amount = money(paid)
    return tender
  }

  private func quote(_ basket: GatewayV1.Basket) async throws -> GatewayV1.Quote {
    let reply = try await retrying { try await api.pointOfSale.quote(GatewayV1.QuoteRequest(basket: basket), options: api.options) }
    guard let quote = reply.quote else { throw RPCError(.internalError, "a reply to Quote without a quote") }
    return quote
  }

  private func basket(_ basket: GroceryDay.Basket) -> GatewayV1.Basket {
    GatewayV1.Basket(
      store: .storeCode(basket.storeNumber), member: GatewayV1.MemberKey(key: .cardCode(setup.cardCodes[basket.householdNumber]!)),
      lines: basket.lines.map { line in
        let discounts: [(TypeV1.TillDiscountKind, Int64)] = [
          (.loyalty, line.loyaltyDiscount), (.manufacturerCoupon, line.manufacturerCoupon), (.retailerMatch, line.retailerMatch),
        ]
        return GatewayV1.BasketLine(
          product: .sku(line.productNumber), kind: line.quantity == 0 ? .adjustment : .sale, quantity: line.quantity,
          listAmount: money(line.list),
          tillDiscounts: discounts.filter { $0.1 != 0 }.map { TypeV1.TillDiscount(kind: $0.0, amount: money($0.1)) })
      }, tillID: "till-\(number)", externalReference: "demo-basket-\(basket.number)",
      occurredTime: GoogleProtobuf.Timestamp(anchor.instant(ofSecond: basket.secondOfDay)))
  }

  /// One basket in three is paid in cash, with a note that wants change; the others by card.
  private func moneyTenders(for amount: Int64, _ basket: GroceryDay.Basket) -> [TypeV1.Tender] {
    guard amount > 0 else { return [] }
    if paysCash(basket) {
      let note = (amount + 499) / 500 * 500
      return [TypeV1.Tender(kind: .cash, amount: money(amount), tendered: money(note))]
    }
    return [TypeV1.Tender(kind: .card, amount: money(amount), externalReference: "terminal-\(basket.number)")]
  }

  private func paysCash(_ basket: GroceryDay.Basket) -> Bool { (Int(basket.number) ?? 0) % 3 == 0 }

  private func money(_ cents: Int64) -> TypeV1.Money { TypeV1.Money(currencyCode: DemoStores.currencyCode, minorUnits: cents) }

  // MARK: Calls

  /// Cash goes in one call. A card terminal runs between hold and commit, so those baskets begin, and complete once the card is charged.
  private func sell(_ request: GatewayV1.CheckoutRequest, _ basket: GroceryDay.Basket, _ id: String) async throws -> DemoSale {
    let clock = ContinuousClock()
    let start = clock.now
    let receipt: GatewayV1.Receipt?
    if request.tenders.contains(where: { $0.kind == .card }) {
      let begun = try await retrying {
        try await api.pointOfSale.beginCheckout(
          GatewayV1.BeginCheckoutRequest(
            requestID: request.requestID, basket: request.basket, quoteToken: request.quoteToken,
            heldTenders: request.tenders.filter(\.isHeld)), options: api.options)
      }
      receipt = try await retrying {
        try await api.pointOfSale.completeCheckout(
          GatewayV1.CompleteCheckoutRequest(
            requestID: request.requestID, orderID: begun.order?.orderID ?? "", tenders: request.tenders.filter { !$0.isHeld }),
          options: api.options)
      }.receipt
    } else {
      receipt = try await retrying { try await api.pointOfSale.checkout(request, options: api.options) }.receipt
    }
    guard let receipt else { throw RPCError(.internalError, "a reply to a checkout without a receipt") }
    let seconds = (clock.now - start).inSeconds
    return DemoSale(basket: basket, outcome: .accepted(receipt, try journal.conclude(id, receipt.encoded())), seconds: seconds)
  }

  /// Sends the same request again when the reply was lost. Safe, since the request id makes it at most once.
  func retrying<Reply>(_ call: () async throws -> Reply) async throws -> Reply {
    for _ in 1..<Self.tries {
      do { return try await call() } catch let error as RPCError
        where error.code == .unavailable || error.code == .deadlineExceeded || error.code == .aborted
      {
        try await Task.sleep(for: Self.pauseBetweenTries)
      }
    }
    return try await call()
  }
}

extension TypeV1.Tender {
  /// Whether it is held when the checkout begins; the others are money.
  fileprivate var isHeld: Bool { kind == .points || kind == .storedValue }
}

/// What became of one basket.
struct DemoSale: Sendable {
  enum Outcome: Sendable {
    case accepted(GatewayV1.Receipt, TillJournal.Ending)
    case refused(TillJournal.Refusal, TillJournal.Ending)
  }

  let basket: GroceryDay.Basket
  let outcome: Outcome
  /// From the first checkout call to its end; a quote before it not counted.
  let seconds: Double

  /// What an earlier run on the same data makes of it.
  var ending: TillJournal.Ending {
    switch outcome {
    case .accepted(_, let ending), .refused(_, let ending): ending
    }
  }

  var receipt: GatewayV1.Receipt? {
    if case .accepted(let receipt, _) = outcome { receipt } else { nil }
  }
}
