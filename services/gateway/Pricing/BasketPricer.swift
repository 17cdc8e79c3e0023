import Foundation
import PatronAPI
import RPC
import ServiceKit

/// Finds out what a basket names and what it costs. It asks; it changes nothing.
///
/// Two rounds of calls, each in parallel: store, products and member; then promotions and coupons, and, since it needs their
/// result, what the member earns.
struct BasketPricer: Sendable {
  private let upstreams: Upstreams
  private let identity: IdentityV1.IdentityServiceClient
  private let catalogue: InventoryV1.InventoryServiceClient
  private let campaign: CampaignV1.CampaignServiceClient
  private let loyalty: LoyaltyV1.LoyaltyServiceClient

  init(upstreams: Upstreams) {
    self.upstreams = upstreams
    self.identity = IdentityV1.IdentityServiceClient(channel: upstreams.identity.channel)
    self.catalogue = InventoryV1.InventoryServiceClient(channel: upstreams.inventory.channel)
    self.campaign = CampaignV1.CampaignServiceClient(channel: upstreams.campaign.channel)
    self.loyalty = LoyaltyV1.LoyaltyServiceClient(channel: upstreams.loyalty.channel)
  }

  /// A sound basket with everything that it names.
  struct Resolved: Sendable {
    var basket: Basket
    var store: InventoryV1.Store
    /// One a line.
    var products: [ProductFacts]
    /// Nil for a customer who is no member.
    var member: IdentityV1.Member?

    var memberID: String { member?.memberID ?? "" }
  }

  /// How what is priced is paid, as far as anybody knows.
  struct Payment: Sendable {
    /// By points and stored value: no part of what the member earns for.
    var paidBesides: Int64 = 0
    var tenderKinds: [TypeV1.TenderKind] = []
  }

  // MARK: What it names

  /// Checks `basket` by itself, then looks up its store, products and member.
  func resolve(_ basket: Basket, _ chain: CallChain) async throws -> Resolved {
    try BasketRules.violations(of: basket).throwIfAny()
    async let store = store(of: basket, chain)
    async let products = products(of: basket, chain)
    async let member = member(of: basket, chain)
    // Awaited in this order, so that of several faults the same one is always told.
    let resolved = try await Resolved(basket: basket, store: store, products: products, member: member)
    let currencyCode = resolved.store.currencyCode
    if let (field, found) = BasketRules.foreignAmount(in: basket, otherThan: currencyCode) {
      throw Reasons.currencyMismatch(field: field, expected: currencyCode, found: found)
    }
    return resolved
  }

  private func store(of basket: Basket, _ chain: CallChain) async throws -> InventoryV1.Store {
    guard let key = basket.store else { preconditionFailure("a basket without a store breaks BasketRules") }
    do {
      let reply = try await upstreams.inventory.call(chain) { try await catalogue.getStore(key.request, options: $0) }
      guard let store = reply.store else { throw Reasons.storeUnknown(key.text) }
      try chain.caller.require(storeID: store.storeID)
      return store
    } catch let error as UpstreamError where error.kind == .refused && error.cause.code == .notFound {
      throw Reasons.storeUnknown(key.text)
    }
  }

  private func products(of basket: Basket, _ chain: CallChain) async throws -> [ProductFacts] {
    let keys = basket.lines.compactMap { $0.product?.lookUpKey }
    let reply = try await upstreams.inventory.call(chain) {
      try await catalogue.lookUpProducts(InventoryV1.LookUpProductsRequest(keys: keys), options: $0)
    }
    let found = reply.products.map(\.product)
    guard found.count == keys.count else {
      throw PricingRefusal.effectsInconsistent("inventory answered \(found.count) of \(keys.count) keys")
    }
    let unknown = found.indices.filter { found[$0] == nil }.map { $0 + 1 }
    guard unknown.isEmpty else { throw Reasons.productUnknown(lines: unknown) }
    return found.compactMap { $0.map(ProductFacts.init) }
  }

  private func member(of basket: Basket, _ chain: CallChain) async throws -> IdentityV1.Member? {
    guard case .some(let key?) = basket.member else { return nil }
    return try await member(key, chain)
  }

  /// The member that `key` names. Suspended members keep what they have and neither earn nor spend.
  func member(_ key: Basket.MemberKey, _ chain: CallChain) async throws -> IdentityV1.Member {
    do {
      let reply = try await upstreams.identity.call(chain) { try await identity.findMember(key.request, options: $0) }
      guard let member = reply.member else { throw Reasons.memberUnknown }
      guard member.state != .suspended else { throw Reasons.memberSuspended }
      return member
    } catch let error as UpstreamError where error.kind == .refused && error.cause.code == .notFound {
      throw Reasons.memberUnknown
    }
  }

  // MARK: What it costs

  /// Prices `resolved` by the rules of this instant.
  func price(_ resolved: Resolved, _ payment: Payment, at instant: Date, _ chain: CallChain) async throws -> PricedBasket {
    let currencyCode = resolved.store.currencyCode
    let plain = Pricing.lines(of: resolved.basket, products: resolved.products)
    // Refused before anybody is asked: sums out of range are no basket for another service to add up.
    do { try Pricing.checkRange(of: plain) } catch { throw error.refusal }
    let effects = try await upstreams.campaign.call(chain) {
      try await campaign.evaluate(
        CampaignV1.EvaluateRequest(
          storeID: resolved.store.storeID, memberID: resolved.memberID, currencyCode: currencyCode,
          lines: plain.map(\.evaluationLine), couponCodes: resolved.basket.couponCodes), options: $0)
    }
    var priced = try Self.apply(effects, to: plain, of: resolved)
    if priced.hasMember {
      let question = LoyaltyV1.EvaluateEarnRequest(
        currencyCode: currencyCode, lines: Self.earnLines(of: priced, resolved.products), memberID: priced.memberID,
        facts: Self.facts(of: resolved, effects, at: instant))
      try await evaluateEarn(&priced, question, payment, chain)
    }
    return priced
  }

  /// Decides once more what a quoted basket earns, now that it is known how it is paid: by the version and the facts of the quote, so a rule
  /// that was published since changes nothing. A basket that earns nothing, or the same however it is paid, is left as it is.
  func decideAgain(_ priced: inout PricedBasket, _ payment: Payment, _ chain: CallChain) async throws {
    guard let earn = priced.earn, payment.paidBesides > 0 || (earn.dependsOnTenders && !payment.tenderKinds.isEmpty) else { return }
    let question = LoyaltyV1.EvaluateEarnRequest(
      currencyCode: priced.currencyCode, lines: earn.lines, memberID: priced.memberID, facts: earn.facts ?? LoyaltyV1.EarnFacts(),
      ruleVersion: earn.ruleVersion)
    try await evaluateEarn(&priced, question, payment, chain)
  }

  private static func apply(
    _ effects: CampaignV1.EvaluateResponse, to plain: [PricedLine], of resolved: Resolved
  ) throws -> PricedBasket {
    let applied = effects.discounts.compactMap(AppliedEffect.init)
    do {
      guard applied.count == effects.discounts.count else { throw PricingRefusal.effectsInconsistent("an effect has no source") }
      let lines = try Pricing.applying(applied, to: plain)
      let totals = try Pricing.totals(of: lines)
      let currencyCode = resolved.store.currencyCode
      return PricedBasket(
        storeID: resolved.store.storeID, currencyCode: currencyCode, memberID: resolved.memberID,
        lines: lines.map { $0.wire(currencyCode: currencyCode) }, totals: totals.wire(currencyCode: currencyCode),
        discounts: effects.discounts, rejectedCoupons: effects.rejectedCoupons)
    } catch let refusal as PricingRefusal {
      throw refusal.refusal
    }
  }

  private func evaluateEarn(
    _ priced: inout PricedBasket, _ question: LoyaltyV1.EvaluateEarnRequest, _ payment: Payment, _ chain: CallChain
  ) async throws {
    var question = question
    question.paidByPointsMinorUnits = min(max(0, payment.paidBesides), priced.amountDue)
    question.facts?.tenderKinds = payment.tenderKinds
    do {
      let reply = try await upstreams.loyalty.call(chain) { [question] in try await loyalty.evaluateEarn(question, options: $0) }
      priced.setEarn(reply.decision ?? LoyaltyV1.EarnDecision())
      priced.minorUnitsPerPoint = reply.minorUnitsPerPoint
      priced.balance = reply.balance
    } catch let error as UpstreamError where error.isRefusal("CURRENCY_MISMATCH") {
      // The programme counts in another currency than this store sells in: the member buys, and neither earns nor spends.
    }
  }

  /// Each line after all discounts, before tax, with what it is of. What a manufacturer's coupon pays is among the discounts, so none of it
  /// is left.
  private static func earnLines(of priced: PricedBasket, _ products: [ProductFacts]) -> [LoyaltyV1.EarnLine] {
    zip(priced.lines, products).map { line, product in
      LoyaltyV1.EarnLine(
        lineNumber: line.lineNumber, netSpendMinorUnits: line.customerAmount?.minorUnits ?? 0, productID: product.productID,
        category: product.category, brand: product.brand, department: product.department)
    }
  }

  private static func facts(
    of resolved: Resolved, _ effects: CampaignV1.EvaluateResponse, at instant: Date
  ) -> LoyaltyV1.EarnFacts {
    let offers = effects.discounts.map { discount in
      if case .promotionID(let id) = discount.source { id } else { discount.templateID }
    }
    let isBirthdayWeek = resolved.member?.birthday.map { birthday in
      BirthdayWeek.contains(
        instant, birthdayMonth: Int(birthday.month), day: Int(birthday.day), timeZone: resolved.store.timeZone)
    }
    return LoyaltyV1.EarnFacts(
      storeID: resolved.store.storeID, promotionIDs: Set(offers).sorted(), birthdayWeek: isBirthdayWeek ?? false)
  }
}

extension ProductFacts {
  init(_ product: InventoryV1.Product) {
    self.init(
      productID: product.productID, sku: product.sku, name: product.name, department: product.department,
      category: product.category, brand: product.brand)
  }
}
