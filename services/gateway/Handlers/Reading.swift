import PatronAPI
import RPC
import ServiceKit

/// The reads of a till: a member at a glance, an order, a list of orders.
struct Reading: Sendable {
  let upstreams: Upstreams
  let pricer: BasketPricer
  let orders: Orders

  // MARK: Members

  func identifyMember(_ request: GatewayV1.IdentifyMemberRequest, _ chain: CallChain) async throws -> GatewayV1.IdentifyMemberResponse {
    guard let key = request.member?.key.map(Basket.MemberKey.init) else {
      try [FieldViolation(field: "member", description: "exactly one key must be set")].throwIfAny()
      throw Reasons.memberUnknown
    }
    if key.text.isEmpty || key.text.utf8.count > BasketRules.keyBytesAtMost {
      try [FieldViolation(field: "member", description: "1 to \(BasketRules.keyBytesAtMost) bytes")].throwIfAny()
    }
    let member = try await pricer.member(key, chain)
    async let balance = balance(of: member.memberID, chain)
    async let rule = earnRule(chain)
    async let coupons = usableCoupons(of: member.memberID, chain)
    return try await GatewayV1.IdentifyMemberResponse(
      member: GatewayV1.MemberSummary(
        memberID: member.memberID, name: member.name, balance: balance, minorUnitsPerPoint: rule?.minorUnitsPerPoint ?? 0,
        currencyCode: rule?.currencyCode ?? "", coupons: coupons))
  }

  private func balance(of memberID: String, _ chain: CallChain) async throws -> LoyaltyV1.Balance? {
    let loyalty = LoyaltyV1.LoyaltyServiceClient(channel: upstreams.loyalty.channel)
    return try await upstreams.loyalty.call(chain) {
      try await loyalty.getBalance(LoyaltyV1.GetBalanceRequest(memberID: memberID), options: $0)
    }.balance
  }

  private func earnRule(_ chain: CallChain) async throws -> LoyaltyV1.EarnRule? {
    let loyalty = LoyaltyV1.LoyaltyServiceClient(channel: upstreams.loyalty.channel)
    return try await upstreams.loyalty.call(chain) { try await loyalty.getProgram(LoyaltyV1.GetProgramRequest(), options: $0) }.earnRule
  }

  /// The newest of the coupons that the member could use now: what fits a till's screen.
  private func usableCoupons(of memberID: String, _ chain: CallChain) async throws -> [CampaignV1.Coupon] {
    let campaign = CampaignV1.CampaignServiceClient(channel: upstreams.campaign.channel)
    let reply = try await upstreams.campaign.call(chain) {
      try await campaign.listCoupons(CampaignV1.ListCouponsRequest(memberID: memberID, usableOnly: true), options: $0)
    }
    return reply.coupons
  }

  // MARK: Orders

  func getOrder(_ request: GatewayV1.GetOrderRequest, _ chain: CallChain) async throws -> GatewayV1.GetOrderResponse {
    try RequestRules.checkOrderID(request.orderID)
    let order = try await orders.read(orderID: request.orderID, chain)
    try chain.caller.require(storeID: order.storeID)
    return GatewayV1.GetOrderResponse(order: order)
  }

  /// A client that is bound to one store lists that one's orders; one that is bound to several says which.
  func listOrders(_ request: GatewayV1.ListOrdersRequest, _ chain: CallChain) async throws -> GatewayV1.ListOrdersResponse {
    var storeID = request.storeID
    if storeID.isEmpty, !chain.caller.storeIDs.isEmpty {
      guard chain.caller.storeIDs.count == 1, let only = chain.caller.storeIDs.first else { throw Reasons.storeNotNamed }
      storeID = only
    }
    if !storeID.isEmpty { try chain.caller.require(storeID: storeID) }
    let catalogue = InventoryV1.InventoryServiceClient(channel: upstreams.inventory.channel)
    let query = InventoryV1.ListOrdersRequest(
      memberID: request.memberID, storeID: storeID, state: request.state, pageSize: request.pageSize, pageToken: request.pageToken)
    let reply = try await upstreams.inventory.call(chain) { try await catalogue.listOrders(query, options: $0) }
    return GatewayV1.ListOrdersResponse(orders: reply.orders, nextPageToken: reply.nextPageToken)
  }
}
