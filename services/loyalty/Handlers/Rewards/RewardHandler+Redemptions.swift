internal import Database
internal import Foundation
internal import PatronAPI
internal import ProtobufC
internal import RPC
internal import ServiceKit

// Redemptions: held, taken, cancelled, handed out, taken back.
extension RewardHandler {
  func holdReward(_ request: LoyaltyV1.HoldRewardRequest, context: ServerContext) async throws -> LoyaltyV1.HoldRewardResponse {
    try context.caller.require(anyOf: .rewardsRedeem)
    var errors = FieldErrors()
    let reference = StoredValueReading.identifier(request.reference, "reference", &errors)
    let memberID = StoredValueReading.identifier(request.memberID, "member_id", &errors)
    let code = StoredValueReading.identifier(request.rewardCode, "reward_code", &errors)
    let storeID = StoredValueReading.identifier(request.storeID, "store_id", &errors)
    errors.require(
      (1...RewardLimits.maximumQuantity).contains(request.quantity), "quantity", "must be 1 to \(RewardLimits.maximumQuantity)")
    try errors.throwIfAny()
    let (now, ids, redemptionID) = (environment.clock.now(), movementIDs(), environment.ids.next("rdm"))
    let origin = origin(context, storeID: storeID)
    return try await environment.commands.run(request, context, locking: LoyaltyLocks.reward) { transaction in
      var member = try MemberLedger.open(memberID, at: now, ids: ids, transaction)
      let key = ValueReferenceStore.Key(kind: "reward-hold", storeID: storeID, reference: reference)
      let made = try ValueReferenceStore.once(key, terms: "\(memberID)|\(code)|\(request.quantity)", transaction) {
        guard let reward = try RewardStore.inForce(code, transaction) else { throw RewardRefusal.rewardUnknown }
        if let expected = request.expectedPoints, expected != reward.points { throw RewardRefusal.priceChanged(points: reward.points) }
        try member.hold(
          reward,
          as: Redemption(
            redemptionID: redemptionID, memberID: memberID, code: code, version: reward.version, state: .held, quantity: request.quantity,
            points: reward.points, cash: reward.cash, currencyCode: reward.currencyCode, storeID: storeID, clientID: origin.clientID,
            staffID: origin.staffID, reference: reference, day: reward.calendar.dayNumber(of: now),
            heldUntil: now.addingTimeInterval(TimeInterval(reward.holdSeconds)), createdAt: now))
        return redemptionID
      }
      let balance = try member.close()
      return LoyaltyV1.HoldRewardResponse(
        redemption: try RewardMessages.redemption(made, at: now, transaction), balance: LoyaltyV1.Balance(balance))
    }
  }

  func commitRedemption(
    _ request: LoyaltyV1.CommitRedemptionRequest, context: ServerContext
  ) async throws -> LoyaltyV1.CommitRedemptionResponse {
    try context.caller.require(anyOf: .rewardsRedeem)
    var errors = FieldErrors()
    errors.require(request.quantity.map { $0 > 0 } ?? true, "quantity", "must be 1 or more")
    errors.require(optionalText: request.paymentReference, "payment_reference", upTo: StoredValueLimits.maximumPaymentReferenceBytes)
    try errors.throwIfAny()
    return try await step(request.redemptionID, request, context) { member, _, _ in
      try member.commit(request.redemptionID, quantity: request.quantity, paymentReference: request.paymentReference)
      return ""
    } reply: { redemption, balance, _, _ in
      LoyaltyV1.CommitRedemptionResponse(redemption: redemption, balance: balance)
    }
  }

  func cancelRedemption(
    _ request: LoyaltyV1.CancelRedemptionRequest, context: ServerContext
  ) async throws -> LoyaltyV1.CancelRedemptionResponse {
    try context.caller.require(anyOf: .rewardsRedeem)
    return try await step(request.redemptionID, request, context) { member, _, _ in
      try member.cancel(redemptionID: request.redemptionID)
      return ""
    } reply: { redemption, balance, _, _ in
      LoyaltyV1.CancelRedemptionResponse(redemption: redemption, balance: balance)
    }
  }

  func fulfilRedemption(
    _ request: LoyaltyV1.FulfilRedemptionRequest, context: ServerContext
  ) async throws -> LoyaltyV1.FulfilRedemptionResponse {
    try context.caller.require(anyOf: .rewardsRedeem)
    var errors = FieldErrors()
    let reference = StoredValueReading.identifier(request.fulfilmentReference, "fulfilment_reference", &errors)
    try errors.throwIfAny()
    return try await step(request.redemptionID, request, context) { member, _, _ in
      try member.fulfil(request.redemptionID, reference: reference)
      return ""
    } reply: { redemption, _, _, _ in
      LoyaltyV1.FulfilRedemptionResponse(redemption: redemption)
    }
  }

  func reverseRedemption(
    _ request: LoyaltyV1.ReverseRedemptionRequest, context: ServerContext
  ) async throws -> LoyaltyV1.ReverseRedemptionResponse {
    try context.caller.require(anyOf: .rewardsWrite)
    var errors = FieldErrors()
    let reference = StoredValueReading.identifier(request.reference, "reference", &errors)
    let reason = StoredValueReading.reason(request.reason, &errors)
    errors.require(
      (1...RewardLimits.maximumQuantity).contains(request.quantity), "quantity", "must be 1 to \(RewardLimits.maximumQuantity)")
    try errors.throwIfAny()
    let (reversalID, origin) = (environment.ids.next("rrv"), origin(context))
    return try await step(request.redemptionID, request, context) { member, found, transaction in
      let key = ValueReferenceStore.Key(kind: "reward-reversal", storeID: found.storeID, reference: reference)
      return try ValueReferenceStore.once(
        key, terms: "\(request.redemptionID)|\(request.quantity)|\(request.restock)", transaction
      ) {
        try member.reverse(
          request.redemptionID, quantity: request.quantity, restock: request.restock, reason: reason, as: reversalID, by: origin)
        return reversalID
      }
    } reply: { redemption, balance, made, transaction in
      LoyaltyV1.ReverseRedemptionResponse(
        redemption: redemption, pointsGivenBack: try RedemptionStore.points(ofReversal: made, transaction), balance: balance)
    }
  }

  func getRedemption(_ request: LoyaltyV1.GetRedemptionRequest, context: ServerContext) async throws -> LoyaltyV1.GetRedemptionResponse {
    try context.caller.require(anyOf: .rewardsRead, .rewardsRedeem)
    var errors = FieldErrors()
    let redemptionID = StoredValueReading.identifier(request.redemptionID, "redemption_id", &errors)
    try errors.throwIfAny()
    let now = environment.clock.now()
    return try await environment.database.read(for: context) { snapshot in
      LoyaltyV1.GetRedemptionResponse(redemption: try RewardMessages.redemption(redemptionID, at: now, snapshot))
    }
  }

  func listRedemptions(
    _ request: LoyaltyV1.ListRedemptionsRequest, context: ServerContext
  ) async throws -> LoyaltyV1.ListRedemptionsResponse {
    try context.caller.require(anyOf: .rewardsRead, .rewardsRedeem)
    var errors = FieldErrors()
    let memberID = StoredValueReading.identifier(request.memberID, "member_id", &errors)
    try errors.throwIfAny()
    let list = "loyalty.redemptions member=\(memberID)"
    let page = try PageRequest(size: request.pageSize, token: request.pageToken, list: list)
    let before = (createdAt: try page.after?.integer(0) ?? .max, redemptionID: try page.after?.text(1) ?? "")
    let now = environment.clock.now()
    return try await environment.database.read(for: context) { snapshot in
      let rows = try RedemptionStore.list(of: memberID, before: before, limit: page.size + 1, snapshot)
      let (shown, nextPageToken) = page.cut(rows, list: list) {
        [.integer($0.createdAt.microsecondsSince1970), .text($0.redemptionID)]
      }
      return LoyaltyV1.ListRedemptionsResponse(
        redemptions: shown.map { LoyaltyV1.Redemption($0, at: now) }, nextPageToken: nextPageToken)
    }
  }

  /// A step of a redemption. Whose it is never changes, so it is looked up before the write takes the member's row.
  private func step<Request: RequestIdentified, Reply: ProtobufMessage>(
    _ redemptionID: String, _ request: Request, _ context: ServerContext,
    _ step: @escaping @Sendable (inout MemberLedger, Redemption, Transaction) throws -> String,
    reply: @escaping @Sendable (LoyaltyV1.Redemption, LoyaltyV1.Balance, String, Transaction) throws -> Reply
  ) async throws -> Reply {
    var errors = FieldErrors()
    let redemptionID = StoredValueReading.identifier(redemptionID, "redemption_id", &errors)
    try errors.throwIfAny()
    let found = try await environment.database.read(for: context) { snapshot in try RedemptionStore.find(redemptionID, snapshot) }
    guard let found else { throw RewardRefusal.redemptionUnknown }
    try context.caller.require(storeID: found.storeID)
    let (now, ids) = (environment.clock.now(), movementIDs())
    return try await environment.commands.run(request, context, locking: LoyaltyLocks.reward) { transaction in
      var member = try MemberLedger.open(found.memberID, at: now, ids: ids, transaction)
      let made = try step(&member, found, transaction)
      let balance = try member.close()
      return try reply(
        try RewardMessages.redemption(redemptionID, at: now, transaction), LoyaltyV1.Balance(balance), made, transaction)
    }
  }
}
