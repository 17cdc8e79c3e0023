internal import Database
internal import Foundation

/// What is in force, and earn rules: immutable rows, the highest version in force.
enum ProgramStore {
  static func inForce(_ reader: some Queryable) throws -> Program {
    let found = try reader.first(ruleInForce, []) { (rule: try EarnRule(row: $0), inactivityRules: $0.int(9)) }
    guard let found else { throw LedgerFault("no earn rule is published") }
    return Program(rule: found.rule, scheme: try TierSchemeStore.inForce(reader), hasInactivityRules: found.inactivityRules > 0)
  }

  static func rule(version: Int64, _ reader: some Queryable) throws -> EarnRule? {
    try reader.first(ruleByVersion, [.integer(version)], EarnRule.init(row:))
  }

  static func rules(_ reader: some Queryable) throws -> [EarnRule] {
    try reader.all(everyRule, [], EarnRule.init(row:))
  }

  /// Those that let points live on with every order.
  static func inactivityRules(_ reader: some Queryable) throws -> [EarnRule] {
    try reader.all(everyInactivityRule, [], EarnRule.init(row:))
  }

  /// The rule with its new version; nil when members have points or holds already and the rule is of another currency than the
  /// one they were counted in.
  static func publish(_ rule: EarnRule, _ transaction: Transaction) throws -> EarnRule? {
    let arguments: [SQLValue] = [
      .text(rule.currencyCode), .integer(rule.pointsNumerator), .integer(rule.pointsDenominator),
      .text(rule.expiry.text), .text(rule.timeZoneIdentifier), .integer(rule.activateAfterDays),
      .integer(rule.minorUnitsPerPoint), .time(rule.publishedAt),
    ]
    return try transaction.first(insertRule, arguments) { row in
      var published = rule
      published.version = row.int64(0)
      return published
    }
  }

  private static let ruleColumns =
    """
    version, currency_code, points_numerator, points_denominator, expiry, time_zone, activate_after_days,
    minor_units_per_point, published_at
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
      activate_after_days, minor_units_per_point, published_at)
    SELECT latest.version + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
    FROM earn_rule AS latest
    WHERE latest.version = (SELECT max(version) FROM earn_rule)
      AND (latest.currency_code = ?1
        OR (NOT EXISTS (SELECT 1 FROM member_account) AND NOT EXISTS (SELECT 1 FROM order_hold WHERE state = 'held')))
    RETURNING version
    """)
}

extension EarnRule {
  fileprivate init(row: Row) throws {
    guard let expiry = ExpiryRule(row.text(4)) else { throw LedgerFault("an earn rule has no known expiry") }
    self.init(
      version: row.int64(0), currencyCode: row.text(1), pointsNumerator: row.int64(2), pointsDenominator: row.int64(3),
      expiry: expiry, timeZoneIdentifier: row.text(5), activateAfterDays: row.int(6),
      minorUnitsPerPoint: row.int64(7), publishedAt: row.time(8))
  }
}
