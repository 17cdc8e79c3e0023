internal import Database

/// The invariants of loyalty's books. Each statement lists the rows that break one: two ids (the second may be empty), what was
/// expected and what was found, at most ?1 of them.
struct LedgerCheck {
  let name: String
  let sql: SQL
  /// Whether the statement takes the instant as ?2.
  var dependsOnInstant = false
}

enum LedgerChecks {
  static let all = [
    transactionsSumToZero, statementMatchesEntries, numbersHaveNoGap, balanceMatchesLedger, lotsSumToBalance, lotsMatchLedger,
    expiredLotsMatchLedger, entriesHaveLots, spendableBothWays, heldMatchesHolds, lotsHeldMatchDraws, heldAndSpentWithinEarned,
    debtMatchesLedger, noDebtBesidePoints, lifetimeMatchesHolds, earnMatchesHold, spendMatchesHold, drawsMatchHold,
    reversalsMatchHold, reversalsMatchLedger,
  ]

  // MARK: The ledger by itself

  private static let transactionsSumToZero = LedgerCheck(
    name: "points.transactions_sum_to_zero",
    sql: SQL(
      "loyalty.check-transactions-sum-to-zero",
      """
      SELECT member_id, CAST(number AS TEXT), 0, abs(points) + abs(growth) FROM (
        SELECT member_id, number,
          sum(CASE WHEN account IN ('member_growth', 'programme_growth') THEN 0 ELSE amount END) AS points,
          sum(CASE WHEN account IN ('member_growth', 'programme_growth') THEN amount ELSE 0 END) AS growth
        FROM ledger_entry GROUP BY member_id, number) AS sums
      WHERE points <> 0 OR growth <> 0 LIMIT ?1
      """))

  private static let statementMatchesEntries = LedgerCheck(
    name: "points.statement_matches_entries",
    sql: SQL(
      "loyalty.check-statement-matches-entries",
      """
      SELECT line.entry_id, line.member_id, folded.total, line.points + line.growth_value - line.debt
      FROM ledger_transaction AS line JOIN (
        SELECT member_id, number,
          sum(CASE WHEN account = 'member_points' THEN amount ELSE 0 END) AS points,
          sum(CASE WHEN account = 'member_debt' THEN amount ELSE 0 END) AS debt,
          sum(CASE WHEN account = 'member_growth' THEN amount ELSE 0 END) AS growth,
          sum(CASE WHEN account IN ('member_points', 'member_debt', 'member_growth') THEN amount ELSE 0 END) AS total
        FROM ledger_entry GROUP BY member_id, number
      ) AS folded ON folded.member_id = line.member_id AND folded.number = line.number
      WHERE line.points <> folded.points OR line.debt <> -folded.debt OR line.growth_value <> folded.growth LIMIT ?1
      """))

  private static let numbersHaveNoGap = LedgerCheck(
    name: "points.ledger_has_no_gap",
    sql: SQL(
      "loyalty.check-numbers-have-no-gap",
      """
      SELECT account.member_id, '', account.last_number, count(line.number)
      FROM member_account AS account LEFT JOIN ledger_transaction AS line ON line.member_id = account.member_id
      GROUP BY account.member_id
      HAVING account.last_number <> count(line.number) OR account.last_number <> coalesce(max(line.number), 0) LIMIT ?1
      """))

  // MARK: Balances against the ledger and the lots

  private static let balanceMatchesLedger = LedgerCheck(
    name: "points.balance_matches_ledger",
    sql: SQL(
      "loyalty.check-balance-matches-ledger",
      """
      SELECT account.member_id, '', coalesce(sum(entry.amount), 0), account.points + account.held
      FROM member_account AS account
        LEFT JOIN ledger_entry AS entry ON entry.member_id = account.member_id AND entry.account = 'member_points'
      GROUP BY account.member_id HAVING coalesce(sum(entry.amount), 0) <> account.points + account.held LIMIT ?1
      """))

  private static let lotsSumToBalance = LedgerCheck(
    name: "points.lots_sum_to_balance",
    sql: SQL(
      "loyalty.check-lots-sum-to-balance",
      """
      SELECT account.member_id, '', coalesce(sum(lot.remaining), 0), account.points
      FROM member_account AS account LEFT JOIN lot ON lot.member_id = account.member_id AND lot.remaining + lot.held > 0
      GROUP BY account.member_id
      HAVING coalesce(sum(lot.remaining), 0) <> account.points OR coalesce(sum(lot.held), 0) <> account.held LIMIT ?1
      """))

  private static let lotsMatchLedger = LedgerCheck(
    name: "points.lots_match_ledger",
    sql: SQL(
      "loyalty.check-lots-match-ledger",
      """
      SELECT lot.lot_id, lot.member_id, coalesce(folded.points, 0), lot.remaining + lot.held
      FROM lot LEFT JOIN (
        SELECT lot_id, sum(amount) AS points FROM ledger_entry WHERE account = 'member_points' GROUP BY lot_id
      ) AS folded ON folded.lot_id = lot.lot_id
      WHERE coalesce(folded.points, 0) <> lot.remaining + lot.held LIMIT ?1
      """))

  private static let expiredLotsMatchLedger = LedgerCheck(
    name: "points.expired_lots_match_ledger",
    sql: SQL(
      "loyalty.check-expired-lots-match-ledger",
      """
      SELECT lot.lot_id, lot.member_id, coalesce(folded.points, 0), lot.expired
      FROM lot LEFT JOIN (
        SELECT lot_id, sum(amount) AS points FROM ledger_entry WHERE account = 'programme_expired' GROUP BY lot_id
      ) AS folded ON folded.lot_id = lot.lot_id
      WHERE coalesce(folded.points, 0) <> lot.expired LIMIT ?1
      """))

  private static let entriesHaveLots = LedgerCheck(
    name: "points.entries_have_lots",
    sql: SQL(
      "loyalty.check-entries-have-lots",
      """
      SELECT entry.member_id, entry.lot_id, 1, 0 FROM ledger_entry AS entry
      WHERE entry.account IN ('member_points', 'programme_expired')
        AND NOT EXISTS (SELECT 1 FROM lot WHERE lot.lot_id = entry.lot_id AND lot.member_id = entry.member_id) LIMIT ?1
      """))

  /// The fold of the entries less what is held, lapsed or pending; against the sum of the lots that are alive and active.
  private static let spendableBothWays = LedgerCheck(
    name: "points.spendable_both_ways",
    sql: SQL(
      "loyalty.check-spendable-both-ways",
      """
      SELECT account.member_id, '', coalesce(ledger.points, 0) - coalesce(open.points, 0) - coalesce(lots.unspendable, 0),
        coalesce(lots.spendable, 0)
      FROM member_account AS account
        LEFT JOIN (
          SELECT member_id, sum(amount) AS points FROM ledger_entry WHERE account = 'member_points' GROUP BY member_id
        ) AS ledger ON ledger.member_id = account.member_id
        LEFT JOIN (
          SELECT member_id, sum(points) AS points FROM (\(openHolds)) AS holds GROUP BY member_id
        ) AS open ON open.member_id = account.member_id
        LEFT JOIN (
          SELECT member_id,
            sum(CASE WHEN expires_at <= ?2 OR activates_at > ?2 THEN remaining ELSE 0 END) AS unspendable,
            sum(CASE WHEN expires_at > ?2 AND activates_at <= ?2 THEN remaining ELSE 0 END) AS spendable
          FROM lot GROUP BY member_id
        ) AS lots ON lots.member_id = account.member_id
      WHERE coalesce(ledger.points, 0) - coalesce(open.points, 0) - coalesce(lots.unspendable, 0) <> coalesce(lots.spendable, 0)
      LIMIT ?1
      """),
    dependsOnInstant: true)

  // MARK: Held, spent, owed

  /// What is set aside: of orders, and of rewards. A hold that has lapsed is one until its member's next write.
  private static let openHolds =
    """
    SELECT member_id, spend_points AS points FROM order_hold WHERE state = 'held'
    UNION ALL SELECT member_id, points * quantity AS points FROM redemption WHERE state = 'held'
    """

  private static let heldMatchesHolds = LedgerCheck(
    name: "points.held_matches_open_holds",
    sql: SQL(
      "loyalty.check-held-matches-holds",
      """
      SELECT account.member_id, '', coalesce(sum(hold.points), 0), account.held
      FROM member_account AS account LEFT JOIN (\(openHolds)) AS hold ON hold.member_id = account.member_id
      GROUP BY account.member_id HAVING coalesce(sum(hold.points), 0) <> account.held LIMIT ?1
      """))

  private static let lotsHeldMatchDraws = LedgerCheck(
    name: "points.lots_held_match_draws",
    sql: SQL(
      "loyalty.check-lots-held-match-draws",
      """
      SELECT lot.lot_id, lot.member_id, coalesce(drawn.points, 0), lot.held
      FROM lot LEFT JOIN (
        SELECT lot_id, sum(points) AS points FROM (
          SELECT draw.lot_id, draw.points
          FROM hold_draw AS draw JOIN order_hold AS hold ON hold.order_id = draw.order_id AND hold.state = 'held'
          UNION ALL SELECT draw.lot_id, draw.points
          FROM spend_draw AS draw JOIN redemption ON redemption.redemption_id = draw.spend_id AND redemption.state = 'held'
        ) AS draws GROUP BY lot_id
      ) AS drawn ON drawn.lot_id = lot.lot_id
      WHERE coalesce(drawn.points, 0) <> lot.held LIMIT ?1
      """))

  /// What remains, is held, expired and was spent of a lot is at most what came in; returns and debts may have taken the rest.
  private static let heldAndSpentWithinEarned = LedgerCheck(
    name: "points.held_and_spent_within_earned",
    sql: SQL(
      "loyalty.check-held-and-spent-within-earned",
      """
      SELECT lot.lot_id, lot.member_id, lot.points, lot.remaining + lot.held + lot.expired + spent.points
      FROM lot JOIN (
        SELECT entry.lot_id, -sum(entry.amount) AS points
        FROM ledger_entry AS entry
          JOIN ledger_transaction AS moved ON moved.member_id = entry.member_id AND moved.number = entry.number
        WHERE entry.account = 'member_points' AND moved.kind IN ('spend', 'spend_reversal')
        GROUP BY entry.lot_id
      ) AS spent ON spent.lot_id = lot.lot_id
      WHERE lot.remaining + lot.held + lot.expired + spent.points > lot.points LIMIT ?1
      """))

  private static let debtMatchesLedger = LedgerCheck(
    name: "points.debt_matches_ledger",
    sql: SQL(
      "loyalty.check-debt-matches-ledger",
      """
      SELECT account.member_id, '', -coalesce(sum(entry.amount), 0), account.debt
      FROM member_account AS account
        LEFT JOIN ledger_entry AS entry ON entry.member_id = account.member_id AND entry.account = 'member_debt'
      GROUP BY account.member_id HAVING -coalesce(sum(entry.amount), 0) <> account.debt LIMIT ?1
      """))

  private static let noDebtBesidePoints = LedgerCheck(
    name: "points.no_debt_beside_points",
    sql: SQL(
      "loyalty.check-no-debt-beside-points",
      "SELECT member_id, '', 0, points FROM member_account WHERE debt > 0 AND points > 0 LIMIT ?1"))

  private static let lifetimeMatchesHolds = LedgerCheck(
    name: "points.lifetime_matches_orders",
    sql: SQL(
      "loyalty.check-lifetime-matches-holds",
      """
      SELECT account.member_id, '',
        coalesce(sum(hold.earn_points - hold.points_taken_back), 0), account.lifetime_earned
      FROM member_account AS account
        LEFT JOIN order_hold AS hold ON hold.member_id = account.member_id AND hold.state = 'committed'
      GROUP BY account.member_id
      HAVING coalesce(sum(hold.earn_points - hold.points_taken_back), 0) <> account.lifetime_earned
        OR coalesce(sum(hold.spend_points - hold.points_given_back), 0) <> account.lifetime_spent LIMIT ?1
      """))

  // MARK: Orders and returns against the ledger

  private static let earnMatchesHold = LedgerCheck(
    name: "orders.earn_matches_hold",
    sql: SQL(
      "loyalty.check-earn-matches-hold",
      """
      SELECT hold.order_id, hold.member_id, hold.earn_points, coalesce(line.points, 0)
      FROM order_hold AS hold
        LEFT JOIN ledger_transaction AS line ON line.subject = hold.order_id AND line.kind = 'earn'
      WHERE coalesce(line.points, 0) <> CASE hold.state WHEN 'committed' THEN hold.earn_points ELSE 0 END
        OR coalesce(line.growth_value, 0) <> CASE hold.state WHEN 'committed' THEN hold.growth_value ELSE 0 END LIMIT ?1
      """))

  private static let spendMatchesHold = LedgerCheck(
    name: "orders.spend_matches_hold",
    sql: SQL(
      "loyalty.check-spend-matches-hold",
      """
      SELECT hold.order_id, hold.member_id, hold.spend_points, -coalesce(line.points, 0)
      FROM order_hold AS hold
        LEFT JOIN ledger_transaction AS line ON line.subject = hold.order_id AND line.kind = 'spend'
      WHERE -coalesce(line.points, 0) <> CASE hold.state WHEN 'committed' THEN hold.spend_points ELSE 0 END LIMIT ?1
      """))

  private static let drawsMatchHold = LedgerCheck(
    name: "orders.draws_match_hold",
    sql: SQL(
      "loyalty.check-draws-match-hold",
      """
      SELECT hold.order_id, hold.member_id, hold.spend_points, coalesce(sum(draw.points), 0)
      FROM order_hold AS hold LEFT JOIN hold_draw AS draw ON draw.order_id = hold.order_id
      GROUP BY hold.order_id
      HAVING coalesce(sum(draw.points), 0) <> hold.spend_points OR coalesce(sum(draw.given_back), 0) <> hold.points_given_back
      LIMIT ?1
      """))

  private static let reversalsMatchHold = LedgerCheck(
    name: "orders.reversals_match_hold",
    sql: SQL(
      "loyalty.check-reversals-match-hold",
      """
      SELECT hold.order_id, hold.member_id, coalesce(sum(back.points_taken_back), 0), hold.points_taken_back
      FROM order_hold AS hold LEFT JOIN order_reversal AS back ON back.order_id = hold.order_id
      GROUP BY hold.order_id
      HAVING coalesce(sum(back.points_taken_back), 0) <> hold.points_taken_back
        OR coalesce(sum(back.points_given_back), 0) <> hold.points_given_back
        OR coalesce(sum(back.growth_taken_back), 0) <> hold.growth_taken_back LIMIT ?1
      """))

  /// A reversal's points left "issued" and came back from "redeemed", whatever part of them was debt or had expired.
  private static let reversalsMatchLedger = LedgerCheck(
    name: "returns.reversal_matches_ledger",
    sql: SQL(
      "loyalty.check-reversals-match-ledger",
      """
      SELECT back.return_id, back.order_id, back.points_taken_back + back.points_given_back,
        coalesce(posted.taken, 0) + coalesce(posted.given, 0)
      FROM order_reversal AS back LEFT JOIN (
        SELECT moved.return_id,
          sum(CASE WHEN entry.account = 'programme_issued' THEN entry.amount ELSE 0 END) AS taken,
          sum(CASE WHEN entry.account = 'programme_redeemed' THEN -entry.amount ELSE 0 END) AS given,
          sum(CASE WHEN entry.account = 'programme_growth' THEN entry.amount ELSE 0 END) AS growth,
          sum(CASE WHEN entry.account = 'member_debt' AND moved.kind = 'earn_reversal' THEN -entry.amount ELSE 0 END) AS debt
        FROM ledger_transaction AS moved
          JOIN ledger_entry AS entry ON entry.member_id = moved.member_id AND entry.number = moved.number
        WHERE moved.return_id <> '' GROUP BY moved.return_id
      ) AS posted ON posted.return_id = back.return_id
      WHERE coalesce(posted.taken, 0) <> back.points_taken_back OR coalesce(posted.given, 0) <> back.points_given_back
        OR coalesce(posted.growth, 0) <> back.growth_taken_back OR coalesce(posted.debt, 0) <> back.debt LIMIT ?1
      """))
}
