internal import Database
internal import Foundation
internal import PatronAPI
internal import ProtobufC
internal import RPC
internal import ServiceKit

// Visits: held, used, cancelled, reversed.
extension EntitlementHandler {
  func holdUse(_ request: LoyaltyV1.HoldUseRequest, context: ServerContext) async throws -> LoyaltyV1.HoldUseResponse {
    try context.caller.require(anyOf: .entitlementsUse)
    var errors = FieldErrors()
    let reference = StoredValueReading.identifier(request.reference, "reference", &errors)
    let entitlementID = StoredValueReading.identifier(request.entitlementID, "entitlement_id", &errors)
    let storeID = StoredValueReading.identifier(request.storeID, "store_id", &errors)
    errors.require(
      (1...EntitlementLimits.maximumUses).contains(request.uses), "uses", "must be 1 to \(EntitlementLimits.maximumUses)")
    errors.require(optionalText: request.service, "service", upTo: LoyaltyLimits.maximumIdentifierBytes)
    let seconds = EntitlementReading.hold(request.hold, &errors)
    try errors.throwIfAny()
    let (now, ids, useID) = (environment.clock.now(), movementIDs(), environment.ids.next("use"))
    let origin = origin(context, storeID: storeID)
    return try await environment.commands.run(request, context, locking: LoyaltyLocks.entitlement) { transaction in
      let key = ValueReferenceStore.Key(kind: "entitlement-use", storeID: storeID, reference: reference)
      let terms = "\(entitlementID)|\(request.uses)|\(request.service)|\(request.commit)"
      let made = try ValueReferenceStore.once(key, terms: terms, transaction) {
        var ledger = try EntitlementLedger.open(entitlementID, at: now, ids: ids, origin: origin, transaction)
        try ledger.hold(
          EntitlementUse(
            useID: useID, entitlementID: entitlementID, state: .held, uses: request.uses, service: request.service, storeID: storeID,
            reference: reference, day: ledger.plan.calendar.dayNumber(of: now), heldUntil: now.addingTimeInterval(seconds)))
        if request.commit { try ledger.commit(useID) }
        return useID
      }
      // A repeat has not taken the card's row yet.
      _ = try EntitlementStore.take(entitlementID, at: now, transaction)
      return LoyaltyV1.HoldUseResponse(
        use: try Self.use(made, at: now, transaction), entitlement: try EntitlementMessages.card(entitlementID, at: now, transaction))
    }
  }

  func commitUse(_ request: LoyaltyV1.CommitUseRequest, context: ServerContext) async throws -> LoyaltyV1.CommitUseResponse {
    try context.caller.require(anyOf: .entitlementsUse)
    return try await step(request.useID, request, context) {
      try $0.commit(request.useID)
    } reply: { use, card in
      LoyaltyV1.CommitUseResponse(use: use, entitlement: card)
    }
  }

  func cancelUse(_ request: LoyaltyV1.CancelUseRequest, context: ServerContext) async throws -> LoyaltyV1.CancelUseResponse {
    try context.caller.require(anyOf: .entitlementsUse)
    return try await step(request.useID, request, context) {
      try $0.cancel(request.useID)
    } reply: { use, card in
      LoyaltyV1.CancelUseResponse(use: use, entitlement: card)
    }
  }

  func reverseUse(_ request: LoyaltyV1.ReverseUseRequest, context: ServerContext) async throws -> LoyaltyV1.ReverseUseResponse {
    try context.caller.require(anyOf: .entitlementsWrite)
    var errors = FieldErrors()
    let reason = StoredValueReading.reason(request.reason, &errors)
    try errors.throwIfAny()
    return try await step(request.useID, request, context) {
      try $0.reverse(request.useID, reason: reason)
    } reply: { use, card in
      LoyaltyV1.ReverseUseResponse(use: use, entitlement: card)
    }
  }

  /// A step of a use. Whose it is never changes, so it is looked up before the write takes the card's row.
  private func step<Request: RequestIdentified, Reply: ProtobufMessage>(
    _ useID: String, _ request: Request, _ context: ServerContext, _ step: @escaping @Sendable (inout EntitlementLedger) throws -> Void,
    reply: @escaping @Sendable (LoyaltyV1.EntitlementUse, LoyaltyV1.Entitlement) -> Reply
  ) async throws -> Reply {
    var errors = FieldErrors()
    let useID = StoredValueReading.identifier(useID, "use_id", &errors)
    try errors.throwIfAny()
    let found = try await environment.database.read(for: context) { snapshot in try EntitlementUseStore.find(useID, snapshot) }
    guard let found else { throw EntitlementRefusal.useUnknown }
    try context.caller.require(storeID: found.storeID)
    let now = environment.clock.now()
    return try await change(found.entitlementID, for: request, context, step) { card, transaction in
      reply(try Self.use(useID, at: now, transaction), card)
    }
  }

  private static func use(_ useID: String, at now: Date, _ reader: some Queryable) throws -> LoyaltyV1.EntitlementUse {
    guard let use = try EntitlementUseStore.find(useID, reader) else { throw LedgerFault("a use vanished") }
    return LoyaltyV1.EntitlementUse(use, at: now)
  }
}
