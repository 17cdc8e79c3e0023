import PatronAPI
import RPC

extension RPCServiceConfig {
  /// How one service of this system calls another.
  ///
  /// Reads that find nobody (UNAVAILABLE) are sent again, twice at most: they change nothing, and a till need not learn that a replica restarts.
  /// Everything that changes something is sent once. It would do no harm twice, for it carries a request id, but whoever sends it already repeats
  /// it where that is right: the saga its commits, with its own pauses until its own deadline, recovery what stands still, the client its request.
  /// A second layer below would multiply the attempts on a service that is already down, and a checkout's hold that is not answered is to become a
  /// cancelled order at once. The saga's reads and the ledgers' Verify stay out for the same reasons. Nothing is hedged: no read here is slow
  /// enough to be worth its double.
  static func betweenServices() throws -> RPCServiceConfig {
    let retry = try RetryPolicy(
      maxAttempts: 3, initialBackoff: .milliseconds(50), maxBackoff: .milliseconds(500), backoffMultiplier: 2,
      retryableStatusCodes: [.unavailable])
    return try RPCServiceConfig(
      methods: [MethodConfig(names: reads.map { .method(service: $0.service, method: $0.method) }, attempts: .retry(retry))],
      // Past five failures in a row the service is down rather than restarting; ten answers earn one retry.
      retryThrottling: RetryThrottling(maxTokens: 10, tokenRatio: 0.1))
  }

  private static let reads: [MethodDescriptor] = [
    IdentityV1.IdentityServiceMethods.getMember, IdentityV1.IdentityServiceMethods.findMember,
    IdentityV1.IdentityServiceMethods.listMembers,
    IdentityV1.ApiClientServiceMethods.listApiClients, IdentityV1.ApiClientServiceMethods.authenticateApiClient,
    LoyaltyV1.LoyaltyServiceMethods.getBalance, LoyaltyV1.LoyaltyServiceMethods.listEntries, LoyaltyV1.LoyaltyServiceMethods.listLots,
    LoyaltyV1.LoyaltyServiceMethods.evaluateEarn, LoyaltyV1.LoyaltyServiceMethods.getProgram,
    CampaignV1.CampaignServiceMethods.getPromotion, CampaignV1.CampaignServiceMethods.listPromotions,
    CampaignV1.CampaignServiceMethods.getCouponTemplate, CampaignV1.CampaignServiceMethods.getCoupon,
    CampaignV1.CampaignServiceMethods.listCoupons, CampaignV1.CampaignServiceMethods.evaluate,
    InventoryV1.InventoryServiceMethods.lookUpProducts, InventoryV1.InventoryServiceMethods.listProducts,
    InventoryV1.InventoryServiceMethods.getStore, InventoryV1.InventoryServiceMethods.listStores,
    InventoryV1.InventoryServiceMethods.listStock, InventoryV1.InventoryServiceMethods.getOrder,
    InventoryV1.InventoryServiceMethods.listOrders,
  ]
}
