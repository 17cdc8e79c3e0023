internal import Database
internal import Foundation

/// Lots, in spending order: earliest expiry, then earliest earned.
enum LotStore {
  /// What a movement adds to a lot's counters. The schema's checks hold it to what the lot has.
  struct Change: Equatable {
    var remaining: Int64 = 0
    var held: Int64 = 0
    var expired: Int64 = 0
  }

  static func insert(_ lot: Lot, of memberID: String, _ transaction: Transaction) throws {
    if !lot.sourceLotID.isEmpty { return try insertLinked(lot, of: memberID, transaction) }
    try transaction.run(
      insertLot,
      [
        .text(lot.lotID), .text(memberID), .text(lot.source.rawValue), .text(lot.orderID), .integer(lot.ruleVersion),
        .time(lot.earnedAt), .time(lot.activatesAt), .time(lot.expiresAt), .integer(lot.points), .integer(lot.remaining),
        .text(lot.action?.rawValue ?? ""), .text(lot.drawCode),
      ])
  }

  /// A lot that came out of another.
  private static func insertLinked(_ lot: Lot, of memberID: String, _ transaction: Transaction) throws {
    try transaction.run(
      insertLinkedLot,
      [
        .text(lot.lotID), .text(memberID), .text(lot.source.rawValue), .text(lot.orderID), .integer(lot.ruleVersion),
        .time(lot.earnedAt), .time(lot.activatesAt), .time(lot.expiresAt), .integer(lot.points), .integer(lot.remaining),
        .text(lot.sourceLotID), .text(lot.transferID),
      ])
  }

  static func apply(_ change: Change, to lotID: String, _ transaction: Transaction) throws {
    let rows = try transaction.run(
      applyChange, [.text(lotID), .integer(change.remaining), .integer(change.held), .integer(change.expired)])
    guard rows == 1 else { throw LedgerFault("a lot is gone") }
  }

  /// Moves the end of the member's living lots of a rule to `end`, where it is earlier. A grace lot of a return has an end of its own, and so
  /// have points from another member: a transfer prolongs no life, also by way of a receiver who orders more.
  static func prolong(of memberID: String, by ruleVersion: Int64, to end: Date, at instant: Date, _ transaction: Transaction) throws {
    try transaction.run(prolongLots, [.text(memberID), .integer(ruleVersion), .time(instant), .time(end)])
  }

  /// The same for the lots that an order, or a reward, drew from, whatever is left in them, unless some of it has expired.
  static func prolong(drawnBy spender: PointSpender, by ruleVersion: Int64, to end: Date, _ transaction: Transaction) throws {
    let statement =
      switch spender {
      case .order: prolongDrawnLots
      case .reward: prolongLotsSpentOnRewards
      }
    try transaction.run(statement, [.text(spender.id), .integer(ruleVersion), .time(end)])
  }

  /// What may be spent at `instant`.
  static func spendable(of memberID: String, at instant: Date, _ transaction: Transaction) throws -> [Lot] {
    try transaction.all(spendableLots, [.text(memberID), .time(instant)], Lot.init(row:))
  }

  /// Everything that remains, pending lots included.
  static func remaining(of memberID: String, _ transaction: Transaction) throws -> [Lot] {
    try transaction.all(remainingLots, [.text(memberID)], Lot.init(row:))
  }

  /// What remains in lots past their expiry: to be posted.
  static func lapsed(of memberID: String, at instant: Date, _ transaction: Transaction) throws -> [Lot] {
    try transaction.all(lapsedLots, [.text(memberID), .time(instant)], Lot.init(row:))
  }

  /// The lot that an order earned, also when nothing remains of it.
  static func earned(byOrder orderID: String, _ transaction: Transaction) throws -> Lot? {
    try transaction.first(lotOfOrder, [.text(orderID)], Lot.init(row:))
  }

  static func find(_ lotID: String, _ reader: some Queryable) throws -> Lot? {
    try reader.first(findLot, [.text(lotID)], Lot.init(row:))
  }

  /// A lot past its expiry, as the expiry poster goes from one to the next.
  struct Lapsed: Equatable, Sendable {
    var lotID: String
    var memberID: String
    /// Microseconds since 1970.
    var expiresAt: Int64
  }

  /// At most `limit` lapsed lots of whatever members after `previous`, the longest lapsed first.
  static func lapsedLots(at instant: Date, after previous: Lapsed?, limit: Int, _ reader: some Queryable) throws -> [Lapsed] {
    try reader.all(
      longestLapsed, [.time(instant), .integer(previous?.expiresAt ?? .min), .text(previous?.lotID ?? ""), .integer(limit)]
    ) { Lapsed(lotID: $0.text(0), memberID: $0.text(1), expiresAt: $0.int64(2)) }
  }

  /// The expiry schedule at `instant`, after the lot at `key`: what remains alive, and what is held whatever its expiry.
  static func schedule(
    of memberID: String, at instant: Date, after key: (expiresAt: Int64, earnedAt: Int64, lotID: String)?, limit: Int,
    _ reader: some Queryable
  ) throws -> [Lot] {
    try reader.all(
      scheduledLots,
      [
        .text(memberID), .time(instant), .integer(key?.expiresAt ?? .min), .integer(key?.earnedAt ?? .min),
        .text(key?.lotID ?? ""), .integer(limit),
      ],
      Lot.init(row:))
  }

  /// As `Lot.init(row:)` reads them.
  static let columns =
    """
    lot_id, source, order_id, rule_version, earned_at, activates_at, expires_at, points, remaining, held, expired, action, source_lot_id,
    transfer_id, draw_code
    """

  static let columnCount = 15

  private static let findLot = SQL("loyalty.find-lot", "SELECT \(columns) FROM lot WHERE lot_id = ?1")

  private static let insertLot = SQL(
    "loyalty.insert-lot",
    """
    INSERT INTO lot (lot_id, member_id, source, order_id, rule_version, earned_at, activates_at, expires_at, points, remaining,
      action, draw_code)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
    """)

  private static let insertLinkedLot = SQL(
    "loyalty.insert-linked-lot",
    """
    INSERT INTO lot (lot_id, member_id, source, order_id, rule_version, earned_at, activates_at, expires_at, points, remaining,
      source_lot_id, transfer_id)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
    """)

  private static let applyChange = SQL(
    "loyalty.change-lot",
    "UPDATE lot SET remaining = remaining + ?2, held = held + ?3, expired = expired + ?4 WHERE lot_id = ?1")

  private static let prolongLots = SQL(
    "loyalty.prolong-lots",
    """
    UPDATE lot SET expires_at = ?4
    WHERE member_id = ?1 AND rule_version = ?2 AND source <> 'return' AND transfer_id = '' AND remaining + held > 0
      AND expires_at > ?3 AND expires_at < ?4
    """)

  private static let prolongDrawnLots = SQL(
    "loyalty.prolong-drawn-lots",
    """
    UPDATE lot SET expires_at = ?3
    WHERE rule_version = ?2 AND source <> 'return' AND transfer_id = '' AND expired = 0 AND expires_at < ?3
      AND lot_id IN (SELECT lot_id FROM hold_draw WHERE order_id = ?1)
    """)

  private static let prolongLotsSpentOnRewards = SQL(
    "loyalty.prolong-lots-spent-on-rewards",
    """
    UPDATE lot SET expires_at = ?3
    WHERE rule_version = ?2 AND source <> 'return' AND transfer_id = '' AND expired = 0 AND expires_at < ?3
      AND lot_id IN (SELECT lot_id FROM spend_draw WHERE spend_id = ?1)
    """)

  private static let spendableLots = SQL(
    "loyalty.spendable-lots",
    """
    SELECT \(columns) FROM lot
    WHERE member_id = ?1 AND remaining + held > 0 AND remaining > 0 AND expires_at > ?2 AND activates_at <= ?2
    ORDER BY expires_at, earned_at, lot_id
    """)

  private static let remainingLots = SQL(
    "loyalty.remaining-lots",
    """
    SELECT \(columns) FROM lot
    WHERE member_id = ?1 AND remaining + held > 0 AND remaining > 0
    ORDER BY expires_at, earned_at, lot_id
    """)

  private static let lapsedLots = SQL(
    "loyalty.lapsed-lots",
    """
    SELECT \(columns) FROM lot
    WHERE member_id = ?1 AND remaining + held > 0 AND remaining > 0 AND expires_at <= ?2
    ORDER BY expires_at, earned_at, lot_id
    """)

  private static let lotOfOrder = SQL(
    "loyalty.lot-of-order", "SELECT \(columns) FROM lot WHERE order_id = ?1 AND source = 'order'")

  private static let longestLapsed = SQL(
    "loyalty.longest-lapsed-lots",
    """
    SELECT lot_id, member_id, expires_at FROM lot WHERE remaining > 0 AND expires_at <= ?1 AND (expires_at, lot_id) > (?2, ?3)
    ORDER BY expires_at, lot_id LIMIT ?4
    """)

  private static let scheduledLots = SQL(
    "loyalty.scheduled-lots",
    """
    SELECT \(columns) FROM lot
    WHERE member_id = ?1 AND remaining + held > 0 AND (expires_at > ?2 OR held > 0)
      AND (expires_at, earned_at, lot_id) > (?3, ?4, ?5)
    ORDER BY expires_at, earned_at, lot_id LIMIT ?6
    """)
}

extension Lot {
  init(row: Row) throws {
    guard let source = Source(rawValue: row.text(1)) else { throw LedgerFault("a lot has no known source") }
    self.init(
      lotID: row.text(0), source: source, action: EarnAction(rawValue: row.text(11)), orderID: row.text(2), ruleVersion: row.int64(3),
      earnedAt: row.time(4),
      activatesAt: row.time(5), expiresAt: row.time(6), points: row.int64(7), remaining: row.int64(8), held: row.int64(9),
      expired: row.int64(10), sourceLotID: row.text(12), transferID: row.text(13))
    drawCode = row.text(14)
  }
}
