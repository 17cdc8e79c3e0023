internal import Database

/// Each action that was awarded, and no other, has its line of the ledger.
enum AwardChecks {
  static let all = [awardMatchesLedger, ledgerMatchesAward]

  private static let awardMatchesLedger = LedgerCheck(
    name: "actions.award_matches_ledger",
    sql: SQL(
      "loyalty.check-award-matches-ledger",
      """
      SELECT awarded.entry_id, awarded.member_id, awarded.points, coalesce(line.points, 0)
      FROM awarded_action AS awarded
        LEFT JOIN ledger_transaction AS line ON line.entry_id = awarded.entry_id AND line.member_id = awarded.member_id
      WHERE coalesce(line.points, 0) <> awarded.points OR line.kind <> 'earn' OR line.order_id <> '' LIMIT ?1
      """))

  private static let ledgerMatchesAward = LedgerCheck(
    name: "actions.ledger_matches_award",
    sql: SQL(
      "loyalty.check-ledger-matches-award",
      """
      SELECT line.entry_id, line.member_id, 0, line.points
      FROM ledger_transaction AS line LEFT JOIN awarded_action AS awarded ON awarded.entry_id = line.entry_id
      WHERE line.kind = 'earn' AND line.variant = '' AND line.order_id = '' AND awarded.entry_id IS NULL
      LIMIT ?1
      """))
}
