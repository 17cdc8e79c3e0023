internal import Database
internal import Foundation

/// Which ends of cards were told of: each period keeps the end of its last notice, so one that moved is told of anew.
enum EntitlementNoticeStore {
  struct EndingPeriod: Equatable, Sendable {
    var entitlementID: String
    var number: Int64
    var end: Date
    var memberID: String
    var planCode: String
    var renews: Bool
    /// Nil without a count.
    var usesLeft: Int64?
    /// Another period goes on from its end.
    var isFollowed: Bool
  }

  /// At most `limit` periods that end by `horizon` and were not told of, in the order of their ends; they are from now on.
  static func advance(to horizon: Date, limit: Int, _ transaction: Transaction) throws -> [EndingPeriod] {
    let periods = try transaction.all(endingPeriods, [.time(horizon), .integer(limit)]) { row in
      EndingPeriod(
        entitlementID: row.text(0), number: row.int64(1), end: row.time(2), memberID: row.text(3), planCode: row.text(4),
        renews: row.bool(5), usesLeft: row.int64(6) > 0 ? row.int64(6) - row.int64(7) : nil, isFollowed: row.int64(8) > 0)
    }
    for period in periods { try transaction.run(markNoticed, [.text(period.entitlementID), .integer(period.number)]) }
    return periods
  }

  static func tellAnew(_ entitlementID: String, endingAt end: Date, _ transaction: Transaction) throws {
    try transaction.run(markUntold, [.text(entitlementID), .time(end)])
  }

  private static let markUntold = SQL(
    "loyalty.mark-entitlement-untold", "UPDATE entitlement_period SET noticed_end = 0 WHERE entitlement_id = ?1 AND ends_at = ?2")

  private static let endingPeriods = SQL(
    "loyalty.ending-entitlement-periods",
    """
    SELECT period.entitlement_id, period.number, period.ends_at, card.member_id, card.plan_code, card.renews, period.uses,
      period.used + period.held,
      (SELECT count(*) FROM entitlement_period AS next
       WHERE next.entitlement_id = period.entitlement_id AND next.starts_at = period.ends_at AND next.refunded = -1)
    FROM entitlement_period AS period JOIN entitlement AS card ON card.entitlement_id = period.entitlement_id
    WHERE period.noticed_end <> period.ends_at AND period.refunded = -1 AND period.ends_at <= ?1
    ORDER BY period.ends_at, period.entitlement_id, period.number LIMIT ?2
    """)

  private static let markNoticed = SQL(
    "loyalty.mark-entitlement-noticed",
    "UPDATE entitlement_period SET noticed_end = ends_at WHERE entitlement_id = ?1 AND number = ?2")
}
