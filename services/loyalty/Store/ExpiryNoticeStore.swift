internal import Database
internal import Foundation

/// How far notices of points that will expire have come: one row, the lot that was looked at last.
enum ExpiryNoticeStore {
  struct EndingLot: Equatable, Sendable {
    var lotID: String
    var memberID: String
    var points: Int64
    var expiresAt: Date
  }

  /// At most `limit` lots with points that end by `horizon`, in the order of their ends, each returned by one call only.
  static func advance(to horizon: Date, limit: Int, _ transaction: Transaction) throws -> [EndingLot] {
    let last = try transaction.first(lastLookedAt, []) { (expiresAt: $0.int64(0), lotID: $0.text(1)) }
    guard let last else { throw LedgerFault("the row of notices is gone") }
    let lots = try transaction.all(endingLots, [.time(horizon), .integer(last.expiresAt), .text(last.lotID), .integer(limit)]) {
      EndingLot(lotID: $0.text(0), memberID: $0.text(1), points: $0.int64(2), expiresAt: $0.time(3))
    }
    guard let next = lots.last else { return [] }
    try transaction.run(move, [.time(next.expiresAt), .text(next.lotID)])
    return lots
  }

  private static let lastLookedAt = SQL("loyalty.notices-so-far", "SELECT expires_at, lot_id FROM expiry_notice WHERE only_row = 1")

  // The last lot comes in as two values: asked for by a subquery, SQLite finds its instant in the index and then walks over all lots of that
  // instant, and a month's end has millions.
  private static let endingLots = SQL(
    "loyalty.ending-lots",
    """
    SELECT lot.lot_id, lot.member_id, lot.remaining, lot.expires_at FROM lot
    WHERE lot.remaining > 0 AND lot.expires_at <= ?1
      AND (lot.expires_at, lot.lot_id) > (?2, ?3)
    ORDER BY lot.expires_at, lot.lot_id LIMIT ?4
    """)

  private static let move = SQL(
    "loyalty.move-expiry-notices",
    "UPDATE expiry_notice SET expires_at = ?1, lot_id = ?2 WHERE only_row = 1")
}
