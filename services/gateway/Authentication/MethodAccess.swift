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
  let alternatives: [Scope]
  let stores: StoreRule
  /// The method recomputes whole ledgers: it may take `verify-timeout`, where others have `upstream-timeout`.
  let takesLong: Bool

  private init(_ method: MethodDescriptor, _ alternatives: Scope..., stores: StoreRule, takesLong: Bool = false) {
    self.method = method
    self.alternatives = alternatives
    self.stores = stores
    self.takesLong = takesLong
  }

  /// The alternatives by their names.
  var scopes: [String] { alternatives.map(\.rawValue) }

  /// The access that `path` asks for; nil for a method that the gateway does not serve.
  static func of(_ path: String) -> MethodAccess? { byPath[path] }

  /// PERMISSION_DENIED / SCOPE_MISSING unless `caller` has one of the scopes. Asked before the request is read.
  func requireScope(of caller: Caller) throws(Refusal) {
    try caller.require(anyOf: alternatives)
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
    MethodAccess(GatewayV1.PointOfSaleServiceMethods.identifyMember, .checkout, .identify, stores: .none),
    MethodAccess(GatewayV1.PointOfSaleServiceMethods.quote, .checkout, stores: .checkedByHandler),
    MethodAccess(GatewayV1.PointOfSaleServiceMethods.beginCheckout, .checkout, stores: .checkedByHandler),
    MethodAccess(GatewayV1.PointOfSaleServiceMethods.completeCheckout, .checkout, stores: .checkedByHandler),
    MethodAccess(GatewayV1.PointOfSaleServiceMethods.abandonCheckout, .checkout, stores: .checkedByHandler),
    MethodAccess(GatewayV1.PointOfSaleServiceMethods.extendCheckout, .checkout, stores: .checkedByHandler),
    MethodAccess(GatewayV1.PointOfSaleServiceMethods.checkout, .checkout, stores: .checkedByHandler),
    MethodAccess(GatewayV1.PointOfSaleServiceMethods.`return`, .returns, stores: .checkedByHandler),
    MethodAccess(GatewayV1.PointOfSaleServiceMethods.getOrder, .read, stores: .checkedByHandler),
    MethodAccess(GatewayV1.PointOfSaleServiceMethods.listOrders, .read, stores: .checkedByHandler),
  ]

  static let members: [MethodAccess] = [
    MethodAccess(IdentityV1.IdentityServiceMethods.enrolMember, .membersWrite, stores: .none),
    MethodAccess(IdentityV1.IdentityServiceMethods.getMember, .membersRead, stores: .none),
    MethodAccess(IdentityV1.IdentityServiceMethods.findMember, .membersRead, stores: .none),
    MethodAccess(IdentityV1.IdentityServiceMethods.updateMember, .membersWrite, stores: .none),
    MethodAccess(IdentityV1.IdentityServiceMethods.replaceCard, .membersWrite, stores: .none),
    MethodAccess(IdentityV1.IdentityServiceMethods.listMembers, .membersRead, stores: .none),
    MethodAccess(IdentityV1.IdentityServiceMethods.eraseMember, .membersErase, stores: .none),
  ]

  /// AuthenticateApiClient is the gateway's own question and is served to nobody.
  static let clients: [MethodAccess] = [
    MethodAccess(IdentityV1.ApiClientServiceMethods.createApiClient, .clientsWrite, stores: .unboundOnly),
    MethodAccess(IdentityV1.ApiClientServiceMethods.revokeApiClient, .clientsWrite, stores: .unboundOnly),
    MethodAccess(IdentityV1.ApiClientServiceMethods.listApiClients, .clientsWrite, stores: .unboundOnly),
  ]

  static let loyalty: [MethodAccess] = [
    MethodAccess(LoyaltyV1.LoyaltyServiceMethods.getBalance, .membersRead, stores: .none),
    MethodAccess(LoyaltyV1.LoyaltyServiceMethods.listEntries, .membersRead, stores: .none),
    MethodAccess(LoyaltyV1.LoyaltyServiceMethods.listLots, .membersRead, stores: .none),
    MethodAccess(LoyaltyV1.LoyaltyServiceMethods.evaluateEarn, .checkout, stores: .none),
    MethodAccess(LoyaltyV1.LoyaltyServiceMethods.adjustPoints, .loyaltyWrite, stores: .none),
    MethodAccess(
      LoyaltyV1.LoyaltyServiceMethods.awardAction, .loyaltyAward, .loyaltyWrite,
      stores: .named { try (CallCodec.decodeRequest($0) as LoyaltyV1.AwardActionRequest).storeID }),
    MethodAccess(LoyaltyV1.LoyaltyServiceMethods.simulateEarnRule, .loyaltyWrite, stores: .unboundOnly, takesLong: true),
    MethodAccess(LoyaltyV1.LoyaltyServiceMethods.publishEarnRule, .loyaltyWrite, stores: .unboundOnly),
    MethodAccess(LoyaltyV1.LoyaltyServiceMethods.publishTierScheme, .loyaltyWrite, stores: .unboundOnly),
    MethodAccess(LoyaltyV1.LoyaltyServiceMethods.getProgram, .read, stores: .none),
  ]

  static let tiers: [MethodAccess] = [
    MethodAccess(LoyaltyV1.TierServiceMethods.getTier, .membersRead, stores: .none),
    MethodAccess(LoyaltyV1.TierServiceMethods.grantTier, .loyaltyWrite, stores: .none),
    MethodAccess(LoyaltyV1.TierServiceMethods.revokeTierGrant, .loyaltyWrite, stores: .none),
    MethodAccess(LoyaltyV1.TierServiceMethods.listTierGrants, .membersRead, stores: .none),
    MethodAccess(LoyaltyV1.TierServiceMethods.simulateTierScheme, .loyaltyWrite, stores: .unboundOnly, takesLong: true),
  ]

  static let reports: [MethodAccess] = [
    MethodAccess(LoyaltyV1.ReportServiceMethods.reportPoints, .loyaltyRead, stores: .unboundOnly, takesLong: true),
    MethodAccess(LoyaltyV1.ReportServiceMethods.explainBalance, .membersRead, stores: .none),
    MethodAccess(LoyaltyV1.ReportServiceMethods.explainEntry, .membersRead, stores: .none),
  ]

  static let points: [MethodAccess] = {
    typealias Methods = LoyaltyV1.PointsServiceMethods
    return [
      MethodAccess(
        Methods.transferPoints, .loyaltyTransfer, .loyaltyWrite,
        stores: .named { try (CallCodec.decodeRequest($0) as LoyaltyV1.TransferPointsRequest).storeID }),
      MethodAccess(Methods.reverseTransfer, .loyaltyWrite, stores: .none),
      MethodAccess(Methods.getTransfer, .membersRead, stores: .none),
      MethodAccess(Methods.listTransfers, .membersRead, stores: .none),
      MethodAccess(Methods.extendLots, .loyaltyWrite, stores: .none),
      MethodAccess(Methods.reinstatePoints, .loyaltyWrite, stores: .none),
      MethodAccess(Methods.listExpiredLots, .membersRead, stores: .none),
      MethodAccess(Methods.requestAdjustment, .loyaltyWrite, stores: .none),
      MethodAccess(Methods.approveAdjustment, .loyaltyWrite, stores: .none),
      MethodAccess(Methods.rejectAdjustment, .loyaltyWrite, stores: .none),
      MethodAccess(Methods.listAdjustmentRequests, .loyaltyWrite, stores: .none),
      MethodAccess(Methods.linkStaffMember, .loyaltyWrite, stores: .unboundOnly),
      MethodAccess(Methods.listRiskSignals, .loyaltyRead, .loyaltyWrite, stores: .unboundOnly, takesLong: true),
      MethodAccess(Methods.publishPointsPolicy, .loyaltyWrite, stores: .unboundOnly),
      MethodAccess(Methods.getPointsPolicy, .loyaltyTransfer, .loyaltyWrite, .membersRead, stores: .none),
    ]
  }()

  static let storedValue: [MethodAccess] = {
    typealias Methods = LoyaltyV1.StoredValueServiceMethods
    return [
      MethodAccess(Methods.openWallet, .storedValueLoad, .storedValueWrite, stores: .none),
      MethodAccess(Methods.getStoredValueAccount, .storedValueRead, .storedValueSpend, .storedValueLoad, stores: .none),
      MethodAccess(Methods.listStoredValueAccounts, .storedValueRead, .storedValueSpend, .storedValueLoad, stores: .none),
      MethodAccess(Methods.listStoredValueEntries, .storedValueRead, stores: .none),
      MethodAccess(
        Methods.topUp, .storedValueLoad, stores: .named { try (CallCodec.decodeRequest($0) as LoyaltyV1.TopUpRequest).storeID }),
      MethodAccess(
        Methods.refundTopUp, .storedValueWrite,
        stores: .named { try (CallCodec.decodeRequest($0) as LoyaltyV1.RefundTopUpRequest).storeID }),
      MethodAccess(Methods.issueGiftCards, .storedValueWrite, stores: .unboundOnly),
      MethodAccess(
        Methods.importGiftCards, .storedValueWrite,
        stores: .named { try (CallCodec.decodeRequest($0) as LoyaltyV1.ImportGiftCardsRequest).storeID }),
      MethodAccess(
        Methods.activateGiftCard, .storedValueLoad,
        stores: .named { try (CallCodec.decodeRequest($0) as LoyaltyV1.ActivateGiftCardRequest).storeID }),
      MethodAccess(Methods.freezeAccount, .storedValueWrite, stores: .none),
      MethodAccess(Methods.unfreezeAccount, .storedValueWrite, stores: .none),
      MethodAccess(Methods.blockAccount, .storedValueWrite, stores: .none),
      MethodAccess(Methods.transferBalance, .storedValueWrite, stores: .none),
      MethodAccess(
        Methods.adjustStoredValue, .storedValueWrite,
        stores: .named { try (CallCodec.decodeRequest($0) as LoyaltyV1.AdjustStoredValueRequest).storeID }),
      MethodAccess(Methods.setPin, .storedValueWrite, stores: .none),
      MethodAccess(Methods.unlockPin, .storedValueWrite, stores: .none),
      MethodAccess(Methods.authorizeSpend, .storedValueSpend, stores: .none),
      MethodAccess(Methods.publishStoredValuePolicy, .storedValueWrite, stores: .unboundOnly),
      MethodAccess(Methods.publishBonusScheme, .storedValueWrite, stores: .unboundOnly),
      MethodAccess(Methods.getStoredValueProgram, .storedValueRead, .storedValueLoad, stores: .none),
      MethodAccess(Methods.reportSettlement, .storedValueRead, stores: .unboundOnly, takesLong: true),
      MethodAccess(Methods.reportLiability, .storedValueRead, stores: .unboundOnly, takesLong: true),
    ]
  }()

  static let entitlements: [MethodAccess] = {
    typealias Methods = LoyaltyV1.EntitlementServiceMethods
    return [
      MethodAccess(Methods.publishEntitlementPlan, .entitlementsWrite, stores: .unboundOnly),
      MethodAccess(Methods.listEntitlementPlans, .entitlementsRead, .entitlementsSell, .entitlementsUse, stores: .none),
      MethodAccess(
        Methods.issueEntitlement, .entitlementsSell,
        stores: .named { try (CallCodec.decodeRequest($0) as LoyaltyV1.IssueEntitlementRequest).storeID }),
      MethodAccess(
        Methods.renewEntitlement, .entitlementsSell,
        stores: .named { try (CallCodec.decodeRequest($0) as LoyaltyV1.RenewEntitlementRequest).storeID }),
      MethodAccess(Methods.setRenewal, .entitlementsSell, stores: .none),
      MethodAccess(Methods.getEntitlement, .entitlementsRead, .entitlementsSell, .entitlementsUse, stores: .none),
      MethodAccess(Methods.listEntitlements, .entitlementsRead, .entitlementsSell, .entitlementsUse, stores: .none),
      MethodAccess(Methods.listEntitlementEntries, .entitlementsRead, stores: .none),
      MethodAccess(
        Methods.holdUse, .entitlementsUse,
        stores: .named { try (CallCodec.decodeRequest($0) as LoyaltyV1.HoldUseRequest).storeID }),
      MethodAccess(Methods.commitUse, .entitlementsUse, stores: .none),
      MethodAccess(Methods.cancelUse, .entitlementsUse, stores: .none),
      MethodAccess(Methods.reverseUse, .entitlementsWrite, stores: .none),
      MethodAccess(Methods.freezeEntitlement, .entitlementsWrite, stores: .none),
      MethodAccess(Methods.unfreezeEntitlement, .entitlementsWrite, stores: .none),
      MethodAccess(
        Methods.refundEntitlement, .entitlementsWrite,
        stores: .named { try (CallCodec.decodeRequest($0) as LoyaltyV1.RefundEntitlementRequest).storeID }),
    ]
  }()

  static let rewards: [MethodAccess] = {
    typealias Methods = LoyaltyV1.RewardServiceMethods
    return [
      MethodAccess(Methods.publishReward, .rewardsWrite, stores: .unboundOnly),
      MethodAccess(Methods.adjustRewardStock, .rewardsWrite, stores: .unboundOnly),
      MethodAccess(Methods.listRewardStockMovements, .rewardsRead, stores: .none),
      MethodAccess(Methods.getReward, .rewardsRead, .rewardsRedeem, stores: .none),
      MethodAccess(Methods.listRewards, .rewardsRead, .rewardsRedeem, stores: .none),
      MethodAccess(
        Methods.holdReward, .rewardsRedeem,
        stores: .named { try (CallCodec.decodeRequest($0) as LoyaltyV1.HoldRewardRequest).storeID }),
      MethodAccess(Methods.commitRedemption, .rewardsRedeem, stores: .none),
      MethodAccess(Methods.cancelRedemption, .rewardsRedeem, stores: .none),
      MethodAccess(Methods.fulfilRedemption, .rewardsRedeem, stores: .none),
      MethodAccess(Methods.reverseRedemption, .rewardsWrite, stores: .none),
      MethodAccess(Methods.publishDraw, .rewardsWrite, stores: .unboundOnly),
      MethodAccess(Methods.getDraw, .rewardsRead, .rewardsRedeem, stores: .none),
      MethodAccess(
        Methods.buyTickets, .rewardsRedeem,
        stores: .named { try (CallCodec.decodeRequest($0) as LoyaltyV1.BuyTicketsRequest).storeID }),
      MethodAccess(Methods.listTickets, .rewardsRead, stores: .none),
      MethodAccess(Methods.runDraw, .rewardsWrite, stores: .unboundOnly, takesLong: true),
      MethodAccess(Methods.cancelDraw, .rewardsWrite, stores: .unboundOnly, takesLong: true),
      MethodAccess(Methods.listDrawWinners, .rewardsRead, stores: .none),
      MethodAccess(Methods.joinLeaderboards, .rewardsRedeem, stores: .none),
      MethodAccess(Methods.leaveLeaderboards, .rewardsRedeem, stores: .none),
      MethodAccess(Methods.getLeaderboard, .rewardsRead, .rewardsRedeem, stores: .none),
      MethodAccess(Methods.getRedemption, .rewardsRead, .rewardsRedeem, stores: .none),
      MethodAccess(Methods.listRedemptions, .rewardsRead, .rewardsRedeem, stores: .none),
    ]
  }()

  static let campaigns: [MethodAccess] = [
    MethodAccess(CampaignV1.CampaignServiceMethods.publishPromotion, .campaignWrite, stores: .unboundOnly),
    MethodAccess(CampaignV1.CampaignServiceMethods.stopPromotion, .campaignWrite, stores: .unboundOnly),
    MethodAccess(CampaignV1.CampaignServiceMethods.getPromotion, .read, stores: .none),
    MethodAccess(CampaignV1.CampaignServiceMethods.listPromotions, .read, stores: .none),
    MethodAccess(CampaignV1.CampaignServiceMethods.publishCouponTemplate, .campaignWrite, stores: .unboundOnly),
    MethodAccess(CampaignV1.CampaignServiceMethods.getCouponTemplate, .read, stores: .none),
    MethodAccess(CampaignV1.CampaignServiceMethods.issueCoupons, .campaignWrite, stores: .none),
    MethodAccess(CampaignV1.CampaignServiceMethods.getCoupon, .read, stores: .none),
    MethodAccess(CampaignV1.CampaignServiceMethods.listCoupons, .membersRead, stores: .none),
    MethodAccess(CampaignV1.CampaignServiceMethods.voidCoupon, .campaignWrite, stores: .none),
    MethodAccess(
      CampaignV1.CampaignServiceMethods.evaluate, .checkout,
      stores: .named { try (CallCodec.decodeRequest($0) as CampaignV1.EvaluateRequest).storeID }),
  ]

  static let catalogue: [MethodAccess] = [
    MethodAccess(InventoryV1.InventoryServiceMethods.importProducts, .catalogueWrite, stores: .unboundOnly),
    MethodAccess(InventoryV1.InventoryServiceMethods.lookUpProducts, .read, stores: .none),
    MethodAccess(InventoryV1.InventoryServiceMethods.listProducts, .read, stores: .none),
    MethodAccess(InventoryV1.InventoryServiceMethods.importStores, .catalogueWrite, stores: .unboundOnly),
    MethodAccess(InventoryV1.InventoryServiceMethods.getStore, .read, stores: .none),
    MethodAccess(InventoryV1.InventoryServiceMethods.listStores, .read, stores: .none),
    MethodAccess(
      InventoryV1.InventoryServiceMethods.receiveStock, .catalogueWrite,
      stores: .named { try (CallCodec.decodeRequest($0) as InventoryV1.ReceiveStockRequest).storeID }),
    MethodAccess(
      InventoryV1.InventoryServiceMethods.listStock, .read,
      stores: .named { try (CallCodec.decodeRequest($0) as InventoryV1.ListStockRequest).storeID }),
    // Which store an order is of, its id does not tell; PointOfSaleService/GetOrder looks first.
    MethodAccess(InventoryV1.InventoryServiceMethods.getOrder, .read, stores: .unboundOnly),
    MethodAccess(
      InventoryV1.InventoryServiceMethods.listOrders, .read,
      stores: .named { try (CallCodec.decodeRequest($0) as InventoryV1.ListOrdersRequest).storeID }
    ),
  ]

  /// Of the saga's services only what reads: `patron verify` needs it. Hold, Commit, Cancel, Reverse and every write of an order
  /// stay inside.
  static let operations: [MethodAccess] = [
    MethodAccess(LoyaltyV1.LoyaltyHoldServiceMethods.listHolds, .operations, stores: .unboundOnly),
    MethodAccess(LoyaltyV1.LoyaltyHoldServiceMethods.verify, .operations, stores: .unboundOnly, takesLong: true),
    MethodAccess(CampaignV1.CampaignHoldServiceMethods.listHolds, .operations, stores: .unboundOnly),
    MethodAccess(CampaignV1.CampaignHoldServiceMethods.verify, .operations, stores: .unboundOnly, takesLong: true),
    MethodAccess(InventoryV1.OrderSagaServiceMethods.listOrderRecords, .operations, stores: .unboundOnly),
    MethodAccess(InventoryV1.OrderSagaServiceMethods.verify, .operations, stores: .unboundOnly, takesLong: true),
  ]

  static let all =
    pointOfSale + members + clients + loyalty + tiers + points + reports + storedValue + entitlements + rewards + campaigns + catalogue
    + operations

  private static let byPath = Dictionary(uniqueKeysWithValues: all.map { ($0.method.path, $0) })
}
