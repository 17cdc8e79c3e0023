internal import Database

/// The invariants of cards that are used; see `LedgerCheck`.
enum EntitlementChecks {
  static let all = [statementHasNoGap, periodsMatchStatement, moneyMatchesStatement, usedMatchesUses, heldMatchesHolds, drawsMatchUse]

  private static let statementHasNoGap = LedgerCheck(
    name: "entitlements.statement_has_no_gap",
    sql: SQL(
      "loyalty.check-entitlement-statement",
      """
      SELECT card.entitlement_id, '', card.last_number, count(line.number)
      FROM entitlement AS card LEFT JOIN entitlement_entry AS line ON line.entitlement_id = card.entitlement_id
      GROUP BY card.entitlement_id
      HAVING card.last_number <> count(line.number) OR card.last_number <> coalesce(max(line.number), 0) LIMIT ?1
      """))

  /// What is left of a period with a count is what its statement adds up to; of a refunded one nothing.
  private static let periodsMatchStatement = LedgerCheck(
    name: "entitlements.periods_match_statement",
    sql: SQL(
      "loyalty.check-entitlement-periods",
      """
      SELECT period.entitlement_id, CAST(period.number AS TEXT), coalesce(folded.uses, 0),
        CASE WHEN period.uses = 0 OR period.refunded >= 0 THEN 0 ELSE period.uses - period.used END
      FROM entitlement_period AS period LEFT JOIN (
        SELECT entitlement_id, period, sum(uses) AS uses FROM entitlement_entry GROUP BY entitlement_id, period
      ) AS folded ON folded.entitlement_id = period.entitlement_id AND folded.period = period.number
      WHERE coalesce(folded.uses, 0) <> CASE WHEN period.uses = 0 OR period.refunded >= 0 THEN 0 ELSE period.uses - period.used END LIMIT ?1
      """))

  private static let moneyMatchesStatement = LedgerCheck(
    name: "entitlements.money_matches_statement",
    sql: SQL(
      "loyalty.check-entitlement-money",
      """
      SELECT period.entitlement_id, CAST(period.number AS TEXT), coalesce(folded.money, 0),
        CASE WHEN period.refunded >= 0 THEN period.price - period.refunded ELSE period.price END
      FROM entitlement_period AS period LEFT JOIN (
        SELECT entitlement_id, period, sum(money) AS money FROM entitlement_entry GROUP BY entitlement_id, period
      ) AS folded ON folded.entitlement_id = period.entitlement_id AND folded.period = period.number
      WHERE coalesce(folded.money, 0) <> CASE WHEN period.refunded >= 0 THEN period.price - period.refunded ELSE period.price END LIMIT ?1
      """))

  private static let usedMatchesUses = LedgerCheck(
    name: "entitlements.used_matches_uses",
    sql: SQL(
      "loyalty.check-entitlement-used",
      """
      SELECT period.entitlement_id, CAST(period.number AS TEXT), coalesce(folded.uses, 0), period.used
      FROM entitlement_period AS period LEFT JOIN (
        SELECT draw.entitlement_id, draw.number, sum(draw.uses) AS uses
        FROM entitlement_draw AS draw JOIN entitlement_use AS visit ON visit.use_id = draw.use_id AND visit.state = 'used'
        GROUP BY draw.entitlement_id, draw.number
      ) AS folded ON folded.entitlement_id = period.entitlement_id AND folded.number = period.number
      WHERE coalesce(folded.uses, 0) <> period.used LIMIT ?1
      """))

  private static let heldMatchesHolds = LedgerCheck(
    name: "entitlements.held_matches_holds",
    sql: SQL(
      "loyalty.check-entitlement-held",
      """
      SELECT period.entitlement_id, CAST(period.number AS TEXT), coalesce(folded.uses, 0), period.held
      FROM entitlement_period AS period LEFT JOIN (
        SELECT draw.entitlement_id, draw.number, sum(draw.uses) AS uses
        FROM entitlement_draw AS draw JOIN entitlement_use AS visit ON visit.use_id = draw.use_id AND visit.state = 'held'
        GROUP BY draw.entitlement_id, draw.number
      ) AS folded ON folded.entitlement_id = period.entitlement_id AND folded.number = period.number
      WHERE coalesce(folded.uses, 0) <> period.held LIMIT ?1
      """))

  private static let drawsMatchUse = LedgerCheck(
    name: "entitlements.draws_match_use",
    sql: SQL(
      "loyalty.check-entitlement-draws",
      """
      SELECT visit.use_id, visit.entitlement_id, visit.uses, coalesce(sum(draw.uses), 0)
      FROM entitlement_use AS visit LEFT JOIN entitlement_draw AS draw ON draw.use_id = visit.use_id
      GROUP BY visit.use_id, visit.entitlement_id, visit.uses HAVING visit.uses <> coalesce(sum(draw.uses), 0) LIMIT ?1
      """))
}
