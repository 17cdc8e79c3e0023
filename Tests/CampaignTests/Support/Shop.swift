import Foundation
import PatronAPI
import RPC
import ServiceKit
import ServiceTesting
import Testing

@testable import Campaign

/// A campaign service on a real database behind the in-process transport, with short forms for what a shop and the gateway ask of it.
struct Shop: Sendable {
  let service: TestService<CampaignApp>
  let campaign: CampaignV1.CampaignServiceClient
  let saga: CampaignV1.CampaignHoldServiceClient

  /// Starts a shop for `body`, and afterwards finds every counter to be what the ledger says, unless `body` damages them.
  static func open(
    _ values: [String: String] = [:], keyRing: KeyRing? = nil, isDamaged: Bool = false, maximumPageCount: Int? = nil,
    sourceLocation: SourceLocation = #_sourceLocation, _ body: (Shop) async throws -> Void
  ) async throws {
    let service = try await TestService<CampaignApp>.start(
      values, keyRing: keyRing, adjustDatabase: { $0.maximumPageCount = maximumPageCount })
    let shop = Shop(service: service)
    do {
      try await body(shop)
      if !isDamaged { try await shop.expectTrueCounters(sourceLocation: sourceLocation) }
    } catch {
      await service.stop()
      throw error
    }
    await service.stop()
  }

  /// Starts several shops on one database for `body`, with one clock and one sequence of ids; every counter is true afterwards.
  static func openReplicas(_ count: Int, _ body: ([Shop]) async throws -> Void) async throws {
    let first = try await TestService<CampaignApp>.start(adjustDatabase: TestService<CampaignApp>.underLoad)
    try await first.withReplicas(count) { services in
      let shops = services.map { Shop(service: $0) }
      try await body(shops)
      for shop in shops { try await shop.expectTrueCounters(sourceLocation: #_sourceLocation) }
    }
  }

  private init(service: TestService<CampaignApp>) {
    self.service = service
    campaign = CampaignV1.CampaignServiceClient(channel: service.channel)
    saga = CampaignV1.CampaignHoldServiceClient(channel: service.channel)
  }

  private func expectTrueCounters(sourceLocation: SourceLocation) async throws {
    let differences = try await service.app.verify()
    #expect(differences.isEmpty, sourceLocation: sourceLocation)
  }
}

// MARK: Publishing and issuing

extension Shop {
  static func promotion(
    _ name: String = "Ten percent", benefit: CampaignV1.Benefit.Kind = .percentBasisPoints(1_000),
    products: CampaignV1.ProductSet? = nil, conditions: CampaignV1.Conditions? = nil, priority: Int32 = 0
  ) -> CampaignV1.Promotion {
    CampaignV1.Promotion(
      name: name, products: products, benefit: CampaignV1.Benefit(kind: benefit), conditions: conditions, priority: priority)
  }

  static func template(
    _ name: String = "Five percent", benefit: CampaignV1.Benefit.Kind = .percentBasisPoints(500),
    conditions: CampaignV1.Conditions? = nil, usesPerCode: Int64 = 0
  ) -> CampaignV1.CouponTemplate {
    CampaignV1.CouponTemplate(
      name: name, benefit: CampaignV1.Benefit(kind: benefit), conditions: conditions, usesPerCode: usesPerCode)
  }

  @discardableResult
  func publish(_ promotion: CampaignV1.Promotion, requestID: String = UUID().uuidString) async throws -> CampaignV1.Promotion {
    let request = CampaignV1.PublishPromotionRequest(requestID: requestID, promotion: promotion)
    return try #require(try await campaign.publishPromotion(request).promotion)
  }

  func publish(
    _ template: CampaignV1.CouponTemplate, requestID: String = UUID().uuidString
  ) async throws -> CampaignV1.CouponTemplate {
    let request = CampaignV1.PublishCouponTemplateRequest(requestID: requestID, template: template)
    return try #require(try await campaign.publishCouponTemplate(request).template)
  }

  func promotion(_ id: String) async throws -> CampaignV1.Promotion {
    try #require(try await campaign.getPromotion(CampaignV1.GetPromotionRequest(promotionID: id)).promotion)
  }

  @discardableResult
  func stop(_ promotionID: String) async throws -> CampaignV1.Promotion {
    let request = CampaignV1.StopPromotionRequest(requestID: UUID().uuidString, promotionID: promotionID)
    return try #require(try await campaign.stopPromotion(request).promotion)
  }

  func issue(_ templateID: String, count: Int32) async throws -> [CampaignV1.Coupon] {
    let request = CampaignV1.IssueCouponsRequest(requestID: UUID().uuidString, templateID: templateID, count: count)
    return try await campaign.issueCoupons(request).coupons
  }

  func issue(_ templateID: String, to memberIDs: [String]) async throws -> [CampaignV1.Coupon] {
    let request = CampaignV1.IssueCouponsRequest(requestID: UUID().uuidString, templateID: templateID, memberIDs: memberIDs)
    return try await campaign.issueCoupons(request).coupons
  }

  func coupon(_ id: String) async throws -> CampaignV1.Coupon {
    try #require(try await campaign.getCoupon(CampaignV1.GetCouponRequest(key: .couponID(id))).coupon)
  }

  func void(_ couponID: String) async throws {
    _ = try await campaign.voidCoupon(CampaignV1.VoidCouponRequest(requestID: UUID().uuidString, couponID: couponID))
  }
}

// MARK: Buying

extension Shop {
  /// Lines of the amounts given, all of product prd_1 in department GROCERY.
  static func lines(_ amounts: [Int64]) -> [CampaignV1.EvaluationLine] {
    amounts.enumerated().map { index, amount in
      CampaignV1.EvaluationLine(
        lineNumber: Int32(index + 1), productID: "prd_1", department: "GROCERY", category: "BREAD", brand: "National", kind: .sale,
        quantity: 1, amountMinorUnits: amount)
    }
  }

  func evaluate(
    _ amounts: [Int64] = [1000], member: String = "", codes: [String] = [], store: String = "sto_1", currency: String = "USD"
  ) async throws -> CampaignV1.EvaluateResponse {
    try await campaign.evaluate(
      CampaignV1.EvaluateRequest(
        storeID: store, memberID: member, currencyCode: currency, lines: Self.lines(amounts), couponCodes: codes))
  }

  static func holdRequest(
    _ orderID: String, _ discounts: [CampaignV1.AppliedDiscount], member: String = "", requestID: String? = nil
  ) -> CampaignV1.HoldRequest {
    CampaignV1.HoldRequest(
      requestID: requestID ?? "\(orderID)/campaign.hold", orderID: orderID, memberID: member, storeID: "sto_1", clientID: "cli_1",
      staffID: "stf_1", currencyCode: "USD", discounts: discounts)
  }

  func hold(
    _ orderID: String, _ discounts: [CampaignV1.AppliedDiscount], member: String = "", requestID: String? = nil
  ) async throws {
    _ = try await saga.hold(Self.holdRequest(orderID, discounts, member: member, requestID: requestID))
  }

  func commit(_ orderID: String, requestID: String? = nil) async throws {
    _ = try await saga.commit(CampaignV1.CommitRequest(requestID: requestID ?? "\(orderID)/campaign.commit", orderID: orderID))
  }

  func cancel(_ orderID: String, requestID: String? = nil) async throws {
    _ = try await saga.cancel(CampaignV1.CancelRequest(requestID: requestID ?? "\(orderID)/campaign.cancel", orderID: orderID))
  }

  @discardableResult
  func reverse(_ orderID: String, by returnID: String, whole: Bool, requestID: String? = nil) async throws -> Int64 {
    try await saga.reverse(
      CampaignV1.ReverseRequest(
        requestID: requestID ?? "\(returnID)/campaign.reverse", orderID: orderID, returnID: returnID, wholeOrderReturned: whole)
    ).usesGivenBack
  }

  /// One use of a promotion worth 1.00, as an evaluation would give it.
  static func use(promotion id: String, version: Int64 = 1) -> CampaignV1.AppliedDiscount {
    CampaignV1.AppliedDiscount(
      source: .promotionID(id), version: version, name: "Ten percent", amountMinorUnits: 100,
      lines: [CampaignV1.LineDiscount(lineNumber: 1, amountMinorUnits: 100)])
  }

  static func use(coupon: CampaignV1.Coupon, version: Int64 = 1) -> CampaignV1.AppliedDiscount {
    CampaignV1.AppliedDiscount(
      source: .couponID(coupon.couponID), templateID: coupon.templateID, version: version, name: "Five percent",
      amountMinorUnits: 50, lines: [CampaignV1.LineDiscount(lineNumber: 1, amountMinorUnits: 50)])
  }
}
