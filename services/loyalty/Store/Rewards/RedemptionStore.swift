internal import Database
internal import Foundation

/// Redemptions, guarded by their members' rows.
enum RedemptionStore {
  struct Reversal: Equatable {
    var reversalID: String
    var redemptionID: String
    var quantity: Int64
    var points: Int64
    var restock: Bool
    var reason: String
  }

  static func find(_ redemptionID: String, _ reader: some Queryable) throws -> Redemption? {
    try reader.first(findRedemption, [.text(redemptionID)], Redemption.init(row:))
  }

  static func insert(_ redemption: Redemption, _ transaction: Transaction) throws {
    try transaction.run(
      insertRedemption,
      [
        .text(redemption.redemptionID), .text(redemption.memberID), .text(redemption.code), .integer(redemption.version),
        .integer(redemption.quantity), .integer(redemption.points), .integer(redemption.cash), .text(redemption.currencyCode),
        .text(redemption.storeID), .text(redemption.clientID), .text(redemption.staffID), .text(redemption.reference),
        .integer(redemption.day), .time(redemption.heldUntil), .time(redemption.createdAt),
      ])
  }

  /// Everything of the row that may change.
  static func update(_ redemption: Redemption, _ transaction: Transaction) throws {
    let rows = try transaction.run(
      updateRedemption,
      [
        .text(redemption.redemptionID), .text(redemption.state.rawValue), .integer(redemption.quantity), .integer(redemption.reversed),
        .text(redemption.paymentReference), .text(redemption.fulfilmentReference), .optional(redemption.resolvedAt),
        .optional(redemption.fulfilledAt),
      ])
    guard rows == 1 else { throw LedgerFault("a redemption's row is gone") }
  }

  static func insert(_ reversal: Reversal, by origin: LedgerOrigin, at instant: Date, _ transaction: Transaction) throws {
    try transaction.run(
      insertReversal,
      [
        .text(reversal.reversalID), .text(reversal.redemptionID), .integer(reversal.quantity), .integer(reversal.points),
        .bool(reversal.restock), .text(reversal.reason), .text(origin.clientID), .text(origin.staffID), .time(instant),
      ])
  }

  static func points(ofReversal reversalID: String, _ reader: some Queryable) throws -> Int64 {
    guard let points = try reader.first(findReversal, [.text(reversalID)], { $0.int64(0) }) else {
      throw LedgerFault("a reversal vanished")
    }
    return points
  }

  /// What a member has of a reward, holds included that have not lapsed.
  static func taken(of memberID: String, _ code: String, on day: Int64, at instant: Date, _ reader: some Queryable) throws -> RewardTaken {
    let month = ProgramCalendar.monthNumber(ofDay: day)
    let arguments: [SQLValue] = [.text(memberID), .text(code), .integer(day), .integer(month), .time(instant)]
    let taken = try reader.first(countTaken, arguments) { row in
      RewardTaken(today: row.int64(0), thisMonth: row.int64(1), ever: row.int64(2))
    }
    return taken ?? RewardTaken()
  }

  /// A member's holds that have run out and are not written down as such.
  static func lapsed(of memberID: String, at instant: Date, _ reader: some Queryable) throws -> [Redemption] {
    try reader.all(lapsedOfMember, [.text(memberID), .time(instant)], Redemption.init(row:))
  }

  /// What those hold of each lot: free at `instant`, whoever writes it down.
  static func lapsedDraws(of memberID: String, at instant: Date, _ reader: some Queryable) throws -> [(draw: LotDraw, expiresAt: Date)] {
    try reader.all(lapsedDrawsOfMember, [.text(memberID), .time(instant)]) { row in
      (LotDraw(lotID: row.text(0), points: row.int64(1)), row.time(2))
    }
  }

  /// Members with such holds, the longest lapsed first.
  static func membersWithLapsed(at instant: Date, limit: Int, _ reader: some Queryable) throws -> [String] {
    let members = try reader.all(lapsedOfAll, [.time(instant), .integer(limit)]) { $0.text(0) }
    return Set(members).sorted()
  }

  /// Newest first.
  static func list(
    of memberID: String, before key: (createdAt: Int64, redemptionID: String), limit: Int, _ reader: some Queryable
  ) throws -> [Redemption] {
    try reader.all(
      redemptionsOfMember, [.text(memberID), .integer(key.createdAt), .text(key.redemptionID), .integer(limit)], Redemption.init(row:))
  }

  // MARK: SQL

  private static let columns =
    """
    redemption_id, member_id, code, version, state, quantity, reversed, points, cash, currency_code, store_id, client_id, staff_id, reference,
    payment_reference, fulfilment_reference, day, held_until, created_at, resolved_at, fulfilled_at
    """

  private static let findRedemption = SQL("loyalty.find-redemption", "SELECT \(columns) FROM redemption WHERE redemption_id = ?1")

  private static let insertRedemption = SQL(
    "loyalty.insert-redemption",
    """
    INSERT INTO redemption (redemption_id, member_id, code, version, state, quantity, points, cash, currency_code, store_id, client_id,
      staff_id, reference, day, held_until, created_at)
    VALUES (?1, ?2, ?3, ?4, 'held', ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
    """)

  private static let updateRedemption = SQL(
    "loyalty.update-redemption",
    """
    UPDATE redemption SET state = ?2, quantity = ?3, reversed = ?4, payment_reference = ?5, fulfilment_reference = ?6, resolved_at = ?7,
      fulfilled_at = ?8
    WHERE redemption_id = ?1
    """)

  private static let insertReversal = SQL(
    "loyalty.insert-redemption-reversal",
    """
    INSERT INTO redemption_reversal (reversal_id, redemption_id, quantity, points, restock, reason, client_id, staff_id, created_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
    """)

  private static let findReversal = SQL(
    "loyalty.find-redemption-reversal", "SELECT points FROM redemption_reversal WHERE reversal_id = ?1")

  private static let countTaken = SQL(
    "loyalty.count-redemptions",
    """
    SELECT coalesce(sum(CASE WHEN day = ?3 THEN quantity - reversed ELSE 0 END), 0),
      coalesce(sum(CASE WHEN day / 31 = ?4 THEN quantity - reversed ELSE 0 END), 0), coalesce(sum(quantity - reversed), 0)
    FROM redemption
    WHERE member_id = ?1 AND code = ?2 AND state IN ('held', 'committed') AND (state = 'committed' OR held_until > ?5)
    """)

  private static let lapsedOfMember = SQL(
    "loyalty.lapsed-redemptions-of-member",
    """
    SELECT \(columns) FROM redemption WHERE member_id = ?1 AND state = 'held' AND held_until <= ?2 ORDER BY held_until, redemption_id
    """)

  private static let lapsedDrawsOfMember = SQL(
    "loyalty.lapsed-redemption-draws",
    """
    SELECT draw.lot_id, draw.points, lot.expires_at
    FROM redemption JOIN spend_draw AS draw ON draw.spend_id = redemption.redemption_id JOIN lot ON lot.lot_id = draw.lot_id
    WHERE redemption.member_id = ?1 AND redemption.state = 'held' AND redemption.held_until <= ?2 ORDER BY draw.spend_id, draw.position
    """)

  private static let lapsedOfAll = SQL(
    "loyalty.lapsed-redemptions",
    "SELECT member_id FROM redemption WHERE state = 'held' AND held_until <= ?1 ORDER BY held_until, redemption_id LIMIT ?2")

  private static let redemptionsOfMember = SQL(
    "loyalty.redemptions-of-member",
    """
    SELECT \(columns) FROM redemption WHERE member_id = ?1 AND (created_at, redemption_id) < (?2, ?3)
    ORDER BY created_at DESC, redemption_id DESC LIMIT ?4
    """)
}

extension Redemption {
  fileprivate init(row: Row) throws {
    guard let state = State(rawValue: row.text(4)) else { throw LedgerFault("a redemption has no known state") }
    self.init(
      redemptionID: row.text(0), memberID: row.text(1), code: row.text(2), version: row.int64(3), state: state, quantity: row.int64(5),
      reversed: row.int64(6), points: row.int64(7), cash: row.int64(8), currencyCode: row.text(9), storeID: row.text(10),
      clientID: row.text(11), staffID: row.text(12), reference: row.text(13), paymentReference: row.text(14),
      fulfilmentReference: row.text(15), day: row.int64(16), heldUntil: row.time(17), createdAt: row.time(18),
      resolvedAt: row.optionalTime(19), fulfilledAt: row.optionalTime(20))
  }
}
