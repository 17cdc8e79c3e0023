internal import Database
internal import Foundation

/// What the ledger says of members' points, for reports.
enum PointsMovementStore {
  /// By member, each member's in the order of the statement.
  static func forEach(
    ofMembersAfter first: String, through last: String, _ reader: some Queryable, _ body: (String, PointsReport.Movement) throws -> Void
  ) throws {
    try reader.forEach(movements, [.text(first), .text(last)]) { row in
      guard let kind = LedgerTransaction.Kind(rawValue: row.text(1)), let account = LedgerAccount(rawValue: row.text(7)) else {
        throw LedgerFault("a transaction has no known kind or account")
      }
      let (postedAt, effectiveAt) = (row.time(5), row.time(6))
      try body(
        row.text(0),
        PointsReport.Movement(
          kind: kind, isOfOrder: row.bool(2), storeID: row.text(3), ruleVersion: row.int64(4),
          movedAt: kind == .expire ? effectiveAt : postedAt, effectiveAt: effectiveAt, account: account, lotID: row.text(8),
          amount: row.int64(9)))
    }
  }

  /// What expired by `instant` and is not written down yet, by member.
  static func lapsed(
    ofMembersAfter first: String, through last: String, at instant: Date, _ reader: some Queryable
  ) throws -> [String: [PointsReport.Movement]] {
    var found: [String: [PointsReport.Movement]] = [:]
    try reader.forEach(lapsedLots, [.text(first), .text(last), .time(instant)]) { row in
      let expiresAt = row.time(3)
      found[row.text(0), default: []].append(
        PointsReport.Movement(
          kind: .expire, isOfOrder: false, storeID: "", ruleVersion: row.int64(4), movedAt: expiresAt, effectiveAt: expiresAt,
          account: .memberPoints, lotID: row.text(1), amount: -row.int64(2)))
    }
    return found
  }

  private static let movements = SQL(
    "loyalty.points-movements",
    """
    SELECT line.member_id, line.kind, CASE WHEN line.order_id <> '' THEN 1 ELSE 0 END, line.store_id, line.rule_version, line.posted_at,
      line.effective_at, entry.account, entry.lot_id, entry.amount
    FROM ledger_transaction AS line
      JOIN ledger_entry AS entry ON entry.member_id = line.member_id AND entry.number = line.number
    WHERE line.member_id > ?1 AND line.member_id <= ?2 AND entry.account IN ('member_points', 'member_debt', 'programme_expired')
    ORDER BY line.member_id, line.number, entry.position
    """)

  private static let lapsedLots = SQL(
    "loyalty.lapsed-lots-of-members",
    """
    SELECT member_id, lot_id, remaining, expires_at, rule_version FROM lot
    WHERE member_id > ?1 AND member_id <= ?2 AND remaining + held > 0 AND remaining > 0 AND expires_at <= ?3
    """)
}
