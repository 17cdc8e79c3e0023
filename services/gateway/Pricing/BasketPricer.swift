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
    var memberID: String
  }

  // MARK: What it names

  /// Checks `basket` by itself, then looks up its store, products and member.
  func resolve(_ basket: Basket, _ chain: CallChain) async throws -> Resolved {
    try BasketRules.violations(of: basket).throwIfAny()
    async let store = store(of: basket, chain)
    async let products = products(of: basket, chain)
    async let memberID = memberID(of: basket, chain)
    // Awaited in this order, so that of several faults the same one is always told.
    let resolved = try await Resolved(basket: basket, store: store, products: products, memberID: memberID)
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

  private func memberID(of basket: Basket, _ chain: CallChain) async throws -> String {
    guard case .some(let key?) = basket.member else { return "" }
    return try await member(key, chain).memberID
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

  /// Prices `resolved` by the rules of this instant. `paidBesides`, by points and stored value, is no part of what the member earns for.
  func price(_ resolved: Resolved, paidBesides: Int64, _ chain: CallChain) async throws -> PricedBasket {
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
    if priced.hasMember { try await evaluateEarn(&priced, paidBesides: paidBesides, chain) }
    return priced
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

  private func evaluateEarn(_ priced: inout PricedBasket, paidBesides: Int64, _ chain: CallChain) async throws {
    let request = LoyaltyV1.EvaluateEarnRequest(
      currencyCode: priced.currencyCode,
      lines: priced.netSpendByLine.map { LoyaltyV1.EarnLine(lineNumber: Int32($0.lineNumber), netSpendMinorUnits: $0.amount) },
      paidByPointsMinorUnits: min(max(0, paidBesides), priced.amountDue), memberID: priced.memberID)
    do {
      let reply = try await upstreams.loyalty.call(chain) { try await loyalty.evaluateEarn(request, options: $0) }
      priced.setEarn(reply.decision ?? LoyaltyV1.EarnDecision())
      priced.minorUnitsPerPoint = reply.minorUnitsPerPoint
      priced.balance = reply.balance
    } catch let error as UpstreamError where error.isRefusal("CURRENCY_MISMATCH") {
      // The programme counts in another currency than this store sells in: the member buys, and neither earns nor spends.
    }
  }

  /// The rate that `priced` earns at, for a quote to carry.
  ///
  /// The rule is read after the decision was made by it; when a new one was published in between, the basket is decided again.
  func earnRate(of priced: inout PricedBasket, _ chain: CallChain) async throws -> EarnRate? {
    guard priced.earn != nil else { return nil }
    for _ in 0..<Self.rateAttempts {
      let program = try await upstreams.loyalty.call(chain) {
        try await loyalty.getProgram(LoyaltyV1.GetProgramRequest(), options: $0)
      }
      if let rule = program.earnRule, rule.version == priced.earn?.ruleVersion {
        return EarnRate(
          ruleVersion: rule.version, numerator: rule.pointsNumerator, denominator: rule.pointsDenominator,
          minorUnitsPerUnit: CurrencyUnit.minorUnits(of: rule.currencyCode))
      }
      try await evaluateEarn(&priced, paidBesides: 0, chain)
    }
    throw Reasons.unavailable(upstreams.loyalty.name)
  }

  /// Rules are published by people: twice between two calls of one quote is already hard to believe.
  private static let rateAttempts = 3
}

extension ProductFacts {
  init(_ product: InventoryV1.Product) {
    self.init(
      productID: product.productID, sku: product.sku, name: product.name, department: product.department,
      category: product.category, brand: product.brand)
  }
}
