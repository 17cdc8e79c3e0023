internal import Database
internal import Foundation
internal import PatronAPI
internal import ProtobufC
internal import RPC
internal import ServiceKit

/// `patron.loyalty.v1.RewardService`: decode, call, encode. Its extensions hold the methods by topic.
struct RewardHandler: LoyaltyV1.RewardService {
  let environment: ServiceEnvironment

  // MARK: The catalogue

  func publishReward(_ request: LoyaltyV1.PublishRewardRequest, context: ServerContext) async throws -> LoyaltyV1.PublishRewardResponse {
    try context.caller.require(anyOf: .rewardsWrite)
    let draft = try Reward(publishing: request.reward ?? LoyaltyV1.Reward(), stock: request.initialStock, at: environment.clock.now())
    let (now, origin) = (environment.clock.now(), origin(context))
    return try await environment.commands.run(request, context) { transaction in
      var reward = draft
      reward.timeZoneIdentifier = try ProgramStore.inForce(transaction).rule.timeZoneIdentifier
      reward = try RewardStore.publish(reward, transaction)
      if reward.version == 1 {
        try RewardStockStore.insert(reward.code, stock: request.initialStock, transaction)
        if let stock = request.initialStock {
          try RewardStockStore.append(stock, reason: "published", by: origin, to: reward.code, at: now, transaction)
        }
      } else if request.initialStock != nil {
        throw RewardRefusal.stockByMovement
      }
      guard let stock = try RewardStockStore.find(reward.code, at: now, transaction) else { throw LedgerFault("a reward has no row") }
      return LoyaltyV1.PublishRewardResponse(reward: LoyaltyV1.Reward(reward), stock: LoyaltyV1.RewardStock(stock))
    }
  }

  func adjustRewardStock(
    _ request: LoyaltyV1.AdjustRewardStockRequest, context: ServerContext
  ) async throws -> LoyaltyV1.AdjustRewardStockResponse {
    try context.caller.require(anyOf: .rewardsWrite)
    var errors = FieldErrors()
    let code = StoredValueReading.identifier(request.rewardCode, "reward_code", &errors)
    let reason = StoredValueReading.reason(request.reason, &errors)
    let most = RewardLimits.maximumStock
    errors.require(request.delta != 0 && (-most...most).contains(request.delta), "delta", "must not be 0, and at most \(most)")
    try errors.throwIfAny()
    let (now, origin) = (environment.clock.now(), origin(context))
    return try await environment.commands.run(request, context, locking: LoyaltyLocks.reward) { transaction in
      guard let stock = try RewardStockStore.take(code, at: now, transaction) else { throw RewardRefusal.rewardUnknown }
      guard stock.stock != nil else { throw RewardRefusal.stockWithoutCount }
      guard try RewardStockStore.adjust(code, by: request.delta, transaction) else {
        throw RewardRefusal.stockTaken(least: stock.held + stock.used)
      }
      try RewardStockStore.append(request.delta, reason: reason, by: origin, to: code, at: now, transaction)
      guard let after = try RewardStockStore.find(code, at: now, transaction) else { throw LedgerFault("a reward's row is gone") }
      return LoyaltyV1.AdjustRewardStockResponse(stock: LoyaltyV1.RewardStock(after))
    }
  }

  func listRewardStockMovements(
    _ request: LoyaltyV1.ListRewardStockMovementsRequest, context: ServerContext
  ) async throws -> LoyaltyV1.ListRewardStockMovementsResponse {
    try context.caller.require(anyOf: .rewardsRead)
    var errors = FieldErrors()
    let code = StoredValueReading.identifier(request.rewardCode, "reward_code", &errors)
    try errors.throwIfAny()
    let list = "loyalty.reward-movements reward=\(code)"
    let page = try PageRequest(size: request.pageSize, token: request.pageToken, list: list)
    let below = try page.after?.integer(0) ?? .max
    return try await environment.database.read(for: context) { snapshot in
      let rows = try RewardStockStore.movements(of: code, below: below, limit: page.size + 1, snapshot)
      let (shown, nextPageToken) = page.cut(rows, list: list) { [.integer($0.number)] }
      return LoyaltyV1.ListRewardStockMovementsResponse(
        movements: shown.map(LoyaltyV1.RewardStockMovement.init), nextPageToken: nextPageToken)
    }
  }

  func getReward(_ request: LoyaltyV1.GetRewardRequest, context: ServerContext) async throws -> LoyaltyV1.GetRewardResponse {
    try context.caller.require(anyOf: .rewardsRead, .rewardsRedeem)
    var errors = FieldErrors()
    let code = StoredValueReading.identifier(request.rewardCode, "reward_code", &errors)
    errors.require(request.version >= 0, "version", "must be 0 (the one in force) or more")
    try errors.throwIfAny()
    let now = environment.clock.now()
    return try await environment.database.read(for: context) { snapshot in
      let found =
        request.version == 0
        ? try RewardStore.inForce(code, snapshot) : try RewardStore.find(code, version: request.version, snapshot)
      guard let reward = found, let stock = try RewardStockStore.find(code, at: now, snapshot) else { throw RewardRefusal.rewardUnknown }
      return LoyaltyV1.GetRewardResponse(reward: LoyaltyV1.Reward(reward), stock: LoyaltyV1.RewardStock(stock))
    }
  }

  func listRewards(_ request: LoyaltyV1.ListRewardsRequest, context: ServerContext) async throws -> LoyaltyV1.ListRewardsResponse {
    try context.caller.require(anyOf: .rewardsRead, .rewardsRedeem)
    var errors = FieldErrors()
    let memberID = StoredValueReading.identifier(request.memberID, "member_id", &errors)
    try errors.throwIfAny()
    let list = "loyalty.rewards member=\(memberID)"
    let page = try PageRequest(size: request.pageSize, token: request.pageToken, list: list)
    let start = try page.after?.text(0) ?? ""
    let now = environment.clock.now()
    return try await environment.database.read(for: context) { snapshot in
      let rewards = try RewardStore.list(after: start, limit: page.size + 1, snapshot)
      let (shown, nextPageToken) = page.cut(rewards, list: list) { [.text($0.code)] }
      let balance = try BalanceReader.balance(of: memberID, at: now, snapshot)
      return LoyaltyV1.ListRewardsResponse(
        offers: try shown.map { try RewardMessages.offer($0, to: balance, at: now, snapshot) }, nextPageToken: nextPageToken)
    }
  }

  // MARK: Parts

  func movementIDs() -> MovementIDs { MovementIDs(from: environment.ids.next("ent")) }

  func origin(_ context: ServerContext, storeID: String = "") -> LedgerOrigin {
    LedgerOrigin(clientID: context.caller.clientID, staffID: context.caller.staffID, storeID: storeID)
  }
}
