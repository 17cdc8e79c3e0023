import Foundation
import PatronAPI
import RPC

/// What the day needs before the doors open: tiers, what purchases earn, stores, products, stock, members, points and stored value brought along, offers. Every
/// request has an id made from the data, so that a second run replays it.
struct DemoSetup {
  let day: GroceryDay
  let anchor: DemoAnchor
  let api: DemoClients

  /// What the tills need to know, by the retailer's own numbers.
  struct Result: Sendable {
    var storeIDs: [String: String] = [:]
    var productIDs: [String: String] = [:]
    var memberIDs: [String: String] = [:]
    var cardCodes: [String: String] = [:]
    /// Coupon codes by household number.
    var couponCodes: [String: String] = [:]
    var receivedStock: [StockKey: Int64] = [:]
    var couponTemplateID = ""
    var storedValue = DemoStoredValue.Plan()
    /// Who was given a tier by hand; empty for nobody.
    var grantedMemberID = ""
    /// Wallets by household number.
    var walletIDs: [String: String] = [:]
    /// Gift cards by the number of the basket that they pay.
    var giftCards: [String: DemoStoredValue.GiftCard] = [:]
  }

  struct StockKey: Hashable, Sendable {
    let storeNumber: String
    let productNumber: String
  }

  private static let importBatch = 500
  static let concurrentCalls = 8

  func run() async throws -> Result {
    var result = Result()
    try await publishTiers()
    try await publishEarnRule()
    try await importStores(&result)
    try await importProducts(&result)
    try await receiveStock(&result)
    try await enrolMembers(&result)
    try await bringPoints(result)
    try await grantTier(&result)
    try await bringStoredValue(&result)
    try await publishOffers(&result)
    return result
  }

  /// 50 / 150 / 300 dollars in twelve months, so that one day reaches every tier.
  static let tiers: [(code: String, name: String, threshold: Int64)] = [
    ("BASE", "Member", 0), ("SILVER", "Silver", 5_000), ("GOLD", "Gold", 15_000), ("DIAMOND", "Diamond", 30_000),
  ]

  private func publishTiers() async throws {
    _ = try await api.loyalty.publishTierScheme(
      LoyaltyV1.PublishTierSchemeRequest(
        requestID: "demo-tiers",
        scheme: LoyaltyV1.TierScheme(
          tiers: Self.tiers.map { LoyaltyV1.Tier(code: $0.code, name: $0.name, thresholdGrowthValue: $0.threshold) }, windowMonths: 12)),
      options: api.options)
  }

  private func publishEarnRule() async throws {
    _ = try await api.loyalty.publishEarnRule(
      LoyaltyV1.PublishEarnRuleRequest(requestID: "demo-earn-rule", rule: DemoEarnRule.rule), options: api.options)
  }

  private func importStores(_ result: inout Result) async throws {
    let stores = day.storeNumbers.map { number in
      InventoryV1.Store(
        code: number, name: "Store \(number)", timeZone: DemoStores.timeZone, currencyCode: DemoStores.currencyCode,
        stockPolicy: .allowNegative)
    }
    for (index, batch) in stores.batches(of: Self.importBatch).enumerated() {
      let reply = try await api.inventory.importStores(
        InventoryV1.ImportStoresRequest(requestID: "demo-stores-\(index)", stores: batch), options: api.options)
      for (store, id) in zip(batch, reply.storeIDs) { result.storeIDs[store.code] = id }
    }
  }

  private func importProducts(_ result: inout Result) async throws {
    let prices = unitPrices()
    let products = day.products.map { product in
      InventoryV1.Product(
        sku: product.number, name: name(of: product), department: product.department,
        brand: product.brand, category: product.category, productType: product.type, packageSize: product.packageSize,
        manufacturer: product.manufacturer,
        price: prices[product.number].map { TypeV1.Money(currencyCode: DemoStores.currencyCode, minorUnits: $0) })
    }
    let progress = Progress("products", total: products.count)
    for (index, batch) in products.batches(of: Self.importBatch).enumerated() {
      let reply = try await api.inventory.importProducts(
        InventoryV1.ImportProductsRequest(requestID: "demo-products-\(index)", products: batch), options: api.options)
      for (product, id) in zip(batch, reply.productIDs) { result.productIDs[product.sku] = id }
      progress.advance(by: batch.count)
    }
    progress.finish()
  }

  private func name(of product: GroceryDay.Product) -> String {
    [product.type, product.category, "product \(product.number)"].first { !$0.isEmpty }!
  }

  /// The unit list price seen most often, the lower of two as frequent. A product sold in bulk has none in whole cents, and gets none.
  private func unitPrices() -> [String: Int64] {
    var seen: [String: [Int64: Int]] = [:]
    for line in day.baskets.flatMap(\.lines) where line.quantity > 0 && line.list % line.quantity == 0 {
      seen[line.productNumber, default: [:]][line.list / line.quantity, default: 0] += 1
    }
    return seen.compactMapValues { counts in counts.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key }.filter { $0.value > 0 }
  }

  /// Each store holds, of each product that it sells that day, what it sells rounded up to the next dozen.
  private func receiveStock(_ result: inout Result) async throws {
    var sold: [String: [String: Int64]] = [:]
    for basket in day.baskets {
      for line in basket.lines where line.quantity > 0 {
        sold[basket.storeNumber, default: [:]][line.productNumber, default: 0] += line.quantity
      }
    }
    var requests: [InventoryV1.ReceiveStockRequest] = []
    for storeNumber in day.storeNumbers {
      let lines = (sold[storeNumber] ?? [:]).sorted { $0.key < $1.key }.map { productNumber, quantity in
        let dozens = (quantity + 11) / 12 * 12
        result.receivedStock[StockKey(storeNumber: storeNumber, productNumber: productNumber)] = dozens
        return InventoryV1.StockLine(productID: result.productIDs[productNumber]!, quantity: dozens)
      }
      for (index, batch) in lines.batches(of: Self.importBatch).enumerated() {
        requests.append(
          InventoryV1.ReceiveStockRequest(
            requestID: "demo-stock-\(storeNumber)-\(index)", storeID: result.storeIDs[storeNumber]!, lines: batch, reason: "opening stock"))
      }
    }
    let api = api
    let progress = Progress("deliveries of opening stock", total: requests.count)
    try await requests.concurrently(Self.concurrentCalls) { request in
      _ = try await api.inventory.receiveStock(request, options: api.options)
      progress.advance()
    }
    progress.finish()
  }

  private func enrolMembers(_ result: inout Result) async throws {
    let homeStores = Dictionary(day.baskets.map { ($0.householdNumber, $0.storeNumber) }, uniquingKeysWith: { first, _ in first })
    let requests = day.households.enumerated().map { index, household in
      IdentityV1.EnrolMemberRequest(
        requestID: "demo-member-\(household.number)", name: "Household \(household.number)", phone: "+1415555\(padded(index, to: 4))",
        email: "household\(household.number)@example.com",
        demographics: IdentityV1.Demographics(
          ageBand: household.age, incomeBand: household.income, homeOwnership: household.homeOwnership,
          maritalStatus: household.maritalStatus, householdSize: household.householdSize,
          householdComposition: household.householdComposition, kidsCount: household.kidsCount),
        homeStoreID: homeStores[household.number].flatMap { result.storeIDs[$0] } ?? "",
        consents: [IdentityV1.Consent(purpose: .terms, granted: true, textVersion: "demo-1")], externalID: household.number)
    }
    let api = api
    let progress = Progress("members", total: requests.count)
    let replies = try await requests.concurrently(Self.concurrentCalls) { request in
      let reply = try await api.identity.enrolMember(request, options: api.options)
      progress.advance()
      return (request.externalID, reply.memberID, reply.cardCode)
    }
    for (number, memberID, cardCode) in replies {
      result.memberIDs[number] = memberID
      result.cardCodes[number] = cardCode
    }
    progress.finish()
  }

  private func bringPoints(_ result: Result) async throws {
    let requests = day.households.enumerated().filter { DemoOffers.bringsPoints($1, at: $0) }.map { _, household in
      LoyaltyV1.AdjustPointsRequest(
        requestID: "demo-opening-points-\(household.number)", memberID: result.memberIDs[household.number]!,
        points: DemoOffers.openingPoints, reason: "brought along from the system before")
    }
    let api = api
    try await requests.concurrently(Self.concurrentCalls) { _ = try await api.loyalty.adjustPoints($0, options: api.options) }
  }

  private func grantTier(_ result: inout Result) async throws {
    guard let memberID = result.memberIDs[DemoTierGrant.householdNumber(of: day)] else { return }
    _ = try await api.tiers.grantTier(DemoTierGrant.request(to: memberID, anchor: anchor), options: api.options)
    result.grantedMemberID = memberID
  }

  private func publishOffers(_ result: inout Result) async throws {
    let storeIDs = DemoOffers.storeNumbers.sorted().compactMap { result.storeIDs[$0] }
    for (index, promotion) in DemoOffers.promotions(storeIDs: storeIDs, anchor: anchor).enumerated() {
      _ = try await api.campaign.publishPromotion(
        CampaignV1.PublishPromotionRequest(requestID: "demo-promotion-\(index)", promotion: promotion), options: api.options)
    }
    let template = try await api.campaign.publishCouponTemplate(
      CampaignV1.PublishCouponTemplateRequest(
        requestID: "demo-coupon-template", template: DemoOffers.couponTemplate(storeIDs: storeIDs, anchor: anchor)), options: api.options
    ).template
    result.couponTemplateID = template?.templateID ?? ""

    let visitors = Set(day.baskets.filter { DemoOffers.storeNumbers.contains($0.storeNumber) }.map(\.householdNumber)).sorted()
    let holders = visitors.enumerated().filter { DemoOffers.holdsCoupon(at: $0.offset) }.map(\.element)
    let issued = try await api.campaign.issueCoupons(
      CampaignV1.IssueCouponsRequest(
        requestID: "demo-coupons", templateID: result.couponTemplateID, memberIDs: holders.map { result.memberIDs[$0]! }),
      options: api.options)
    let householdOfMember = Dictionary(uniqueKeysWithValues: result.memberIDs.map { ($1, $0) })
    for coupon in issued.coupons { result.couponCodes[householdOfMember[coupon.memberID]!] = coupon.code }
  }
}

private func padded(_ number: Int, to width: Int) -> String {
  let digits = String(number)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
