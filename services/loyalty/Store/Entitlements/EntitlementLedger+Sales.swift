internal import Foundation

// Periods: sold, renewed, frozen, refunded.
extension EntitlementLedger {
  /// What a till knows of a sale.
  struct Sale: Equatable, Sendable {
    var reference: String
    var payment: TopUpStore.Payment
    var expectedPrice: Int64?
  }

  /// The next period, by the plan in force. Its number.
  mutating func renew(by plan: EntitlementPlan, for sale: Sale) throws -> Int64 {
    // A period that was sold into a freeze could not be moved back with it.
    try requireNotFrozen()
    try sell(card.nextSpan(at: instant, of: plan, bought: self.plan), of: plan, for: sale, as: .renew)
    return Int64(card.periods.count)
  }

  mutating func sell(
    _ span: Entitlement.Span, of plan: EntitlementPlan, for sale: Sale, as kind: EntitlementEntry.Kind
  ) throws {
    if let expected = sale.expectedPrice, expected != plan.price { throw EntitlementRefusal.priceChanged(price: plan.price) }
    guard card.periods.count < EntitlementLimits.maximumPeriods else { throw EntitlementRefusal.tooManyPeriods }
    let period = EntitlementPeriod(
      number: Int64(card.periods.count + 1), planVersion: plan.version, storeID: origin.storeID, soldStart: span.start, soldEnd: span.end,
      anchor: span.anchor, uses: plan.uses, price: plan.price, currencyCode: plan.currencyCode, payment: sale.payment)
    try change { $0.periods.append(period) }
    try post(kind, of: period.number) { entry in
      entry.uses = period.uses
      entry.money = period.price
      entry.currencyCode = period.currencyCode
      entry.reference = sale.reference
    }
  }

  mutating func setRenewal(_ renews: Bool) throws { try change { $0.renews = renews } }

  mutating func freeze(days: Int, reason: String) throws {
    try requireNotFrozen()
    guard let left = card.freezeDaysLeft(at: instant, of: plan), let period = card.running(at: instant).first else {
      throw EntitlementRefusal.notUsable(card.state(at: instant, plan: plan))
    }
    guard days <= left else { throw EntitlementRefusal.freezeDays(left: left) }
    let (now, calendar) = (instant, plan.calendar)
    try change { $0.freeze(days: days, at: now, calendar) }
    try post(.freeze, of: period.number) { entry in
      entry.days = Int64(days)
      entry.reason = reason
    }
  }

  mutating func unfreeze() throws {
    guard card.isFrozen(at: instant), let period = card.running(at: instant).first else {
      throw EntitlementRefusal.notUsable(card.state(at: instant, plan: plan))
    }
    let (now, calendar) = (instant, plan.calendar)
    let days = try change { $0.unfreeze(at: now, calendar) }
    try post(.unfreeze, of: period.number) { $0.days = Int64(-days) }
  }

  /// Ends a period; what is paid back for it.
  mutating func refund(_ number: Int64, reference: String, reason: String) throws -> Int64 {
    try requireNotFrozen()
    let index = try index(ofPeriod: number)
    let period = card.periods[index]
    guard period.isSold else { throw EntitlementRefusal.periodRefunded }
    guard period.held == 0 else { throw EntitlementRefusal.usesHeld }
    let amount = period.refund(at: instant, plan.calendar)
    try change { $0.periods[index].refunded = amount }
    // What it went on from ends now, and was not told of while it was followed.
    try EntitlementNoticeStore.tellAnew(card.entitlementID, endingAt: period.start, transaction)
    try post(.refund, of: number) { entry in
      entry.uses = -(period.left ?? 0)
      entry.money = -amount
      entry.currencyCode = period.currencyCode
      entry.reference = reference
      entry.reason = reason
    }
    return amount
  }
}
