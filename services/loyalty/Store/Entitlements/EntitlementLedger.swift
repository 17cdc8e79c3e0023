internal import Database
internal import Foundation
internal import PatronAPI

/// One write of one card, inside one transaction.
///
/// Life: `open` takes the card's row and writes down which holds have lapsed; an operation (the extensions) decides by what was read then, which
/// nobody else changes until the write ends, and posts what it did. Each leaves rows and statement in agreement, so nothing is closed.
struct EntitlementLedger {
  let transaction: Transaction
  let instant: Date
  /// Of the governing period: what was sold keeps to its own version.
  let plan: EntitlementPlan
  let origin: LedgerOrigin
  private(set) var card: Entitlement
  private var ids: MovementIDs

  /// - Throws: ENTITLEMENT_UNKNOWN.
  static func open(
    _ entitlementID: String, at instant: Date, ids: MovementIDs, origin: LedgerOrigin, _ transaction: Transaction
  ) throws -> EntitlementLedger {
    guard let card = try EntitlementStore.take(entitlementID, at: instant, transaction) else { throw EntitlementRefusal.entitlementUnknown }
    let plan = try EntitlementPlanStore.governing(card, at: instant, transaction)
    let ledger = EntitlementLedger(transaction: transaction, instant: instant, plan: plan, origin: origin, card: card, ids: ids)
    try ledger.postLapsed()
    return ledger
  }

  /// A new card with its first period.
  static func issue(
    _ card: Entitlement, of plan: EntitlementPlan, from start: Date, for sale: Sale, at instant: Date, ids: MovementIDs,
    origin: LedgerOrigin, _ transaction: Transaction
  ) throws -> EntitlementLedger {
    try EntitlementStore.insert(card, transaction)
    var ledger = EntitlementLedger(transaction: transaction, instant: instant, plan: plan, origin: origin, card: card, ids: ids)
    try ledger.sell(Entitlement.firstSpan(from: start, of: plan), of: plan, for: sale, as: .issue)
    return ledger
  }

  private init(
    transaction: Transaction, instant: Date, plan: EntitlementPlan, origin: LedgerOrigin, card: Entitlement, ids: MovementIDs
  ) {
    self.transaction = transaction
    self.instant = instant
    self.plan = plan
    self.origin = origin
    self.card = card
    self.ids = ids
  }

  // MARK: Parts of operations

  mutating func change<Result>(_ change: (inout Entitlement) throws -> Result) throws -> Result {
    let before = card
    let result = try change(&card)
    for (old, new) in zip(before.periods, card.periods) where old != new {
      try EntitlementStore.update(new, of: card.entitlementID, transaction)
    }
    for new in card.periods.dropFirst(before.periods.count) {
      try EntitlementStore.insert(new, of: card.entitlementID, transaction)
    }
    if card.renews != before.renews || card.frozen != before.frozen || card.lastNumber != before.lastNumber {
      try EntitlementStore.update(card, transaction)
    }
    return result
  }

  /// Appends a line to the statement and makes it known.
  mutating func post(_ kind: EntitlementEntry.Kind, of period: Int64, _ fill: (inout EntitlementEntry) -> Void = { _ in }) throws {
    var entry = EntitlementEntry(entryID: ids.nextEntry(), kind: kind, period: period, origin: origin, postedAt: instant)
    fill(&entry)
    try change { $0.lastNumber += 1 }
    try EntitlementEntryStore.append(entry, to: card.entitlementID, number: card.lastNumber, transaction)
    let event = LoyaltyV1.EntitlementChanged(
      entitlementID: card.entitlementID, memberID: card.memberID, entry: LoyaltyV1.EntitlementEntry(entry))
    try transaction.append(
      OutboxEvent(
        id: ids.nextEvent(), type: "loyalty.entitlement_changed.v1", aggregateType: "entitlement", aggregateID: card.entitlementID,
        time: instant, payload: event.encoded()))
  }

  /// The card as it was read has them free already; this only writes down what was so since their instants.
  private func postLapsed() throws {
    let lapsed = try EntitlementUseStore.lapsed(of: card.entitlementID, at: instant, transaction)
    guard !lapsed.isEmpty else { return }
    for useID in lapsed { try EntitlementUseStore.set(.lapsed, of: useID, transaction) }
    for period in card.periods { try EntitlementStore.update(period, of: card.entitlementID, transaction) }
  }

  func index(ofPeriod number: Int64) throws -> Int {
    guard let index = card.periods.firstIndex(where: { $0.number == number }) else { throw EntitlementRefusal.periodUnknown }
    return index
  }

  func requireNotFrozen() throws {
    if card.isFrozen(at: instant) { throw EntitlementRefusal.notUsable(.frozen) }
  }
}
