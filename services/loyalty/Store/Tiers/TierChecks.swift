internal import Database

/// What tiers are computed from, against the ledger and against the returns.
enum TierChecks {
  static let all = [growthMatchesLedger, timesMatchLedger, returnedMatchesReturns, grantsAreCounted, grantsNameTiers]

  /// The orders' growth value, which tiers are computed from, against the ledger's.
  private static let growthMatchesLedger = LedgerCheck(
    name: "tiers.growth_matches_ledger",
    sql: SQL(
      "loyalty.check-tier-growth",
      """
      SELECT account.member_id, '', coalesce(ledger.growth, 0), coalesce(orders.growth, 0)
      FROM member_account AS account
        LEFT JOIN (
          SELECT member_id, sum(amount) AS growth FROM ledger_entry WHERE account = 'member_growth' GROUP BY member_id
        ) AS ledger ON ledger.member_id = account.member_id
        LEFT JOIN (
          SELECT member_id, sum(growth_value - growth_taken_back) AS growth FROM order_hold WHERE state = 'committed' GROUP BY member_id
        ) AS orders ON orders.member_id = account.member_id
      WHERE coalesce(ledger.growth, 0) <> coalesce(orders.growth, 0) LIMIT ?1
      """))

  /// An order counts at the instant at which the ledger says that it earned, and so does what its returns take back.
  private static let timesMatchLedger = LedgerCheck(
    name: "tiers.order_times_match_ledger",
    sql: SQL(
      "loyalty.check-tier-times",
      """
      SELECT hold.order_id, line.entry_id, line.effective_at, hold.resolved_at
      FROM order_hold AS hold
        JOIN ledger_transaction AS line ON line.order_id = hold.order_id AND line.member_id = hold.member_id
      WHERE hold.state = 'committed' AND line.kind IN ('earn', 'earn_reversal') AND line.effective_at <> hold.resolved_at LIMIT ?1
      """))

  private static let returnedMatchesReturns = LedgerCheck(
    name: "tiers.returned_matches_returns",
    sql: SQL(
      "loyalty.check-tier-returned",
      """
      SELECT hold.order_id, hold.member_id, coalesce(back.whole, 0), hold.returned
      FROM order_hold AS hold LEFT JOIN (
        SELECT order_id, max(CASE WHEN refunded_after >= refunded_total THEN 1 ELSE 0 END) AS whole FROM order_reversal GROUP BY order_id
      ) AS back ON back.order_id = hold.order_id
      WHERE coalesce(back.whole, 0) <> hold.returned LIMIT ?1
      """))

  /// A till looks for grants where the member's row counts some.
  private static let grantsAreCounted = LedgerCheck(
    name: "tiers.grants_are_counted",
    sql: SQL(
      "loyalty.check-tier-grants-counted",
      """
      SELECT account.member_id, '', count(given.grant_id), account.tier_grants
      FROM member_account AS account LEFT JOIN tier_grant AS given ON given.member_id = account.member_id
      GROUP BY account.member_id HAVING count(given.grant_id) <> account.tier_grants LIMIT ?1
      """))

  /// No scheme ever had the tier.
  private static let grantsNameTiers = LedgerCheck(
    name: "tiers.grants_name_tiers",
    sql: SQL(
      "loyalty.check-tier-grants-name-tiers",
      """
      SELECT given.grant_id, given.member_id, 1, 0 FROM tier_grant AS given
      WHERE NOT EXISTS (SELECT 1 FROM tier WHERE tier.code = given.tier_code) LIMIT ?1
      """))
}
