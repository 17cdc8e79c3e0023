import Foundation
import GoogleProto
import PatronAPI
import RPC
import ServiceKit

/// The first half of Checkout and Begin: recognises a retry, prices what is new, and writes the order.
struct CheckoutOpening: Sendable {
  let pricer: BasketPricer
  let quotes: QuoteTokens
  let orders: Orders
  let saga: CheckoutSaga
  let storedValue: StoredValueAccess
  let tasks: SagaTasks
  let clock: any WallClock
  let ids: any IDGenerator
  let faults: FaultPoints
  let holdLifetime: Duration

  /// The parts of a Checkout's or a Begin's request.
  struct Request: Sendable {
    var basket: GatewayV1.Basket
    var quoteToken: String
    var tenders: [TypeV1.Tender]
    /// How the contract spells the tenders' field.
    var tendersField: String
  }

  /// The order's first reply: of this attempt, or of an earlier one with the same key.
  func answer(_ request: Request, _ call: CheckoutSaga.Call) async throws -> [UInt8] {
    // A retry is looked for while the basket is already being looked up: most calls are no retry, and those that are need
    // nothing of it. What is wrong with the basket is told only to a call that is none.
    async let existing = orders.find(call.key, call.chain)
    let opened = await Self.result { try await price(request, call) }
    if let record = try await existing { return try await saga.advance(record, call) }
    let (priced, basket, tenders) = try opened.get()
    let record = try await create(priced, basket, tenders, call)
    return try await saga.advance(record, call)
  }

  private static func result<Value>(_ body: () async throws -> Value) async -> Result<Value, any Error> {
    do { return .success(try await body()) } catch { return .failure(error) }
  }

  // MARK: Pricing

  private typealias Opened = (priced: PricedBasket, basket: Basket, tenders: [AcceptedTender])

  private func price(_ request: Request, _ call: CheckoutSaga.Call) async throws -> Opened {
    let basket = Basket(request.basket)
    if request.basket.occurredTime?.isValid == false {
      try [FieldViolation(field: "basket.occurred_time", description: "must be within the years 1 to 9999")].throwIfAny()
    }
    let tenders = request.tenders.map(Tender.init)
    let payment = BasketPricer.Payment(
      paidBesides: tenders.filter(\.kind.isHeld).reduce(Int64(0)) { $0.addingWithoutOverflow($1.amount?.minorUnits ?? 0) },
      tenderKinds: Dictionary(tenders.map { ($0.kind.wire.rawValue, $0.kind.wire) }) { first, _ in first }
        .sorted { $0.key < $1.key }.map(\.value))
    let priced =
      request.quoteToken.isEmpty
      ? try await priceNow(basket, payment, call)
      : try await priceByQuote(request, basket, payment, call)
    let accepted = try accept(tenders, of: request, for: priced, call)
    return (priced, basket, try await storedValue.authorize(accepted, as: tenders, at: request.tendersField, call.chain))
  }

  private func priceNow(_ basket: Basket, _ payment: BasketPricer.Payment, _ call: CheckoutSaga.Call) async throws -> PricedBasket {
    let resolved = try await pricer.resolve(basket, call.chain)
    let priced = try await pricer.price(resolved, payment, at: clock.now(), call.chain)
    // A quote lists what does not apply; a checkout would take the customer's coupon for nothing.
    if let rejected = priced.rejectedCoupons.first {
      throw Reasons.couponRejected(code: rejected.code, reason: rejected.reason, message: rejected.message)
    }
    return priced
  }

  private func priceByQuote(
    _ request: Request, _ basket: Basket, _ payment: BasketPricer.Payment, _ call: CheckoutSaga.Call
  ) async throws -> PricedBasket {
    try BasketRules.violations(of: basket).throwIfAny()
    var priced: PricedBasket
    do throws(QuoteRefusal) {
      let claims = try quotes.claims(of: request.quoteToken)
      try QuoteRules.check(claims.terms, clientID: call.key.clientID, basketHash: request.basket.hash, now: clock.now())
      priced = claims.priced
    } catch {
      throw error.refusal
    }
    try await pricer.decideAgain(&priced, payment, call.chain)
    return priced
  }

  private func accept(
    _ tenders: [Tender], of request: Request, for priced: PricedBasket, _ call: CheckoutSaga.Call
  ) throws -> [AcceptedTender] {
    try call.chain.caller.require(storeID: priced.storeID)
    let terms = TenderRules.Terms(
      currencyCode: priced.currencyCode, minorUnitsPerPoint: priced.minorUnitsPerPoint, hasMember: priced.hasMember,
      amountDue: priced.amountDue)
    do throws(TenderRefusal) {
      let accepted = try TenderRules.accept(tenders, at: request.tendersField, terms: terms)
      if call.kind == .checkout {
        try TenderRules.requireSum(of: accepted, toBe: priced.amountDue)
      } else {
        try TenderRules.requireHeld(accepted, at: request.tendersField, within: priced.amountDue)
      }
      return accepted
    } catch {
      throw error.refusal(currencyCode: priced.currencyCode)
    }
  }

  // MARK: Writing

  private func create(
    _ priced: PricedBasket, _ basket: Basket, _ tenders: [AcceptedTender], _ call: CheckoutSaga.Call
  ) async throws -> InventoryV1.OrderRecord {
    let planning = CheckoutPlanning(
      sale: CheckoutPlanning.Sale(
        orderID: ids.next("ord"), clientID: call.key.clientID, priced: priced, basket: basket,
        heldTenders: tenders.filter(\.kind.isHeld), receiveTime: clock.now()))
    let request = InventoryV1.CreateOrderRequest(
      key: call.key, order: planning.order, plan: planning.plan(isOneCall: call.kind == .checkout).encoded(),
      participants: planning.participants, quoteID: priced.quoteID, holdLifetime: GoogleProtobuf.Duration(holdLifetime))
    do {
      // The gateway's own, in a task and a deadline of its own: cut off half-way, nobody could tell whether there is an order to cancel.
      return try await tasks.run { try await write(request, call.chain.outlivingItsCaller()) }
    } catch let error as UpstreamError {
      throw error.asAnswer(usesQuote: call.usesQuote)
    }
  }

  private func write(_ request: InventoryV1.CreateOrderRequest, _ own: CallChain) async throws -> InventoryV1.OrderRecord {
    do {
      let created = try await orders.create(request, own)
      faults.reach(.orderCreated)
      guard let record = created.record else { throw Reasons.unavailable("inventory") }
      return record
    } catch let silence as UpstreamError where silence.kind == .silent {
      try await saga.withdrawUnanswered(orderID: request.order?.orderID ?? "", because: silence, own)
      throw silence
    }
  }
}

extension Int64 {
  /// The sum, or the largest value: for amounts that are refused later for being too large.
  fileprivate func addingWithoutOverflow(_ other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
