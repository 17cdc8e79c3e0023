internal import Database

/// What holds of caps: the rows that decide are the folds of what was promised and earned, and no version's caps were exceeded by what it
/// let be earned.
enum CapChecks {
  static let all = [useMatchesOrders, dayWithinCap, monthWithinCap, memberWithinCap]

  /// Everything that counts towards caps, less what returns took back.
  private static let counted =
    """
    SELECT member_id, rule_version, cap_day, earn_points - points_taken_back AS points FROM order_hold
    WHERE cap_day IS NOT NULL AND state IN ('held', 'committed')
    UNION ALL SELECT member_id, rule_version, cap_day, points FROM awarded_action WHERE cap_day IS NOT NULL
    """

  private static let useMatchesOrders = LedgerCheck(
    name: "caps.use_matches_orders",
    sql: SQL(
      "loyalty.check-cap-use-matches-orders",
      """
      SELECT members.member_id, '', coalesce(sum(counted.points), 0), coalesce(cap.member_points, 0)
      FROM member_account AS members
        LEFT JOIN earn_cap_use AS cap ON cap.member_id = members.member_id
        LEFT JOIN (\(counted)) AS counted ON counted.member_id = members.member_id
      GROUP BY members.member_id, cap.member_id, cap.day, cap.day_points, cap.month_points, cap.member_points
      HAVING coalesce(sum(counted.points), 0) <> coalesce(cap.member_points, 0)
        OR coalesce(sum(CASE WHEN counted.cap_day = cap.day THEN counted.points END), 0) <> coalesce(cap.day_points, 0)
        OR coalesce(sum(CASE WHEN counted.cap_day / 31 = cap.day / 31 THEN counted.points END), 0) <> coalesce(cap.month_points, 0)
      LIMIT ?1
      """))

  private static let dayWithinCap = within("day", "loyalty.check-earned-within-day", of: "day_cap", by: "counted.cap_day")
  private static let monthWithinCap = within("month", "loyalty.check-earned-within-month", of: "month_cap", by: "counted.cap_day / 31")
  private static let memberWithinCap = within("member", "loyalty.check-earned-within-member", of: "member_cap", by: "counted.member_id")

  private static func within(_ name: String, _ sqlName: StaticString, of cap: String, by period: String) -> LedgerCheck {
    LedgerCheck(
      name: "caps.earned_within_\(name)",
      sql: SQL(
        sqlName,
        """
        SELECT counted.member_id, CAST(rule.version AS TEXT), rule.\(cap), sum(counted.points)
        FROM (\(counted)) AS counted JOIN earn_rule AS rule ON rule.version = counted.rule_version
        GROUP BY counted.member_id, rule.version, rule.\(cap), \(period) HAVING sum(counted.points) > rule.\(cap) LIMIT ?1
        """))
  }
}
