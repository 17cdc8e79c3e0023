internal import Database
internal import Foundation

/// Policies and bonus schemes: immutable rows, the highest version of a jurisdiction in force.
enum ValueProgramStore {
  /// - Throws: POLICY_UNKNOWN; never for the jurisdiction of an account, since policies are not taken away.
  static func policyInForce(in jurisdiction: String, _ reader: some Queryable) throws -> ValuePolicy {
    guard let policy = try reader.first(policyInForce, [.text(jurisdiction)], ValuePolicy.init(row:)) else {
      throw StoredValueRefusal.policyUnknown(jurisdiction: jurisdiction)
    }
    return policy
  }

  static func policies(_ reader: some Queryable) throws -> [ValuePolicy] { try reader.all(everyPolicy, [], ValuePolicy.init(row:)) }

  /// The policy with its new version; nil when the jurisdiction has another currency already.
  static func publish(_ policy: ValuePolicy, _ transaction: Transaction) throws -> ValuePolicy? {
    let arguments: [SQLValue] = [
      .text(policy.jurisdiction), .text(policy.currencyCode), .text(policy.timeZoneIdentifier), .text(policy.spendOrder.rawValue),
      .integer(policy.maximumNamedBalance), .integer(policy.maximumAnonymousBalance), .integer(policy.maximumLoad),
      .integer(policy.maximumDailyLoad), .integer(policy.namedCardMonths), .integer(policy.anonymousCardMonths),
      .integer(policy.pinTries), .time(policy.publishedAt),
    ]
    return try transaction.first(insertPolicy, arguments) { row in
      var published = policy
      published.version = row.int64(0)
      return published
    }
  }

  /// Version 0, without a package, where none was ever published.
  static func schemeInForce(in jurisdiction: String, _ reader: some Queryable) throws -> BonusScheme {
    let head = try reader.first(schemeInForce, [.text(jurisdiction)]) { (version: $0.int64(0), publishedAt: $0.time(1)) }
    guard let head else {
      return BonusScheme(jurisdiction: jurisdiction, version: 0, packages: [], publishedAt: Date(timeIntervalSince1970: 0))
    }
    let packages = try reader.all(packagesOfScheme, [.text(jurisdiction), .integer(head.version)]) { row in
      BonusScheme.Package(charge: row.int64(0), bonus: row.int64(1))
    }
    return BonusScheme(jurisdiction: jurisdiction, version: head.version, packages: packages, publishedAt: head.publishedAt)
  }

  static func publish(_ scheme: BonusScheme, _ transaction: Transaction) throws -> BonusScheme {
    var published = scheme
    let version = try transaction.first(insertScheme, [.text(scheme.jurisdiction), .time(scheme.publishedAt)]) { $0.int64(0) }
    guard let version else { throw LedgerFault("a bonus scheme was not inserted") }
    published.version = version
    for package in scheme.packages {
      try transaction.run(
        insertPackage, [.text(scheme.jurisdiction), .integer(version), .integer(package.charge), .integer(package.bonus)])
    }
    return published
  }

  private static let policyColumns =
    """
    jurisdiction, version, currency_code, time_zone, spend_order, maximum_named_balance, maximum_anonymous_balance, maximum_load,
    maximum_daily_load, named_card_months, anonymous_card_months, pin_tries, published_at
    """

  private static let policyInForce = SQL(
    "loyalty.value-policy-in-force",
    "SELECT \(policyColumns) FROM value_policy WHERE jurisdiction = ?1 ORDER BY version DESC LIMIT 1")

  private static let everyPolicy = SQL(
    "loyalty.every-value-policy", "SELECT \(policyColumns) FROM value_policy ORDER BY jurisdiction, version")

  // The version and the currency are decided by the statement that writes them.
  private static let insertPolicy = SQL(
    "loyalty.publish-value-policy",
    """
    INSERT INTO value_policy (jurisdiction, version, currency_code, time_zone, spend_order, maximum_named_balance,
      maximum_anonymous_balance, maximum_load, maximum_daily_load, named_card_months, anonymous_card_months, pin_tries, published_at)
    SELECT ?1, coalesce(max(version), 0) + 1, ?2, ?3, ?4, CAST(?5 AS BIGINT), CAST(?6 AS BIGINT), CAST(?7 AS BIGINT),
      CAST(?8 AS BIGINT), CAST(?9 AS BIGINT), CAST(?10 AS BIGINT), CAST(?11 AS BIGINT), CAST(?12 AS BIGINT)
    FROM value_policy WHERE jurisdiction = ?1
    HAVING coalesce(min(currency_code), ?2) = ?2
    RETURNING version
    """)

  private static let schemeInForce = SQL(
    "loyalty.bonus-scheme-in-force",
    "SELECT version, published_at FROM bonus_scheme WHERE jurisdiction = ?1 ORDER BY version DESC LIMIT 1")

  private static let packagesOfScheme = SQL(
    "loyalty.bonus-packages", "SELECT charge, bonus FROM bonus_package WHERE jurisdiction = ?1 AND version = ?2 ORDER BY charge")

  private static let insertScheme = SQL(
    "loyalty.publish-bonus-scheme",
    """
    INSERT INTO bonus_scheme (jurisdiction, version, published_at)
    SELECT ?1, coalesce(max(version), 0) + 1, CAST(?2 AS BIGINT) FROM bonus_scheme WHERE jurisdiction = ?1
    RETURNING version
    """)

  private static let insertPackage = SQL(
    "loyalty.insert-bonus-package", "INSERT INTO bonus_package (jurisdiction, version, charge, bonus) VALUES (?1, ?2, ?3, ?4)")
}

extension ValuePolicy {
  fileprivate init(row: Row) throws {
    guard let spendOrder = SpendOrder(rawValue: row.text(4)) else { throw LedgerFault("a policy has no known spend order") }
    self.init(
      jurisdiction: row.text(0), version: row.int64(1), currencyCode: row.text(2), timeZoneIdentifier: row.text(3),
      spendOrder: spendOrder, maximumNamedBalance: row.int64(5), maximumAnonymousBalance: row.int64(6), maximumLoad: row.int64(7),
      maximumDailyLoad: row.int64(8), namedCardMonths: row.int(9), anonymousCardMonths: row.int(10), pinTries: row.int(11),
      publishedAt: row.time(12))
  }
}
