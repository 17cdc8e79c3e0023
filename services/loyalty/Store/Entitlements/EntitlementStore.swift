internal import Database
internal import Foundation

/// The rows of cards and of their periods.
enum EntitlementStore {
  /// As it stands at `instant`: what lapsed holds held is free.
  static func find(_ entitlementID: String, at instant: Date, _ reader: some Queryable) throws -> Entitlement? {
    guard let card = try reader.first(findCard, [.text(entitlementID)], Entitlement.init(row:)) else { return nil }
    return try withPeriods(card, at: instant, reader)
  }

  /// The same, and takes the card's row for this write: first in every write of it, so that writes of one card are serial on any engine.
  static func take(_ entitlementID: String, at instant: Date, _ transaction: Transaction) throws -> Entitlement? {
    guard let card = try transaction.first(takeCard, [.text(entitlementID)], Entitlement.init(row:)) else { return nil }
    return try withPeriods(card, at: instant, transaction)
  }

  /// Newest first.
  static func list(
    of memberID: String, before: (createdAt: Int64, entitlementID: String), limit: Int, _ reader: some Queryable
  ) throws -> [(createdAt: Int64, entitlementID: String)] {
    try reader.all(cardsOfMember, [.text(memberID), .integer(before.createdAt), .text(before.entitlementID), .integer(limit)]) {
      (createdAt: $0.int64(0), entitlementID: $0.text(1))
    }
  }

  static func insert(_ card: Entitlement, _ transaction: Transaction) throws {
    try transaction.run(
      insertCard,
      [.text(card.entitlementID), .text(card.memberID), .text(card.planCode), .bool(card.renews), .time(card.createdAt)])
  }

  /// Everything of a card's row that may change.
  static func update(_ card: Entitlement, _ transaction: Transaction) throws {
    let rows = try transaction.run(
      updateCard,
      [
        .text(card.entitlementID), .bool(card.renews), .time(card.frozen.lowerBound), .time(card.frozen.upperBound),
        .integer(card.lastNumber),
      ])
    guard rows == 1 else { throw LedgerFault("a card's row is gone") }
  }

  static func insert(_ period: EntitlementPeriod, of entitlementID: String, _ transaction: Transaction) throws {
    try transaction.run(
      insertPeriod,
      [
        .text(entitlementID), .integer(period.number), .integer(period.planVersion), .text(period.storeID), .time(period.soldStart),
        .time(period.soldEnd), .time(period.anchor.start), .integer(period.anchor.spans), .time(period.start), .time(period.end),
        .integer(period.uses), .integer(period.price), .text(period.currencyCode), .integer(period.payment.kind),
        .text(period.payment.reference),
      ])
  }

  /// Everything of a period's row that may change.
  static func update(_ period: EntitlementPeriod, of entitlementID: String, _ transaction: Transaction) throws {
    let rows = try transaction.run(
      updatePeriod,
      [
        .text(entitlementID), .integer(period.number), .integer(period.startDelayDays), .integer(period.endDelayDays),
        .time(period.start), .time(period.end), .integer(period.used), .integer(period.held), .integer(period.refunded ?? -1),
      ])
    guard rows == 1 else { throw LedgerFault("a period's row is gone") }
  }

  private static func withPeriods(_ card: Entitlement, at instant: Date, _ reader: some Queryable) throws -> Entitlement {
    var card = card
    card.periods = try reader.all(periodsOfCard, [.text(card.entitlementID)], EntitlementPeriod.init(row:))
    for draw in try EntitlementUseStore.lapsedDraws(of: card.entitlementID, at: instant, reader) {
      guard let index = card.periods.firstIndex(where: { $0.number == draw.period }) else { throw LedgerFault("a draw has no period") }
      card.periods[index].held -= draw.uses
    }
    return card
  }

  // MARK: SQL

  private static let columns = "entitlement_id, member_id, plan_code, renews, frozen_at, frozen_until, last_number, created_at"

  private static let findCard = SQL("loyalty.find-entitlement", "SELECT \(columns) FROM entitlement WHERE entitlement_id = ?1")

  private static let takeCard = SQL(
    "loyalty.take-entitlement", "SELECT \(columns) FROM entitlement WHERE entitlement_id = ?1", locksRow: true)

  private static let cardsOfMember = SQL(
    "loyalty.entitlements-of-member",
    """
    SELECT created_at, entitlement_id FROM entitlement WHERE member_id = ?1 AND (created_at, entitlement_id) < (?2, ?3)
    ORDER BY created_at DESC, entitlement_id DESC LIMIT ?4
    """)

  private static let insertCard = SQL(
    "loyalty.insert-entitlement",
    "INSERT INTO entitlement (entitlement_id, member_id, plan_code, renews, created_at) VALUES (?1, ?2, ?3, ?4, ?5)")

  private static let updateCard = SQL(
    "loyalty.update-entitlement",
    "UPDATE entitlement SET renews = ?2, frozen_at = ?3, frozen_until = ?4, last_number = ?5 WHERE entitlement_id = ?1")

  private static let periodsOfCard = SQL(
    "loyalty.entitlement-periods",
    """
    SELECT number, plan_version, store_id, sold_start, sold_end, anchor_start, anchor_spans, start_delay_days, end_delay_days, uses, used,
      held, price, currency_code, payment_kind, payment_reference, refunded, starts_at, ends_at
    FROM entitlement_period WHERE entitlement_id = ?1 ORDER BY number
    """)

  private static let insertPeriod = SQL(
    "loyalty.insert-entitlement-period",
    """
    INSERT INTO entitlement_period (entitlement_id, number, plan_version, store_id, sold_start, sold_end, anchor_start, anchor_spans,
      starts_at, ends_at, uses, price, currency_code, payment_kind, payment_reference)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
    """)

  private static let updatePeriod = SQL(
    "loyalty.update-entitlement-period",
    """
    UPDATE entitlement_period SET start_delay_days = ?3, end_delay_days = ?4, starts_at = ?5, ends_at = ?6, used = ?7, held = ?8,
      refunded = ?9
    WHERE entitlement_id = ?1 AND number = ?2
    """)
}

extension Entitlement {
  fileprivate init(row: Row) {
    self.init(
      entitlementID: row.text(0), memberID: row.text(1), planCode: row.text(2), renews: row.bool(3), frozen: row.time(4)..<row.time(5),
      lastNumber: row.int64(6), createdAt: row.time(7), periods: [])
  }
}

extension EntitlementPeriod {
  fileprivate init(row: Row) {
    self.init(
      number: row.int64(0), planVersion: row.int64(1), storeID: row.text(2), soldStart: row.time(3), soldEnd: row.time(4),
      anchor: Anchor(start: row.time(5), spans: row.int(6)), uses: row.int64(9), price: row.int64(12), currencyCode: row.text(13),
      payment: TopUpStore.Payment(kind: row.int64(14), reference: row.text(15)))
    startDelayDays = row.int(7)
    endDelayDays = row.int(8)
    used = row.int64(10)
    held = row.int64(11)
    refunded = row.int64(16) < 0 ? nil : row.int64(16)
    start = row.time(17)
    end = row.time(18)
  }
}
