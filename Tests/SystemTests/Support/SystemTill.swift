import Foundation
import GoogleProto
import PatronAPI
import RPC
import ServiceKit

/// ServiceKit's, by its short name for every file of these tests.
typealias SplitMix64 = ServiceKit.SplitMix64

/// A till that never gives up: what it began it asks for again, with the same bytes, until the system answers.
struct SystemTill: Sendable {
  let number: Int
  let shop: SystemShop
  let channel: any RPCChannel
  let metadata: Metadata

  private static let tries = 400
  private static let pause: Duration = .milliseconds(50)

  private var pointOfSale: GatewayV1.PointOfSaleServiceClient { GatewayV1.PointOfSaleServiceClient(channel: channel) }
  private var options: CallOptions { CallOptions(timeout: .seconds(5), metadata: metadata) }

  /// What a till learnt of one sale.
  enum Outcome: Sendable, Equatable {
    case sold(orderID: String)
    case abandoned(orderID: String)
    case refused(reason: String)
  }

  /// Sells, abandons and returns: four sales in a row come to every step of a checkout. Every request id starts with `mark`.
  func play(_ mark: String, sale: Int, random: inout SplitMix64) async throws -> Outcome {
    let basket = shop.basket(till: number, random: &random)
    switch sale % 4 {
    case 0: return try await beginAndComplete(mark, basket, holding: [shop.giftCardTender(random: &random)])
    case 1: return try await beginAndAbandon(mark, basket, holding: [shop.giftCardTender(random: &random)])
    default:
      let giftCard = Bool.random(using: &random) ? [shop.giftCardTender(random: &random)] : []
      let outcome = try await checkout(mark, basket, payingPoints: Bool.random(using: &random) ? 5 : 0, payingBesides: giftCard)
      if case .sold(let orderID) = outcome { try await bringBack(mark, orderID, whole: sale % 4 == 2) }
      return outcome
    }
  }

  func checkout(
    _ mark: String, _ basket: GatewayV1.Basket, payingPoints points: Int64, payingBesides: [TypeV1.Tender] = []
  ) async throws -> Outcome {
    let quote = try await quote(basket)
    var tenders = payingBesides
    let paidBesides = payingBesides.reduce(Int64(0)) { $0 + ($1.amount?.minorUnits ?? 0) }
    if points > 0 {
      tenders.append(TypeV1.Tender(kind: .points, amount: TypeV1.Money(currencyCode: "USD", minorUnits: points), points: points))
    }
    tenders.append(
      TypeV1.Tender(
        kind: .cash, amount: TypeV1.Money(currencyCode: "USD", minorUnits: quote.totals!.amountDue!.minorUnits - points - paidBesides)))
    let request = GatewayV1.CheckoutRequest(requestID: "\(mark)-checkout", basket: basket, quoteToken: quote.quoteToken, tenders: tenders)
    return try await refusable {
      let reply = try await untilAnswered { try await pointOfSale.checkout(request, options: options) }
      return .sold(orderID: reply.receipt!.order!.orderID)
    }
  }

  private func beginAndComplete(
    _ mark: String, _ basket: GatewayV1.Basket, holding tenders: [TypeV1.Tender]
  ) async throws -> Outcome {
    let begin = GatewayV1.BeginCheckoutRequest(
      requestID: "\(mark)-begin", basket: basket, quoteToken: try await quote(basket).quoteToken, heldTenders: tenders)
    return try await refusable {
      let begun = try await untilAnswered { try await pointOfSale.beginCheckout(begin, options: options) }
      let extend = GatewayV1.ExtendCheckoutRequest(requestID: "\(mark)-extend", orderID: begun.order!.orderID)
      _ = try await untilAnswered { try await pointOfSale.extendCheckout(extend, options: options) }
      let complete = GatewayV1.CompleteCheckoutRequest(
        requestID: "\(mark)-complete", orderID: begun.order!.orderID,
        tenders: [TypeV1.Tender(kind: .card, amount: begun.remainingAmount, externalReference: mark)])
      let reply = try await untilAnswered { try await pointOfSale.completeCheckout(complete, options: options) }
      return .sold(orderID: reply.receipt!.order!.orderID)
    }
  }

  private func beginAndAbandon(
    _ mark: String, _ basket: GatewayV1.Basket, holding tenders: [TypeV1.Tender]
  ) async throws -> Outcome {
    let begin = GatewayV1.BeginCheckoutRequest(
      requestID: "\(mark)-begin", basket: basket, quoteToken: try await quote(basket).quoteToken, heldTenders: tenders)
    return try await refusable {
      let begun = try await untilAnswered { try await pointOfSale.beginCheckout(begin, options: options) }
      let abandon = GatewayV1.AbandonCheckoutRequest(requestID: "\(mark)-abandon", orderID: begun.order!.orderID)
      _ = try await untilAnswered { try await pointOfSale.abandonCheckout(abandon, options: options) }
      return .abandoned(orderID: begun.order!.orderID)
    }
  }

  private func quote(_ basket: GatewayV1.Basket) async throws -> GatewayV1.Quote {
    try await untilAnswered { try await pointOfSale.quote(GatewayV1.QuoteRequest(basket: basket), options: options) }.quote!
  }

  /// Where the order of an outcome stands by now.
  func state(of orderID: String) async throws -> InventoryV1.OrderState {
    try await untilAnswered {
      try await pointOfSale.getOrder(GatewayV1.GetOrderRequest(orderID: orderID), options: options)
    }.order!.state
  }

  func bringBack(_ mark: String, _ orderID: String, whole: Bool) async throws {
    let lines = whole ? [] : [GatewayV1.ReturnLine(lineNumber: 1, quantity: 1)]
    let request = GatewayV1.ReturnRequest(requestID: "\(mark)-return", orderID: orderID, lines: lines, reason: "brought back")
    _ = try await untilAnswered { try await pointOfSale.return(request, options: options) }
  }

  private func refusable(_ sale: () async throws -> Outcome) async throws -> Outcome {
    do { return try await sale() } catch let error as RPCError where error.code == .failedPrecondition || error.code == .resourceExhausted {
      return .refused(reason: error.reason ?? "")
    }
  }

  private func untilAnswered<Reply>(_ call: () async throws -> Reply) async throws -> Reply {
    for _ in 1..<Self.tries {
      do { return try await call() } catch let error as RPCError where Self.isTransient(error) {
        try await Task.sleep(for: Self.pause)
      }
    }
    return try await call()
  }

  /// What says nothing about the sale: a process was not there, or did not answer in time.
  private static func isTransient(_ error: RPCError) -> Bool {
    [.unavailable, .deadlineExceeded, .aborted, .cancelled].contains(error.code)
      || (error.code == .resourceExhausted && error.reason == "OVERLOADED")
  }
}
