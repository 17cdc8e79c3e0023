internal import Database
internal import Foundation
internal import GoogleProto
internal import PatronAPI

/// Cards, plans and statements as the contract has them.
enum EntitlementMessages {
  /// - Throws: ENTITLEMENT_UNKNOWN.
  static func card(_ entitlementID: String, at instant: Date, _ reader: some Queryable) throws -> LoyaltyV1.Entitlement {
    guard let card = try EntitlementStore.find(entitlementID, at: instant, reader) else { throw EntitlementRefusal.entitlementUnknown }
    return message(card, at: instant, plan: try EntitlementPlanStore.governing(card, at: instant, reader))
  }

  private static func message(_ card: Entitlement, at instant: Date, plan: EntitlementPlan) -> LoyaltyV1.Entitlement {
    let oldestEnd = plan.calendar.instant(instant, plusDays: -EntitlementLimits.shownDaysAfterEnd)
    let held = card.running(at: instant).reduce(0) { $0 + $1.held }
    return LoyaltyV1.Entitlement(
      entitlementID: card.entitlementID, memberID: card.memberID, planCode: card.planCode,
      state: card.state(at: instant, plan: plan).message, usesLeft: card.usesLeft(at: instant), usesHeld: held,
      expireTime: card.end.flatMap(time(ofEnd:)),
      frozenUntilTime: card.isFrozen(at: instant) ? GoogleProtobuf.Timestamp(card.frozen.upperBound) : nil, renews: card.renews,
      periods: card.periods.filter { $0.end > oldestEnd }.map(LoyaltyV1.EntitlementPeriod.init),
      asOfTime: GoogleProtobuf.Timestamp(instant))
  }

  static func time(ofEnd end: Date) -> GoogleProtobuf.Timestamp? { end == ProgramCalendar.never ? nil : GoogleProtobuf.Timestamp(end) }
}

extension LoyaltyV1.EntitlementPeriod {
  init(_ period: EntitlementPeriod) {
    self.init(
      number: Int32(period.number), planVersion: period.planVersion, storeID: period.storeID,
      startTime: GoogleProtobuf.Timestamp(period.start), expireTime: EntitlementMessages.time(ofEnd: period.end), uses: period.uses,
      used: period.used, held: period.held, frozenDays: Int32(period.frozenDays), price: TypeV1.Money(period.price, period.currencyCode),
      payment: LoyaltyV1.StoredValuePayment(period.payment), refunded: period.refunded.map { TypeV1.Money($0, period.currencyCode) })
  }
}

extension LoyaltyV1.EntitlementPlan {
  init(_ plan: EntitlementPlan) {
    self.init(
      code: plan.code, version: plan.version, name: plan.name, uses: plan.uses, usesPerDay: plan.usesPerDay, validity: plan.validity.text,
      timeZone: plan.timeZoneIdentifier, price: TypeV1.Money(plan.price, plan.currencyCode), services: plan.services,
      freezeDays: Int32(plan.freezeDays), graceDays: Int32(plan.graceDays), publishTime: GoogleProtobuf.Timestamp(plan.publishedAt))
  }
}

extension LoyaltyV1.EntitlementEntry {
  init(_ entry: EntitlementEntry) {
    self.init(
      entryID: entry.entryID, kind: entry.kind.message, period: Int32(entry.period), uses: entry.uses, days: Int32(entry.days),
      money: entry.currencyCode.isEmpty ? nil : TypeV1.Money(entry.money, entry.currencyCode), useID: entry.useID,
      storeID: entry.origin.storeID, actor: entry.origin.actor, reference: entry.reference, reason: entry.reason,
      postTime: GoogleProtobuf.Timestamp(entry.postedAt))
  }
}

extension LoyaltyV1.EntitlementUse {
  init(_ use: EntitlementUse, at instant: Date) {
    let state = use.state(at: instant)
    self.init(
      useID: use.useID, entitlementID: use.entitlementID, state: state.message, uses: use.uses, service: use.service, storeID: use.storeID,
      reference: use.reference, heldUntilTime: state == .held ? GoogleProtobuf.Timestamp(use.heldUntil) : nil)
  }
}

extension Entitlement.State {
  fileprivate var message: LoyaltyV1.EntitlementState {
    switch self {
    case .active: .active
    case .pending: .pending
    case .frozen: .frozen
    case .usedUp: .usedUp
    case .grace: .grace
    case .ended: .ended
    }
  }
}

extension EntitlementEntry.Kind {
  fileprivate var message: LoyaltyV1.EntitlementEntryKind {
    switch self {
    case .issue: .issue
    case .renew: .renew
    case .use: .use
    case .useReversal: .useReversal
    case .freeze: .freeze
    case .unfreeze: .unfreeze
    case .refund: .refund
    }
  }
}

extension EntitlementUse.State {
  fileprivate var message: LoyaltyV1.EntitlementUseState {
    switch self {
    case .held: .held
    case .used: .used
    case .cancelled: .cancelled
    case .lapsed: .lapsed
    case .reversed: .reversed
    }
  }
}
