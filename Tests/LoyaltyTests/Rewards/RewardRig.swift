import Foundation
import GoogleProto
import PatronAPI
import ServiceTesting
import Testing

@testable import Loyalty

/// The words that the tests of rewards are written in, beside those of `LoyaltyRig`.
extension LoyaltyRig {
  var rewards: LoyaltyV1.RewardServiceClient { LoyaltyV1.RewardServiceClient(channel: service.channel) }

  /// A mug for 100 points, ten of them.
  @discardableResult
  func publishReward(
    _ code: String = "mug", stock: Int64? = 10, _ change: (inout LoyaltyV1.Reward) -> Void = { _ in }
  ) async throws -> LoyaltyV1.Reward {
    var reward = LoyaltyV1.Reward(code: code, name: "A mug", kind: .gift, item: "prd_mug", points: 100)
    change(&reward)
    let reply = try await rewards.publishReward(
      LoyaltyV1.PublishRewardRequest(requestID: freshID(), reward: reward, initialStock: stock))
    return try #require(reply.reward)
  }

  @discardableResult
  func stockReward(_ delta: Int64, _ code: String = "mug") async throws -> LoyaltyV1.RewardStock {
    let reply = try await rewards.adjustRewardStock(
      LoyaltyV1.AdjustRewardStockRequest(requestID: freshID(), rewardCode: code, delta: delta, reason: "delivered"))
    return try #require(reply.stock)
  }

  func rewardStock(_ code: String = "mug") async throws -> LoyaltyV1.RewardStock {
    try #require(try await rewards.getReward(LoyaltyV1.GetRewardRequest(rewardCode: code)).stock)
  }

  func rewardRequest(
    _ quantity: Int64 = 1, _ member: String = "mem_a", _ code: String = "mug", reference: String? = nil
  ) -> LoyaltyV1.HoldRewardRequest {
    LoyaltyV1.HoldRewardRequest(
      requestID: freshID(), reference: reference ?? freshID(), memberID: member, rewardCode: code, storeID: "sto_1", quantity: quantity)
  }

  /// The redemption's id.
  @discardableResult
  func holdReward(_ quantity: Int64 = 1, _ member: String = "mem_a", _ code: String = "mug") async throws -> String {
    try #require(try await rewards.holdReward(rewardRequest(quantity, member, code)).redemption).redemptionID
  }

  @discardableResult
  func commitReward(_ redemption: String, _ quantity: Int64? = nil) async throws -> LoyaltyV1.CommitRedemptionResponse {
    try await rewards.commitRedemption(
      LoyaltyV1.CommitRedemptionRequest(
        requestID: freshID(), redemptionID: redemption, quantity: quantity, paymentReference: "terminal-1"))
  }

  /// Hold and commit.
  @discardableResult
  func redeem(_ quantity: Int64 = 1, _ member: String = "mem_a", _ code: String = "mug") async throws -> String {
    let redemption = try await holdReward(quantity, member, code)
    try await commitReward(redemption)
    return redemption
  }

  func cancelReward(_ redemption: String) async throws {
    _ = try await rewards.cancelRedemption(LoyaltyV1.CancelRedemptionRequest(requestID: freshID(), redemptionID: redemption))
  }

  func fulfilReward(_ redemption: String, _ reference: String = "parcel-1") async throws {
    _ = try await rewards.fulfilRedemption(
      LoyaltyV1.FulfilRedemptionRequest(requestID: freshID(), redemptionID: redemption, fulfilmentReference: reference))
  }

  @discardableResult
  func reverseReward(
    _ redemption: String, _ quantity: Int64 = 1, restock: Bool = true, reference: String? = nil
  ) async throws -> LoyaltyV1.ReverseRedemptionResponse {
    try await rewards.reverseRedemption(
      LoyaltyV1.ReverseRedemptionRequest(
        requestID: freshID(), reference: reference ?? freshID(), redemptionID: redemption, quantity: quantity, restock: restock,
        reason: "broken"))
  }

  func look(atReward redemption: String) async throws -> LoyaltyV1.Redemption {
    try #require(try await rewards.getRedemption(LoyaltyV1.GetRedemptionRequest(redemptionID: redemption)).redemption)
  }

  func offers(_ member: String = "mem_a") async throws -> [LoyaltyV1.RewardOffer] {
    try await rewards.listRewards(LoyaltyV1.ListRewardsRequest(memberID: member, pageSize: 100)).offers
  }

  func poster() -> ExpiryPoster { ExpiryPoster(environment: service.environment, interval: .seconds(60), batch: 2) }
}

func refusedReward(_ reason: String) -> Refused { Refused(code: .failedPrecondition, reason: reason) }
