import Foundation
import GoogleProto
import PatronAPI
import ServiceTesting
import Testing

@testable import Loyalty

/// The words that the tests of entitlements are written in, beside those of `LoyaltyRig`.
extension LoyaltyRig {
  var entitlements: LoyaltyV1.EntitlementServiceClient { LoyaltyV1.EntitlementServiceClient(channel: service.channel) }

  /// Ten visits within thirty days for 100.00 euro, with changes.
  @discardableResult
  func publishPlan(_ code: String = "gym", _ change: (inout LoyaltyV1.EntitlementPlan) -> Void = { _ in }) async throws
    -> LoyaltyV1.EntitlementPlan
  {
    var plan = LoyaltyV1.EntitlementPlan(
      code: code, name: "Ten visits", uses: 10, validity: "30D", timeZone: "UTC", price: TypeV1.Money(10_000, "EUR"), freezeDays: 10,
      graceDays: 5)
    change(&plan)
    let reply = try await entitlements.publishEntitlementPlan(
      LoyaltyV1.PublishEntitlementPlanRequest(requestID: freshID(), plan: plan))
    return try #require(reply.plan)
  }

  func issueRequest(_ plan: String = "gym", _ member: String = "mem_a", reference: String? = nil) -> LoyaltyV1.IssueEntitlementRequest {
    LoyaltyV1.IssueEntitlementRequest(
      requestID: freshID(), reference: reference ?? freshID(), memberID: member, planCode: plan, storeID: "sto_1",
      payment: LoyaltyV1.StoredValuePayment(kind: .card, externalReference: "terminal-1"))
  }

  func issueCard(_ plan: String = "gym", _ member: String = "mem_a") async throws -> String {
    try #require(try await entitlements.issueEntitlement(issueRequest(plan, member)).entitlement).entitlementID
  }

  @discardableResult
  func renewCard(_ card: String) async throws -> LoyaltyV1.Entitlement {
    let reply = try await entitlements.renewEntitlement(
      LoyaltyV1.RenewEntitlementRequest(
        requestID: freshID(), reference: freshID(), entitlementID: card, storeID: "sto_1",
        payment: LoyaltyV1.StoredValuePayment(kind: .cash)))
    return try #require(reply.entitlement)
  }

  func useRequest(
    _ card: String, _ uses: Int64 = 1, service: String = "", commit: Bool = false, reference: String? = nil
  ) -> LoyaltyV1.HoldUseRequest {
    LoyaltyV1.HoldUseRequest(
      requestID: freshID(), reference: reference ?? freshID(), entitlementID: card, storeID: "sto_1", uses: uses, service: service,
      commit: commit)
  }

  /// The use's id.
  @discardableResult
  func holdUse(_ card: String, _ uses: Int64 = 1, commit: Bool = false) async throws -> String {
    try #require(try await entitlements.holdUse(useRequest(card, uses, commit: commit)).use).useID
  }

  @discardableResult
  func commitUse(_ use: String) async throws -> LoyaltyV1.CommitUseResponse {
    try await entitlements.commitUse(LoyaltyV1.CommitUseRequest(requestID: freshID(), useID: use))
  }

  @discardableResult
  func cancelUse(_ use: String) async throws -> LoyaltyV1.CancelUseResponse {
    try await entitlements.cancelUse(LoyaltyV1.CancelUseRequest(requestID: freshID(), useID: use))
  }

  @discardableResult
  func reverseUse(_ use: String) async throws -> LoyaltyV1.ReverseUseResponse {
    try await entitlements.reverseUse(LoyaltyV1.ReverseUseRequest(requestID: freshID(), useID: use, reason: "the class was cancelled"))
  }

  func freezeCard(_ card: String, days: Int32) async throws {
    _ = try await entitlements.freezeEntitlement(
      LoyaltyV1.FreezeEntitlementRequest(requestID: freshID(), entitlementID: card, days: days, reason: "abroad"))
  }

  func unfreezeCard(_ card: String) async throws {
    _ = try await entitlements.unfreezeEntitlement(LoyaltyV1.UnfreezeEntitlementRequest(requestID: freshID(), entitlementID: card))
  }

  /// What is paid back.
  @discardableResult
  func refundCard(_ card: String, period: Int32 = 1, reference: String? = nil) async throws -> Int64 {
    let reply = try await entitlements.refundEntitlement(
      LoyaltyV1.RefundEntitlementRequest(
        requestID: freshID(), reference: reference ?? freshID(), entitlementID: card, period: period, storeID: "sto_1",
        reason: "moved away"))
    #expect(reply.payment?.kind != nil)
    return try #require(reply.paidOut).minorUnits
  }

  func look(at card: String) async throws -> LoyaltyV1.Entitlement {
    try #require(try await entitlements.getEntitlement(LoyaltyV1.GetEntitlementRequest(entitlementID: card)).entitlement)
  }

  /// Newest first.
  func entries(ofCard card: String) async throws -> [LoyaltyV1.EntitlementEntry] {
    try await entitlements.listEntitlementEntries(
      LoyaltyV1.ListEntitlementEntriesRequest(entitlementID: card, pageSize: 500)
    ).entries
  }
}
