import PatronAPI
import RPC
import ServiceKit

/// Which scope a method asks for, and how a client that is bound to stores may call it. The one table of both.
struct MethodAccess: Sendable {
  /// What a client that may act for some stores only needs beside the scope.
  enum StoreRule: Sendable {
    /// The method is about no store.
    case none
    /// The handler compares the store itself, once it knows which one it is.
    case checkedByHandler
    /// The store stands in the request.
    case named(@Sendable ([UInt8]) throws -> String)
    /// The method reaches over all stores, so such a client may not call it.
    case unboundOnly
  }

  let method: MethodDescriptor
  /// Any one of them is enough.
  let scopes: [String]
  let stores: StoreRule
  /// The method recomputes whole ledgers: it may take `verify-timeout`, where others have `upstream-timeout`.
  let takesLong: Bool

  private init(_ method: MethodDescriptor, _ scopes: String..., stores: StoreRule, takesLong: Bool = false) {
    self.method = method
    self.scopes = scopes
    self.stores = stores
    self.takesLong = takesLong
  }

  /// The access that `path` asks for; nil for a method that the gateway does not serve.
  static func of(_ path: String) -> MethodAccess? { byPath[path] }

  /// PERMISSION_DENIED / SCOPE_MISSING unless `caller` has one of the scopes. Asked before the request is read.
  func requireScope(of caller: Caller) throws(Refusal) {
    guard !scopes.contains(where: caller.may) else { return }
    let names = scopes.joined(separator: " or ")
    throw Refusal(.permissionDenied, "SCOPE_MISSING", "the client lacks the scope \(names)", metadata: ["scope": names])
  }

  /// PERMISSION_DENIED / STORE_NOT_ALLOWED if `caller` is bound to stores and `request` is not about one of them.
  func requireStore(in request: [UInt8], of caller: Caller) throws {
    guard !caller.storeIDs.isEmpty else { return }
    switch stores {
    case .none, .checkedByHandler: return
    case .unboundOnly: throw Reasons.storeNotNamed
    case .named(let read):
      let storeID = try read(request)
      if storeID.isEmpty { throw Reasons.storeNotNamed }
      try caller.require(storeID: storeID)
    }
  }
}

// MARK: The table

extension MethodAccess {
  static let pointOfSale: [MethodAccess] = [
    MethodAccess(GatewayV1.PointOfSaleServiceMethods.identifyMember, Scope.checkout, Scope.identify, stores: .none),
    MethodAccess(GatewayV1.PointOfSaleServiceMethods.quote, Scope.checkout, stores: .checkedByHandler),
    MethodAccess(GatewayV1.PointOfSaleServiceMethods.beginCheckout, Scope.checkout, stores: .checkedByHandler),
    MethodAccess(GatewayV1.PointOfSaleServiceMethods.completeCheckout, Scope.checkout, stores: .checkedByHandler),
    MethodAccess(GatewayV1.PointOfSaleServiceMethods.abandonCheckout, Scope.checkout, stores: .checkedByHandler),
    MethodAccess(GatewayV1.PointOfSaleServiceMethods.extendCheckout, Scope.checkout, stores: .checkedByHandler),
    MethodAccess(GatewayV1.PointOfSaleServiceMethods.checkout, Scope.checkout, stores: .checkedByHandler),
    MethodAccess(GatewayV1.PointOfSaleServiceMethods.`return`, Scope.returns, stores: .checkedByHandler),
    MethodAccess(GatewayV1.PointOfSaleServiceMethods.getOrder, Scope.read, stores: .checkedByHandler),
    MethodAccess(GatewayV1.PointOfSaleServiceMethods.listOrders, Scope.read, stores: .checkedByHandler),
  ]

  static let members: [MethodAccess] = [
    MethodAccess(IdentityV1.IdentityServiceMethods.enrolMember, Scope.membersWrite, stores: .none),
    MethodAccess(IdentityV1.IdentityServiceMethods.getMember, Scope.membersRead, stores: .none),
    MethodAccess(IdentityV1.IdentityServiceMethods.findMember, Scope.membersRead, stores: .none),
    MethodAccess(IdentityV1.IdentityServiceMethods.updateMember, Scope.membersWrite, stores: .none),
    MethodAccess(IdentityV1.IdentityServiceMethods.replaceCard, Scope.membersWrite, stores: .none),
    MethodAccess(IdentityV1.IdentityServiceMethods.listMembers, Scope.membersRead, stores: .none),
  ]

  /// AuthenticateApiClient is the gateway's own question and is served to nobody.
  static let clients: [MethodAccess] = [
    MethodAccess(IdentityV1.ApiClientServiceMethods.createApiClient, Scope.clientsWrite, stores: .unboundOnly),
    MethodAccess(IdentityV1.ApiClientServiceMethods.revokeApiClient, Scope.clientsWrite, stores: .unboundOnly),
    MethodAccess(IdentityV1.ApiClientServiceMethods.listApiClients, Scope.clientsWrite, stores: .unboundOnly),
  ]

  static let loyalty: [MethodAccess] = [
    MethodAccess(LoyaltyV1.LoyaltyServiceMethods.getBalance, Scope.membersRead, stores: .none),
    MethodAccess(LoyaltyV1.LoyaltyServiceMethods.listEntries, Scope.membersRead, stores: .none),
    MethodAccess(LoyaltyV1.LoyaltyServiceMethods.listLots, Scope.membersRead, stores: .none),
    MethodAccess(LoyaltyV1.LoyaltyServiceMethods.evaluateEarn, Scope.checkout, stores: .none),
    MethodAccess(LoyaltyV1.LoyaltyServiceMethods.adjustPoints, Scope.loyaltyWrite, stores: .none),
    MethodAccess(LoyaltyV1.LoyaltyServiceMethods.publishEarnRule, Scope.loyaltyWrite, stores: .unboundOnly),
    MethodAccess(LoyaltyV1.LoyaltyServiceMethods.publishTierScheme, Scope.loyaltyWrite, stores: .unboundOnly),
    MethodAccess(LoyaltyV1.LoyaltyServiceMethods.getProgram, Scope.read, stores: .none),
  ]

  static let campaigns: [MethodAccess] = [
    MethodAccess(CampaignV1.CampaignServiceMethods.publishPromotion, Scope.campaignWrite, stores: .unboundOnly),
    MethodAccess(CampaignV1.CampaignServiceMethods.stopPromotion, Scope.campaignWrite, stores: .unboundOnly),
    MethodAccess(CampaignV1.CampaignServiceMethods.getPromotion, Scope.read, stores: .none),
    MethodAccess(CampaignV1.CampaignServiceMethods.listPromotions, Scope.read, stores: .none),
    MethodAccess(CampaignV1.CampaignServiceMethods.publishCouponTemplate, Scope.campaignWrite, stores: .unboundOnly),
    MethodAccess(CampaignV1.CampaignServiceMethods.getCouponTemplate, Scope.read, stores: .none),
    MethodAccess(CampaignV1.CampaignServiceMethods.issueCoupons, Scope.campaignWrite, stores: .none),
    MethodAccess(CampaignV1.CampaignServiceMethods.getCoupon, Scope.read, stores: .none),
    MethodAccess(CampaignV1.CampaignServiceMethods.listCoupons, Scope.membersRead, stores: .none),
    MethodAccess(CampaignV1.CampaignServiceMethods.voidCoupon, Scope.campaignWrite, stores: .none),
    MethodAccess(
      CampaignV1.CampaignServiceMethods.evaluate, Scope.checkout,
      stores: .named { try CampaignV1.EvaluateRequest(decoding: $0).storeID }),
  ]

  static let catalogue: [MethodAccess] = [
    MethodAccess(InventoryV1.InventoryServiceMethods.importProducts, Scope.catalogueWrite, stores: .unboundOnly),
    MethodAccess(InventoryV1.InventoryServiceMethods.lookUpProducts, Scope.read, stores: .none),
    MethodAccess(InventoryV1.InventoryServiceMethods.listProducts, Scope.read, stores: .none),
    MethodAccess(InventoryV1.InventoryServiceMethods.importStores, Scope.catalogueWrite, stores: .unboundOnly),
    MethodAccess(InventoryV1.InventoryServiceMethods.getStore, Scope.read, stores: .none),
    MethodAccess(InventoryV1.InventoryServiceMethods.listStores, Scope.read, stores: .none),
    MethodAccess(
      InventoryV1.InventoryServiceMethods.receiveStock, Scope.catalogueWrite,
      stores: .named { try InventoryV1.ReceiveStockRequest(decoding: $0).storeID }),
    MethodAccess(
      InventoryV1.InventoryServiceMethods.listStock, Scope.read, stores: .named { try InventoryV1.ListStockRequest(decoding: $0).storeID }),
    // Which store an order is of, its id does not tell; PointOfSaleService/GetOrder looks first.
    MethodAccess(InventoryV1.InventoryServiceMethods.getOrder, Scope.read, stores: .unboundOnly),
    MethodAccess(
      InventoryV1.InventoryServiceMethods.listOrders, Scope.read, stores: .named { try InventoryV1.ListOrdersRequest(decoding: $0).storeID }
    ),
  ]

  /// Of the saga's services only what reads: `patron verify` needs it. Hold, Commit, Cancel, Reverse and every write of an order
  /// stay inside.
  static let operations: [MethodAccess] = [
    MethodAccess(LoyaltyV1.LoyaltyHoldServiceMethods.listHolds, Scope.operations, stores: .unboundOnly),
    MethodAccess(LoyaltyV1.LoyaltyHoldServiceMethods.verify, Scope.operations, stores: .unboundOnly, takesLong: true),
    MethodAccess(CampaignV1.CampaignHoldServiceMethods.listHolds, Scope.operations, stores: .unboundOnly),
    MethodAccess(CampaignV1.CampaignHoldServiceMethods.verify, Scope.operations, stores: .unboundOnly, takesLong: true),
    MethodAccess(InventoryV1.OrderSagaServiceMethods.listOrderRecords, Scope.operations, stores: .unboundOnly),
    MethodAccess(InventoryV1.OrderSagaServiceMethods.verify, Scope.operations, stores: .unboundOnly, takesLong: true),
  ]

  static let all = pointOfSale + members + clients + loyalty + campaigns + catalogue + operations

  private static let byPath = Dictionary(uniqueKeysWithValues: all.map { ($0.method.path, $0) })
}
