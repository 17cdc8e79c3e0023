internal import RPC
internal import ServiceKit

/// The refusals of rewards as the wire shows them; the README's table lists them.
extension RewardRefusal: RPCErrorConvertible {
  var rpcError: RPCError { wire.rpcError(from: LoyaltyApp.name) }

  private var wire: Refusal {
    switch self {
    case .rewardUnknown: Refusal(.notFound, "REWARD_UNKNOWN", "no reward of that code, or of that version, is published")
    case .redemptionUnknown: Refusal(.notFound, "REDEMPTION_UNKNOWN", "there is no such redemption")
    case .stockByMovement:
      Refusal(.failedPrecondition, "STOCK_BY_MOVEMENT", "the reward has its stock already: change it with AdjustRewardStock")
    case .stockWithoutCount: Refusal(.failedPrecondition, "STOCK_WITHOUT_COUNT", "the reward was published without a count")
    case .stockTaken(let least):
      Refusal(
        .failedPrecondition, "STOCK_TAKEN", "more than that is held and handed out", metadata: ["least_stock": String(least)])
    case .priceChanged(let points):
      Refusal(.failedPrecondition, "PRICE_CHANGED", "the price is another by now", metadata: ["price_points": String(points)])
    case .obstacle(let obstacle): obstacle.wire
    case .redemptionLapsed: Refusal(.failedPrecondition, "REDEMPTION_LAPSED", "the hold has run out")
    case .redemptionState(let state):
      Refusal(
        .failedPrecondition, "REDEMPTION_STATE", "the redemption is \(state.lowercased())", metadata: ["state": state])
    case .quantityExceeded(let left):
      Refusal(.failedPrecondition, "QUANTITY_EXCEEDED", "the redemption has fewer", metadata: ["quantity_left": String(left)])
    }
  }
}

extension RewardObstacle {
  fileprivate var wire: Refusal {
    switch self {
    case .notBegun: Refusal(.failedPrecondition, "REWARD_NOT_BEGUN", "the reward's first day is to come")
    case .ended: Refusal(.failedPrecondition, "REWARD_ENDED", "the reward's last day is over")
    case .tier: Refusal(.failedPrecondition, "REWARD_TIER", "the reward is for other tiers")
    case .outOfStock(let available):
      Refusal(.failedPrecondition, "OUT_OF_STOCK", "fewer than that are left", metadata: ["quantity_left": String(available)])
    case .totalLimit(let left): limit(left, "of all members together")
    case .memberLimit(let left): limit(left, "of a member")
    case .dayLimit(let left): limit(left, "of a member and day")
    case .monthLimit(let left): limit(left, "of a member and month")
    case .points(let spendable):
      Refusal(
        .failedPrecondition, "INSUFFICIENT_POINTS", "fewer points than that are spendable",
        metadata: ["spendable_points": String(spendable)])
    }
  }

  private func limit(_ left: Int64, _ whose: String) -> Refusal {
    Refusal(.failedPrecondition, "REWARD_LIMIT", "the limit \(whose) leaves fewer", metadata: ["quantity_left": String(left)])
  }
}
