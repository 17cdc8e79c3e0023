internal import Database

/// The invariants of boards; see `LedgerCheck`. They are recomputed from the orders, which the ledger is checked against.
enum LeaderboardChecks {
  static let all = [sumsMatchOrders, ordersAreCounted, membersMatchAccounts]

  private static let sumsMatchOrders = LedgerCheck(
    name: "leaderboards.sums_match_orders",
    sql: SQL(
      "loyalty.check-leaderboard-sums",
      """
      SELECT board.member_id, board.period, coalesce(sum(hold.earn_points - hold.points_taken_back), 0), board.points
      FROM leaderboard_sum AS board
        LEFT JOIN leaderboard_member AS joined ON joined.member_id = board.member_id AND joined.board_id = board.board_id
        LEFT JOIN order_hold AS hold ON hold.member_id = joined.member_id AND hold.state = 'committed'
          AND hold.resolved_at >= board.starts_at AND hold.resolved_at < board.ends_at AND hold.resolved_at >= joined.counted_from
          AND (board.store_id = '' OR board.store_id = hold.store_id)
      GROUP BY board.member_id, board.period, board.starts_at, board.store_id, board.points, board.growth_value
      HAVING coalesce(sum(hold.earn_points - hold.points_taken_back), 0) <> board.points
        OR coalesce(sum(hold.growth_value - hold.growth_taken_back), 0) <> board.growth_value LIMIT ?1
      """))

  /// Four periods, in all stores and in the order's own.
  private static let ordersAreCounted = LedgerCheck(
    name: "leaderboards.orders_are_counted",
    sql: SQL(
      "loyalty.check-leaderboard-orders",
      """
      SELECT hold.order_id, hold.member_id, 8, count(board.period)
      FROM leaderboard_member AS joined
        JOIN order_hold AS hold ON hold.member_id = joined.member_id AND hold.state = 'committed' AND hold.resolved_at >= joined.counted_from
        LEFT JOIN leaderboard_sum AS board ON board.member_id = hold.member_id AND board.starts_at <= hold.resolved_at
          AND hold.resolved_at < board.ends_at AND (board.store_id = '' OR board.store_id = hold.store_id)
      WHERE hold.earn_points > 0 OR hold.growth_value > 0
      GROUP BY hold.order_id, hold.member_id, hold.store_id
      HAVING count(board.period) <> CASE hold.store_id WHEN '' THEN 4 ELSE 8 END LIMIT ?1
      """))

  private static let membersMatchAccounts = LedgerCheck(
    name: "leaderboards.members_match_accounts",
    sql: SQL(
      "loyalty.check-leaderboard-members",
      """
      SELECT account.member_id, '', account.on_leaderboards, CASE WHEN joined.member_id IS NULL THEN 0 ELSE 1 END
      FROM member_account AS account LEFT JOIN leaderboard_member AS joined ON joined.member_id = account.member_id
      WHERE account.on_leaderboards <> CASE WHEN joined.member_id IS NULL THEN 0 ELSE 1 END LIMIT ?1
      """))
}
