import GoogleProto
import PatronAPI
import Testing

@testable import Loyalty

extension LoyaltyRig {
  var tiers: LoyaltyV1.TierServiceClient { LoyaltyV1.TierServiceClient(channel: service.channel) }

  func tier(_ member: String = "mem_a") async throws -> LoyaltyV1.GetTierResponse {
    try await tiers.getTier(LoyaltyV1.GetTierRequest(memberID: member))
  }

  @discardableResult
  func publish(_ scheme: LoyaltyV1.TierScheme) async throws -> LoyaltyV1.TierScheme {
    let reply = try await loyalty.publishTierScheme(LoyaltyV1.PublishTierSchemeRequest(requestID: freshID(), scheme: scheme))
    return try #require(reply.scheme)
  }

  @discardableResult
  func grant(
    _ tierCode: String, to member: String = "mem_a", until end: String? = nil, requestID: String? = nil
  ) async throws -> LoyaltyV1.GrantTierResponse {
    try await tiers.grantTier(
      LoyaltyV1.GrantTierRequest(
        requestID: requestID ?? freshID(), memberID: member, tierCode: tierCode, reason: "goodwill",
        endTime: end.map { GoogleProtobuf.Timestamp(instant($0)) }))
  }

  @discardableResult
  func revoke(_ grantID: String, requestID: String? = nil) async throws -> LoyaltyV1.RevokeTierGrantResponse {
    try await tiers.revokeTierGrant(
      LoyaltyV1.RevokeTierGrantRequest(requestID: requestID ?? freshID(), grantID: grantID, reason: "a slip"))
  }
}

extension LoyaltyV1.TierScheme {
  /// base, silver from 100.00, gold from 300.00.
  static func ladder(
    _ window: LoyaltyV1.TierWindow, months: Int32 = 0, _ downgrade: LoyaltyV1.TierDowngrade? = nil
  ) -> LoyaltyV1.TierScheme {
    LoyaltyV1.TierScheme(
      tiers: [("base", 0), ("silver", 10_000), ("gold", 30_000)].map { code, threshold in
        LoyaltyV1.Tier(code: code, name: code, thresholdGrowthValue: threshold)
      }, windowMonths: months, window: window, downgrade: downgrade)
  }
}
