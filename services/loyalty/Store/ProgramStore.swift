internal import Database
internal import Foundation
internal import PatronAPI
internal import ProtobufC

/// What is in force, and earn rules: immutable rows, the highest version in force.
enum ProgramStore {
  static func inForce(_ reader: some Queryable) throws -> Program {
    let found = try reader.first(ruleInForce, []) { (rule: try EarnRule(row: $0), inactivityRules: $0.int(14)) }
    guard let found else { throw LedgerFault("no earn rule is published") }
    return Program(rule: found.rule, scheme: try TierSchemeStore.inForce(reader), hasInactivityRules: found.inactivityRules > 0)
  }

  static func rule(version: Int64, _ reader: some Queryable) throws -> EarnRule? {
    try reader.first(ruleByVersion, [.integer(version)], EarnRule.init(row:))
  }

  static func rules(_ reader: some Queryable) throws -> [EarnRule] {
    try reader.all(everyRule, [], EarnRule.init(row:))
  }

  /// The clauses of a version, in its order. Nothing is asked for a version that has none.
  static func clauses(of rule: EarnRule, _ reader: some Queryable) throws -> [EarnClause] {
    guard rule.clauseCount > 0 else { return [] }
    return try reader.all(clausesOfVersion, [.integer(rule.version)]) { row in
      let message = try LoyaltyV1.EarnClause(decoding: row.blob(0))
      guard let clause = EarnClause(message) else { throw LedgerFault("a clause has no known effect") }
      return clause
    }
  }

  /// All that a version says beside its rate.
  static func terms(of rule: EarnRule, _ reader: some Queryable) throws -> EarnTerms {
    EarnTerms(
      clauses: try clauses(of: rule, reader),
      actions: try reader.all(actionsOfVersion, [.integer(rule.version)], EarnActionRule.init(row:)))
  }

  /// What a version gives for an action; nil for nothing.
  static func actionRule(_ action: EarnAction, version: Int64, _ reader: some Queryable) throws -> EarnActionRule? {
    try reader.first(actionOfVersion, [.integer(version), .text(action.rawValue)], EarnActionRule.init(row:))
  }

  /// Those that let points live on with every order.
  static func inactivityRules(_ reader: some Queryable) throws -> [EarnRule] {
    try reader.all(everyInactivityRule, [], EarnRule.init(row:))
  }

  /// The rule with its new version; nil when members have points or holds already and the rule is of another currency than the
  /// one they were counted in.
  static func publish(_ rule: EarnRule, _ terms: EarnTerms, _ transaction: Transaction) throws -> EarnRule? {
    let arguments: [SQLValue] = [
      .text(rule.currencyCode), .integer(rule.pointsNumerator), .integer(rule.pointsDenominator),
      .text(rule.expiry.text), .text(rule.timeZoneIdentifier), .integer(rule.activateAfterDays),
      .integer(rule.minorUnitsPerPoint), .time(rule.publishedAt), .integer(terms.clauses.count), .optional(rule.caps.order),
      .optional(rule.caps.day), .optional(rule.caps.month), .optional(rule.caps.member),
    ]
    guard let version = try transaction.first(insertRule, arguments, { $0.int64(0) }) else { return nil }
    for (position, clause) in terms.clauses.enumerated() {
      try transaction.run(
        insertClause,
        [.integer(version), .integer(position), .text(clause.name), .blob(LoyaltyV1.EarnClause(clause).encoded())])
    }
    for action in terms.actions {
      try transaction.run(
        insertAction,
        [
          .integer(version), .text(action.action.rawValue), .integer(action.points), .optional(action.dayLimit),
          .optional(action.monthLimit), .optional(action.memberLimit),
        ])
    }
    var published = rule
    (published.version, published.clauseCount) = (version, terms.clauses.count)
    return published
  }

  private static let ruleColumns =
    """
    version, currency_code, points_numerator, points_denominator, expiry, time_zone, activate_after_days,
    minor_units_per_point, published_at, clause_count, order_cap, day_cap, month_cap, member_cap
    """

  private static let ruleInForce = SQL(
    "loyalty.rule-in-force",
    """
    SELECT \(ruleColumns), (SELECT count(*) FROM earn_rule WHERE expiry LIKE '% inactive')
    FROM earn_rule ORDER BY version DESC LIMIT 1
    """)

  private static let everyInactivityRule = SQL(
    "loyalty.inactivity-rules", "SELECT \(ruleColumns) FROM earn_rule WHERE expiry LIKE '% inactive' ORDER BY version")

  private static let ruleByVersion = SQL(
    "loyalty.rule-by-version", "SELECT \(ruleColumns) FROM earn_rule WHERE version = ?1")

  private static let everyRule = SQL("loyalty.every-rule", "SELECT \(ruleColumns) FROM earn_rule ORDER BY version")

  // The version and the currency are decided by the statement that writes them.
  private static let insertRule = SQL(
    "loyalty.publish-rule",
    """
    INSERT INTO earn_rule (version, currency_code, points_numerator, points_denominator, expiry, time_zone,
      activate_after_days, minor_units_per_point, published_at, clause_count, order_cap, day_cap, month_cap, member_cap)
    SELECT latest.version + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, CAST(?10 AS BIGINT), CAST(?11 AS BIGINT), CAST(?12 AS BIGINT),
      CAST(?13 AS BIGINT)
    FROM earn_rule AS latest
    WHERE latest.version = (SELECT max(version) FROM earn_rule)
      AND (latest.currency_code = ?1
        OR (NOT EXISTS (SELECT 1 FROM member_account) AND NOT EXISTS (SELECT 1 FROM order_hold WHERE state = 'held')))
    RETURNING version
    """)

  private static let insertClause = SQL(
    "loyalty.publish-clause", "INSERT INTO earn_clause (version, position, name, terms) VALUES (?1, ?2, ?3, ?4)")

  private static let insertAction = SQL(
    "loyalty.publish-action",
    """
    INSERT INTO earn_action (version, action, points, day_limit, month_limit, member_limit) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    """)

  private static let actionColumns = "action, points, day_limit, month_limit, member_limit"

  private static let actionsOfVersion = SQL(
    "loyalty.actions-of-version", "SELECT \(actionColumns) FROM earn_action WHERE version = ?1 ORDER BY action")

  private static let actionOfVersion = SQL(
    "loyalty.action-of-version", "SELECT \(actionColumns) FROM earn_action WHERE version = ?1 AND action = ?2")

  private static let clausesOfVersion = SQL(
    "loyalty.clauses-of-version", "SELECT terms FROM earn_clause WHERE version = ?1 ORDER BY position")
}

extension EarnRule {
  fileprivate init(row: Row) throws {
    guard let expiry = ExpiryRule(row.text(4)) else { throw LedgerFault("an earn rule has no known expiry") }
    self.init(
      version: row.int64(0), currencyCode: row.text(1), pointsNumerator: row.int64(2), pointsDenominator: row.int64(3),
      expiry: expiry, timeZoneIdentifier: row.text(5), activateAfterDays: row.int(6),
      minorUnitsPerPoint: row.int64(7), publishedAt: row.time(8),
      caps: EarnCaps(
        order: row.optionalInt64(10), day: row.optionalInt64(11), month: row.optionalInt64(12), member: row.optionalInt64(13)),
      clauseCount: row.int(9))
  }
}

extension EarnActionRule {
  fileprivate init(row: Row) throws {
    guard let action = EarnAction(rawValue: row.text(0)) else { throw LedgerFault("an action is not known") }
    self.init(
      action: action, points: row.int64(1), dayLimit: row.optionalInt64(2), monthLimit: row.optionalInt64(3),
      memberLimit: row.optionalInt64(4))
  }
}
