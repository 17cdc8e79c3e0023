internal import Database
internal import Foundation

/// Longer lives of lots, each with the end that was before.
enum LotExtensionStore {
  static func extend(_ lot: Lot, of memberID: String, to end: Date, as entryID: String, _ transaction: Transaction) throws {
    guard try transaction.run(moveEnd, [.text(lot.lotID), .time(end)]) == 1 else { throw LedgerFault("a lot is gone") }
    try transaction.run(
      insertExtension,
      [
        .text(entryID), .text(memberID), .text(lot.lotID), .integer(lot.remaining + lot.held), .time(lot.expiresAt), .time(end),
      ])
  }

  private static let moveEnd = SQL("loyalty.extend-lot", "UPDATE lot SET expires_at = ?2 WHERE lot_id = ?1")

  private static let insertExtension = SQL(
    "loyalty.insert-lot-extension",
    """
    INSERT INTO lot_extension (entry_id, member_id, lot_id, points, previous_end, new_end) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    """)
}

extension LotStore {
  static func find(_ lotID: String, of memberID: String, _ transaction: Transaction) throws -> Lot? {
    try transaction.first(lotOfMember, [.text(lotID), .text(memberID)], Lot.init(row:))
  }

  /// The living lots that end before `end`, the earliest first.
  static func endingBefore(_ end: Date, of memberID: String, at instant: Date, _ transaction: Transaction) throws -> [Lot] {
    try transaction.all(
      lotsEndingBefore, [.text(memberID), .time(instant), .time(end), .integer(PointsLimits.maximumLotsExtended)], Lot.init(row:))
  }

  /// Lots of which something expired that nobody gave back, the latest end first.
  static func expired(
    of memberID: String, before key: (expiresAt: Int64, lotID: String)?, limit: Int, _ reader: some Queryable
  ) throws -> [Lot] {
    try reader.all(
      expiredLots, [.text(memberID), .integer(key?.expiresAt ?? .max), .text(key?.lotID ?? ""), .integer(limit)], Lot.init(row:))
  }

  private static let lotOfMember = SQL(
    "loyalty.lot-of-member", "SELECT \(columns) FROM lot WHERE lot_id = ?1 AND member_id = ?2")

  private static let lotsEndingBefore = SQL(
    "loyalty.lots-ending-before",
    """
    SELECT \(columns) FROM lot
    WHERE member_id = ?1 AND remaining + held > 0 AND expires_at > ?2 AND expires_at < ?3
    ORDER BY expires_at, earned_at, lot_id LIMIT ?4
    """)

  private static let expiredLots = SQL(
    "loyalty.expired-lots",
    """
    SELECT \(columns) FROM lot
    WHERE member_id = ?1 AND expired > 0 AND (expires_at < ?2 OR (expires_at = ?2 AND lot_id < ?3))
    ORDER BY expires_at DESC, lot_id DESC LIMIT ?4
    """)
}
