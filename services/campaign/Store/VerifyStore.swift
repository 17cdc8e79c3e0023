import Database

/// Recomputes from the ledger what the other tables say. Each check is one statement; its rows are what is untrue: two ids,
/// what was expected, what was found.
enum VerifyStore {
  /// Enough to see what is wrong; more would hide it.
  static let differencesPerCheck = 100

  struct Difference: Sendable, Hashable {
    let check: String
    let ids: [String]
    let expected: String
    let found: String
  }

  struct Totals: Sendable, Hashable {
    var countersChecked: Int64 = 0
    var entriesChecked: Int64 = 0
    var committedUses: Int64 = 0
    var reversedUses: Int64 = 0
    var discountedMinorUnits: Int64 = 0
  }

  static func run(_ check: Check, in source: some Queryable) throws -> [Difference] {
    try source.all(check.sql, [.integer(differencesPerCheck)]) { row in
      Difference(
        check: check.name, ids: [row.text(0), row.text(1)].filter { !$0.isEmpty }, expected: row.text(2), found: row.text(3))
    }
  }

  static func totals(in source: some Queryable) throws -> Totals {
    var totals = Totals()
    totals.countersChecked = try source.first(countCounters, []) { $0.int64(0) } ?? 0
    try source.forEach(sumMovements, []) { row in
      let movement: UseMovement = try row.storedCase(0)
      let entries = row.int64(1)
      totals.entriesChecked += entries
      switch movement {
      case .hold, .release: break
      case .commit:
        totals.committedUses = entries
        totals.discountedMinorUnits = row.int64(2)
      case .reverse: totals.reversedUses = entries
      }
    }
    return totals
  }

  // MARK: Checks

  struct Check: Sendable {
    /// As in services/campaign/README.md.
    let name: String
    fileprivate let sql: SQL
  }

  static let checks = [
    Check(name: "uses.rule_counters_are_the_fold_of_entries", sql: ruleCounters),
    Check(name: "uses.member_counters_are_the_fold_of_entries", sql: memberCounters),
    Check(name: "uses.coupon_counters_are_the_fold_of_entries", sql: couponCounters),
    Check(name: "uses.movements_are_those_of_the_hold", sql: movements),
    Check(name: "uses.returns_gave_back_what_they_say", sql: returns),
    Check(name: "rules.current_version_is_published", sql: currentVersions),
  ]

  /// Held and used, as the entries put into the accounts 1 and 2 and took out of them.
  private static let folds = """
    SUM(CASE WHEN to_account = 1 THEN 1 ELSE 0 END - CASE WHEN from_account = 1 THEN 1 ELSE 0 END) AS held,
    SUM(CASE WHEN to_account = 2 THEN 1 ELSE 0 END - CASE WHEN from_account = 2 THEN 1 ELSE 0 END) AS used
    """

  private static let ruleCounters = SQL(
    "campaign.verify-rule-counters",
    """
    WITH moved AS (SELECT rule_id, \(folds) FROM use_entries GROUP BY rule_id)
    SELECT r.rule_id, '', COALESCE(m.held, 0) || ' held, ' || COALESCE(m.used, 0) || ' used',
      r.held || ' held, ' || r.used || ' used'
    FROM rules r LEFT JOIN moved m ON m.rule_id = r.rule_id
    WHERE r.held <> COALESCE(m.held, 0) OR r.used <> COALESCE(m.used, 0)
    ORDER BY 1 LIMIT ?1
    """)

  private static let memberCounters = SQL(
    "campaign.verify-member-counters",
    """
    WITH moved AS (
      SELECT rule_id, member_id, \(folds) FROM use_entries WHERE member_id IS NOT NULL GROUP BY rule_id, member_id)
    SELECT r.rule_id, r.member_id, COALESCE(m.held, 0) || ' held, ' || COALESCE(m.used, 0) || ' used',
      r.held || ' held, ' || r.used || ' used'
    FROM rule_member_uses r LEFT JOIN moved m ON m.rule_id = r.rule_id AND m.member_id = r.member_id
    WHERE r.held <> COALESCE(m.held, 0) OR r.used <> COALESCE(m.used, 0)
    UNION ALL
    SELECT m.rule_id, m.member_id, m.held || ' held, ' || m.used || ' used', 'no counter'
    FROM moved m LEFT JOIN rule_member_uses r ON r.rule_id = m.rule_id AND r.member_id = m.member_id
    WHERE r.rule_id IS NULL
    ORDER BY 1, 2 LIMIT ?1
    """)

  private static let couponCounters = SQL(
    "campaign.verify-coupon-counters",
    """
    WITH moved AS (SELECT coupon_id, \(folds) FROM use_entries WHERE coupon_id IS NOT NULL GROUP BY coupon_id)
    SELECT c.coupon_id, '', COALESCE(m.held, 0) || ' held, ' || COALESCE(m.used, 0) || ' used',
      c.held || ' held, ' || c.used || ' used'
    FROM coupons c LEFT JOIN moved m ON m.coupon_id = c.coupon_id
    WHERE c.held <> COALESCE(m.held, 0) OR c.used <> COALESCE(m.used, 0)
    ORDER BY 1 LIMIT ?1
    """)

  /// Each use's movements as one number (hold 1, commit 2, release 4, reverse 8) against the state of its order's hold, and
  /// against whether the whole order came back.
  private static let movements = SQL(
    "campaign.verify-movements",
    """
    WITH moved AS (
      SELECT order_id, use_number,
        SUM(CASE movement WHEN 1 THEN 1 WHEN 2 THEN 2 WHEN 3 THEN 4 ELSE 8 END) AS movements
      FROM use_entries GROUP BY order_id, use_number),
    ordered AS (
      SELECT h.order_id,
        CASE h.state WHEN 1 THEN 1 WHEN 3 THEN 5
          WHEN 2 THEN CASE WHEN EXISTS (
            SELECT 1 FROM hold_returns r WHERE r.order_id = h.order_id AND r.is_whole_order = 1) THEN 11 ELSE 3 END
          ELSE 0 END AS movements
      FROM holds h)
    SELECT m.order_id, CAST(m.use_number AS TEXT), CAST(o.movements AS TEXT), CAST(m.movements AS TEXT)
    FROM moved m JOIN ordered o ON o.order_id = m.order_id
    WHERE m.movements <> o.movements
    ORDER BY 1, 2 LIMIT ?1
    """)

  private static let returns = SQL(
    "campaign.verify-returns",
    """
    WITH moved AS (SELECT return_id, COUNT(*) AS uses FROM use_entries WHERE return_id IS NOT NULL GROUP BY return_id)
    SELECT r.order_id, r.return_id, CAST(r.uses_given_back AS TEXT), CAST(COALESCE(m.uses, 0) AS TEXT)
    FROM hold_returns r LEFT JOIN moved m ON m.return_id = r.return_id
    WHERE r.uses_given_back <> COALESCE(m.uses, 0)
    UNION ALL
    SELECT '', m.return_id, 'a return', 'none'
    FROM moved m LEFT JOIN hold_returns r ON r.return_id = m.return_id
    WHERE r.return_id IS NULL
    ORDER BY 1, 2 LIMIT ?1
    """)

  /// The guard's copy of the limits and of the end is that of the current version, which is the newest.
  private static let currentVersions = SQL(
    "campaign.verify-current-versions",
    """
    SELECT r.rule_id, '', \(description(of: "v", version: "version")), \(description(of: "r", version: "current_version"))
    FROM rules r LEFT JOIN rule_versions v ON v.rule_id = r.rule_id
      AND v.version = (SELECT MAX(n.version) FROM rule_versions n WHERE n.rule_id = r.rule_id)
    WHERE v.version IS NULL OR v.version <> r.current_version
      OR COALESCE(v.total_limit, 0) <> COALESCE(r.total_limit, 0) OR COALESCE(v.member_limit, 0) <> COALESCE(r.member_limit, 0)
      OR COALESCE(v.close_time, 0) <> COALESCE(r.close_time, 0)
    ORDER BY 1 LIMIT ?1
    """)

  private static func description(of row: String, version: String) -> String {
    "COALESCE('version ' || \(row).\(version), 'no version') || COALESCE(', total ' || \(row).total_limit, '')"
      + " || COALESCE(', per member ' || \(row).member_limit, '') || COALESCE(', until ' || \(row).close_time, '')"
  }

  private static let countCounters = SQL(
    "campaign.count-counters",
    "SELECT (SELECT COUNT(*) FROM rules) + (SELECT COUNT(*) FROM rule_member_uses) + (SELECT COUNT(*) FROM coupons)")
  private static let sumMovements = SQL(
    "campaign.sum-movements", "SELECT movement, COUNT(*), SUM(minor_units) FROM use_entries GROUP BY movement")
}
