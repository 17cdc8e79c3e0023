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
      var issue = PointsReport.Issue(storeID: row.text(3), ruleVersion: row.int64(4), at: effectiveAt)
      // What was received was issued to the sender, where and when that one's order was.
      if let earnedAt = row.optionalTime(11) {
        issue = PointsReport.Issue(storeID: row.isNull(12) ? "" : row.text(12), ruleVersion: row.int64(10), at: earnedAt)
      }
      try body(
        row.text(0),
        PointsReport.Movement(
          kind: kind, isOfOrder: row.bool(2), storeID: row.text(3), movedAt: kind == .expire ? effectiveAt : postedAt, issue: issue,
          account: account, lotID: row.text(8), amount: row.int64(9)))
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
          kind: .expire, isOfOrder: false, storeID: "", movedAt: expiresAt,
          issue: PointsReport.Issue(storeID: "", ruleVersion: row.int64(4), at: expiresAt), account: .memberPoints, lotID: row.text(1),
          amount: -row.int64(2)))
    }
    return found
  }

  private static let movements = SQL(
    "loyalty.points-movements",
    """
    SELECT line.member_id, \(LedgerStore.kind), CASE WHEN line.order_id <> '' THEN 1 ELSE 0 END, line.store_id, line.rule_version,
      line.posted_at, line.effective_at, entry.account, entry.lot_id, entry.amount, received.rule_version, received.earned_at, hold.store_id
    FROM ledger_transaction AS line
      JOIN ledger_entry AS entry ON entry.member_id = line.member_id AND entry.number = line.number
      LEFT JOIN lot AS received ON received.lot_id = CASE WHEN line.variant = 'transfer_in' THEN entry.lot_id END
      LEFT JOIN order_hold AS hold ON hold.order_id = received.order_id
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
