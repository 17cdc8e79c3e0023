internal import Database

/// The invariants of stored value's books; see `LedgerCheck`.
enum ValueChecks {
  static let all = [
    transactionsSumToZero, statementMatchesEntries, numbersHaveNoGap, balanceMatchesLedger, lotsSumToBalance, lotsMatchLedger,
    heldMatchesHolds, lotsHeldMatchDraws, spendMatchesHold, drawsMatchHold, reversalsMatchHold, reversalsMatchLedger,
    refundsMatchLedger, transfersBalance,
  ]

  // MARK: The ledger by itself

  private static let transactionsSumToZero = LedgerCheck(
    name: "stored_value.transactions_sum_to_zero",
    sql: SQL(
      "loyalty.check-value-transactions-sum-to-zero",
      """
      SELECT account_id, CAST(number AS TEXT), 0, sum(amount) FROM value_entry GROUP BY account_id, number, part
      HAVING sum(amount) <> 0 LIMIT ?1
      """))

  private static let statementMatchesEntries = LedgerCheck(
    name: "stored_value.statement_matches_entries",
    sql: SQL(
      "loyalty.check-value-statement-matches-entries",
      """
      SELECT line.entry_id, line.account_id, coalesce(folded.principal, 0) + coalesce(folded.bonus, 0), line.principal + line.bonus
      FROM value_transaction AS line LEFT JOIN (
        SELECT account_id, number, sum(CASE WHEN part = 'principal' THEN amount ELSE 0 END) AS principal,
          sum(CASE WHEN part = 'bonus' THEN amount ELSE 0 END) AS bonus
        FROM value_entry WHERE ledger = 'customer' GROUP BY account_id, number
      ) AS folded ON folded.account_id = line.account_id AND folded.number = line.number
      WHERE line.principal <> coalesce(folded.principal, 0) OR line.bonus <> coalesce(folded.bonus, 0) LIMIT ?1
      """))

  private static let numbersHaveNoGap = LedgerCheck(
    name: "stored_value.ledger_has_no_gap",
    sql: SQL(
      "loyalty.check-value-numbers-have-no-gap",
      """
      SELECT account.account_id, '', account.last_number, count(line.number)
      FROM value_account AS account LEFT JOIN value_transaction AS line ON line.account_id = account.account_id
      GROUP BY account.account_id
      HAVING account.last_number <> count(line.number) OR account.last_number <> coalesce(max(line.number), 0) LIMIT ?1
      """))

  /// What left one account came into another.
  private static let transfersBalance = LedgerCheck(
    name: "stored_value.transfers_sum_to_zero",
    sql: SQL(
      "loyalty.check-value-transfers",
      """
      SELECT moved.subject, '', 0, sum(entry.amount)
      FROM value_transaction AS moved
        JOIN value_entry AS entry ON entry.account_id = moved.account_id AND entry.number = moved.number AND entry.ledger = 'transferred'
      GROUP BY moved.subject, entry.part HAVING sum(entry.amount) <> 0 LIMIT ?1
      """))

  // MARK: Balances against the ledger and the lots

  private static let balanceMatchesLedger = LedgerCheck(
    name: "stored_value.balance_matches_ledger",
    sql: SQL(
      "loyalty.check-value-balance-matches-ledger",
      """
      SELECT account.account_id, '', coalesce(folded.principal, 0) + coalesce(folded.bonus, 0),
        account.principal + account.principal_held + account.bonus + account.bonus_held
      FROM value_account AS account LEFT JOIN (
        SELECT account_id, sum(CASE WHEN part = 'principal' THEN amount ELSE 0 END) AS principal,
          sum(CASE WHEN part = 'bonus' THEN amount ELSE 0 END) AS bonus
        FROM value_entry WHERE ledger = 'customer' GROUP BY account_id
      ) AS folded ON folded.account_id = account.account_id
      WHERE coalesce(folded.principal, 0) <> account.principal + account.principal_held
        OR coalesce(folded.bonus, 0) <> account.bonus + account.bonus_held LIMIT ?1
      """))

  private static let lotsSumToBalance = LedgerCheck(
    name: "stored_value.lots_sum_to_balance",
    sql: SQL(
      "loyalty.check-value-lots-sum-to-balance",
      """
      SELECT account.account_id, '', coalesce(sum(lot.principal + lot.bonus), 0), account.principal + account.bonus
      FROM value_account AS account LEFT JOIN value_lot AS lot ON lot.account_id = account.account_id
      GROUP BY account.account_id
      HAVING coalesce(sum(lot.principal), 0) <> account.principal OR coalesce(sum(lot.bonus), 0) <> account.bonus
        OR coalesce(sum(lot.principal_held), 0) <> account.principal_held OR coalesce(sum(lot.bonus_held), 0) <> account.bonus_held LIMIT ?1
      """))

  private static let lotsMatchLedger = LedgerCheck(
    name: "stored_value.lots_match_ledger",
    sql: SQL(
      "loyalty.check-value-lots-match-ledger",
      """
      SELECT lot.lot_id, lot.account_id, coalesce(folded.principal, 0) + coalesce(folded.bonus, 0),
        lot.principal + lot.principal_held + lot.bonus + lot.bonus_held
      FROM value_lot AS lot LEFT JOIN (
        SELECT lot_id, sum(CASE WHEN part = 'principal' THEN amount ELSE 0 END) AS principal,
          sum(CASE WHEN part = 'bonus' THEN amount ELSE 0 END) AS bonus
        FROM value_entry WHERE ledger = 'customer' GROUP BY lot_id
      ) AS folded ON folded.lot_id = lot.lot_id
      WHERE coalesce(folded.principal, 0) <> lot.principal + lot.principal_held
        OR coalesce(folded.bonus, 0) <> lot.bonus + lot.bonus_held LIMIT ?1
      """))

  private static let heldMatchesHolds = LedgerCheck(
    name: "stored_value.held_matches_open_holds",
    sql: SQL(
      "loyalty.check-value-held-matches-holds",
      """
      SELECT account.account_id, '', coalesce(open.principal, 0) + coalesce(open.bonus, 0), account.principal_held + account.bonus_held
      FROM value_account AS account LEFT JOIN (
        SELECT paid.account_id, sum(paid.principal) AS principal, sum(paid.bonus) AS bonus
        FROM value_hold AS paid JOIN order_hold AS hold ON hold.order_id = paid.order_id AND hold.state = 'held'
        GROUP BY paid.account_id
      ) AS open ON open.account_id = account.account_id
      WHERE coalesce(open.principal, 0) <> account.principal_held OR coalesce(open.bonus, 0) <> account.bonus_held LIMIT ?1
      """))

  private static let lotsHeldMatchDraws = LedgerCheck(
    name: "stored_value.lots_held_match_draws",
    sql: SQL(
      "loyalty.check-value-lots-held-match-draws",
      """
      SELECT lot.lot_id, lot.account_id, coalesce(open.principal, 0) + coalesce(open.bonus, 0), lot.principal_held + lot.bonus_held
      FROM value_lot AS lot LEFT JOIN (
        SELECT draw.lot_id, sum(draw.principal) AS principal, sum(draw.bonus) AS bonus
        FROM value_draw AS draw JOIN order_hold AS hold ON hold.order_id = draw.order_id AND hold.state = 'held'
        GROUP BY draw.lot_id
      ) AS open ON open.lot_id = lot.lot_id
      WHERE coalesce(open.principal, 0) <> lot.principal_held OR coalesce(open.bonus, 0) <> lot.bonus_held LIMIT ?1
      """))

  // MARK: Orders, returns and refunds against the ledger

  private static let spendMatchesHold = LedgerCheck(
    name: "stored_value.spend_matches_hold",
    sql: SQL(
      "loyalty.check-value-spend-matches-hold",
      """
      SELECT paid.order_id, paid.account_id, paid.principal + paid.bonus, -coalesce(line.principal + line.bonus, 0)
      FROM value_hold AS paid JOIN order_hold AS hold ON hold.order_id = paid.order_id
        LEFT JOIN value_transaction AS line
          ON line.subject = paid.order_id AND line.kind = 'spend' AND line.account_id = paid.account_id
      WHERE -coalesce(line.principal, 0) <> CASE hold.state WHEN 'committed' THEN paid.principal ELSE 0 END
        OR -coalesce(line.bonus, 0) <> CASE hold.state WHEN 'committed' THEN paid.bonus ELSE 0 END LIMIT ?1
      """))

  private static let drawsMatchHold = LedgerCheck(
    name: "stored_value.draws_match_hold",
    sql: SQL(
      "loyalty.check-value-draws-match-hold",
      """
      SELECT paid.order_id, paid.account_id, paid.principal + paid.bonus, coalesce(sum(draw.principal + draw.bonus), 0)
      FROM value_hold AS paid LEFT JOIN value_draw AS draw ON draw.order_id = paid.order_id AND draw.account_id = paid.account_id
      GROUP BY paid.order_id, paid.account_id
      HAVING coalesce(sum(draw.principal), 0) <> paid.principal OR coalesce(sum(draw.bonus), 0) <> paid.bonus
        OR coalesce(sum(draw.principal_given_back), 0) <> paid.principal_given_back
        OR coalesce(sum(draw.bonus_given_back), 0) <> paid.bonus_given_back LIMIT ?1
      """))

  private static let reversalsMatchHold = LedgerCheck(
    name: "stored_value.reversals_match_hold",
    sql: SQL(
      "loyalty.check-value-reversals-match-hold",
      """
      SELECT paid.order_id, paid.account_id, coalesce(sum(back.principal + back.bonus), 0),
        paid.principal_given_back + paid.bonus_given_back
      FROM value_hold AS paid LEFT JOIN value_reversal AS back ON back.order_id = paid.order_id AND back.account_id = paid.account_id
      GROUP BY paid.order_id, paid.account_id
      HAVING coalesce(sum(back.principal), 0) <> paid.principal_given_back OR coalesce(sum(back.bonus), 0) <> paid.bonus_given_back
      LIMIT ?1
      """))

  /// Each return gave back what it was asked for, and posted it.
  private static let reversalsMatchLedger = LedgerCheck(
    name: "stored_value.reversal_matches_ledger",
    sql: SQL(
      "loyalty.check-value-reversals-match-ledger",
      """
      SELECT back.return_id, back.account_id, back.amount, coalesce(line.principal + line.bonus, 0)
      FROM value_reversal AS back LEFT JOIN value_transaction AS line
        ON line.subject = back.return_id AND line.kind = 'spend_reversal' AND line.account_id = back.account_id
      WHERE coalesce(line.principal, 0) <> back.principal OR coalesce(line.bonus, 0) <> back.bonus
        OR back.principal + back.bonus <> back.amount LIMIT ?1
      """))

  /// All that refunds took of principal is what the top-ups count.
  private static let refundsMatchLedger = LedgerCheck(
    name: "stored_value.refunds_match_top_ups",
    sql: SQL(
      "loyalty.check-value-refunds-match-top-ups",
      """
      SELECT counted.account_id, '', counted.principal, coalesce(posted.principal, 0)
      FROM (
        SELECT account_id, sum(principal_refunded) AS principal FROM value_top_up GROUP BY account_id
      ) AS counted LEFT JOIN (
        SELECT account_id, -sum(principal) AS principal FROM value_transaction WHERE kind = 'refund' GROUP BY account_id
      ) AS posted ON posted.account_id = counted.account_id
      WHERE counted.principal <> coalesce(posted.principal, 0) LIMIT ?1
      """))
}
