internal import Database
internal import Foundation
internal import PatronAPI
internal import RPC
internal import ServiceKit

// Periods: sold, renewed, frozen, refunded.
extension EntitlementHandler {
  func issueEntitlement(
    _ request: LoyaltyV1.IssueEntitlementRequest, context: ServerContext
  ) async throws -> LoyaltyV1.IssueEntitlementResponse {
    try context.caller.require(anyOf: .entitlementsSell)
    var errors = FieldErrors()
    let sale = EntitlementReading.sale(request.reference, request.payment, request.expectedPrice, &errors)
    let memberID = StoredValueReading.identifier(request.memberID, "member_id", &errors)
    let planCode = StoredValueReading.identifier(request.planCode, "plan_code", &errors)
    let storeID = StoredValueReading.identifier(request.storeID, "store_id", &errors)
    let firstDay = request.firstDay.flatMap(StoredValueReading.day)
    errors.require(request.firstDay == nil || firstDay != nil, "first_day", "is no day of the calendar")
    try errors.throwIfAny()
    let (now, ids, entitlementID) = (environment.clock.now(), movementIDs(), environment.ids.next("etl"))
    let origin = origin(context, storeID: storeID)
    return try await environment.commands.run(request, context, locking: LoyaltyLocks.entitlement) { transaction in
      let key = ValueReferenceStore.Key(kind: "entitlement-issue", storeID: storeID, reference: sale.reference)
      let day = firstDay.map { "\($0.year)-\($0.month)-\($0.day)" } ?? ""
      let terms = "\(memberID)|\(planCode)|\(sale.payment.kind)|\(sale.payment.reference)|\(day)"
      let issued = try ValueReferenceStore.once(key, terms: terms, transaction) {
        guard let plan = try EntitlementPlanStore.inForce(planCode, transaction) else { throw EntitlementRefusal.planUnknown }
        let card = Entitlement(
          entitlementID: entitlementID, memberID: memberID, planCode: planCode, renews: request.renews,
          frozen: Date(timeIntervalSince1970: 0)..<Date(timeIntervalSince1970: 0), lastNumber: 0, createdAt: now, periods: [])
        let start = max(now, firstDay.map(plan.calendar.start(of:)) ?? now)
        _ = try EntitlementLedger.issue(card, of: plan, from: start, for: sale, at: now, ids: ids, origin: origin, transaction)
        return entitlementID
      }
      return LoyaltyV1.IssueEntitlementResponse(entitlement: try look(at: issued, now, transaction))
    }
  }

  func renewEntitlement(
    _ request: LoyaltyV1.RenewEntitlementRequest, context: ServerContext
  ) async throws -> LoyaltyV1.RenewEntitlementResponse {
    try context.caller.require(anyOf: .entitlementsSell)
    var errors = FieldErrors()
    let sale = EntitlementReading.sale(request.reference, request.payment, request.expectedPrice, &errors)
    let entitlementID = StoredValueReading.identifier(request.entitlementID, "entitlement_id", &errors)
    let storeID = StoredValueReading.identifier(request.storeID, "store_id", &errors)
    try errors.throwIfAny()
    let (now, ids, origin) = (environment.clock.now(), movementIDs(), origin(context, storeID: storeID))
    return try await environment.commands.run(request, context, locking: LoyaltyLocks.entitlement) { transaction in
      let key = ValueReferenceStore.Key(kind: "entitlement-renew", storeID: storeID, reference: sale.reference)
      let terms = "\(entitlementID)|\(sale.payment.kind)|\(sale.payment.reference)"
      let number = try ValueReferenceStore.once(key, terms: terms, transaction) {
        var ledger = try EntitlementLedger.open(entitlementID, at: now, ids: ids, origin: origin, transaction)
        guard let plan = try EntitlementPlanStore.inForce(ledger.card.planCode, transaction) else { throw EntitlementRefusal.planUnknown }
        return String(try ledger.renew(by: plan, for: sale))
      }
      guard let period = Int32(number) else { throw LedgerFault("a renewal's reference is no period") }
      return LoyaltyV1.RenewEntitlementResponse(entitlement: try look(at: entitlementID, now, transaction), period: period)
    }
  }

  func setRenewal(_ request: LoyaltyV1.SetRenewalRequest, context: ServerContext) async throws -> LoyaltyV1.SetRenewalResponse {
    try context.caller.require(anyOf: .entitlementsSell)
    var errors = FieldErrors()
    let entitlementID = StoredValueReading.identifier(request.entitlementID, "entitlement_id", &errors)
    try errors.throwIfAny()
    return try await change(entitlementID, for: request, context) {
      try $0.setRenewal(request.renews)
    } reply: { card, _ in
      LoyaltyV1.SetRenewalResponse(entitlement: card)
    }
  }

  func freezeEntitlement(
    _ request: LoyaltyV1.FreezeEntitlementRequest, context: ServerContext
  ) async throws -> LoyaltyV1.FreezeEntitlementResponse {
    try context.caller.require(anyOf: .entitlementsWrite)
    var errors = FieldErrors()
    let entitlementID = StoredValueReading.identifier(request.entitlementID, "entitlement_id", &errors)
    let reason = StoredValueReading.reason(request.reason, &errors)
    let days = Int(request.days)
    errors.require((1...EntitlementLimits.maximumFreezeDays).contains(days), "days", "must be 1 to \(EntitlementLimits.maximumFreezeDays)")
    try errors.throwIfAny()
    return try await change(entitlementID, for: request, context) {
      try $0.freeze(days: days, reason: reason)
    } reply: { card, _ in
      LoyaltyV1.FreezeEntitlementResponse(entitlement: card)
    }
  }

  func unfreezeEntitlement(
    _ request: LoyaltyV1.UnfreezeEntitlementRequest, context: ServerContext
  ) async throws -> LoyaltyV1.UnfreezeEntitlementResponse {
    try context.caller.require(anyOf: .entitlementsWrite)
    var errors = FieldErrors()
    let entitlementID = StoredValueReading.identifier(request.entitlementID, "entitlement_id", &errors)
    try errors.throwIfAny()
    return try await change(entitlementID, for: request, context) {
      try $0.unfreeze()
    } reply: { card, _ in
      LoyaltyV1.UnfreezeEntitlementResponse(entitlement: card)
    }
  }

  func refundEntitlement(
    _ request: LoyaltyV1.RefundEntitlementRequest, context: ServerContext
  ) async throws -> LoyaltyV1.RefundEntitlementResponse {
    try context.caller.require(anyOf: .entitlementsWrite)
    var errors = FieldErrors()
    let reference = StoredValueReading.identifier(request.reference, "reference", &errors)
    let entitlementID = StoredValueReading.identifier(request.entitlementID, "entitlement_id", &errors)
    let storeID = StoredValueReading.identifier(request.storeID, "store_id", &errors)
    let reason = StoredValueReading.reason(request.reason, &errors)
    errors.require(request.period > 0, "period", "must be 1 or more")
    try errors.throwIfAny()
    let (now, ids, origin) = (environment.clock.now(), movementIDs(), origin(context, storeID: storeID))
    return try await environment.commands.run(request, context, locking: LoyaltyLocks.entitlement) { transaction in
      let key = ValueReferenceStore.Key(kind: "entitlement-refund", storeID: storeID, reference: reference)
      _ = try ValueReferenceStore.once(key, terms: "\(entitlementID)|\(request.period)", transaction) {
        var ledger = try EntitlementLedger.open(entitlementID, at: now, ids: ids, origin: origin, transaction)
        return String(try ledger.refund(Int64(request.period), reference: reference, reason: reason))
      }
      // A repeat has not taken the card's row yet.
      guard let card = try EntitlementStore.take(entitlementID, at: now, transaction),
        let period = card.periods.first(where: { $0.number == Int64(request.period) }), let amount = period.refunded
      else { throw LedgerFault("a refunded period vanished") }
      return LoyaltyV1.RefundEntitlementResponse(
        paidOut: TypeV1.Money(amount, period.currencyCode), payment: LoyaltyV1.StoredValuePayment(period.payment),
        entitlement: try EntitlementMessages.card(entitlementID, at: now, transaction))
    }
  }

  /// The card of an earlier command, or of this one, as it stands now; its row is taken if the command has not done so.
  private func look(at entitlementID: String, _ now: Date, _ transaction: Transaction) throws -> LoyaltyV1.Entitlement {
    _ = try EntitlementStore.take(entitlementID, at: now, transaction)
    return try EntitlementMessages.card(entitlementID, at: now, transaction)
  }
}
