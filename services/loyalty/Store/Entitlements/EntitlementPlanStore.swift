internal import Database
internal import Foundation

/// The plans of which cards are sold.
enum EntitlementPlanStore {
  static func inForce(_ code: String, _ reader: some Queryable) throws -> EntitlementPlan? {
    try reader.first(planInForce, [.text(code)], EntitlementPlan.init(row:)).map { try withServices($0, reader) }
  }

  /// By whose version a card is used.
  static func governing(_ card: Entitlement, at instant: Date, _ reader: some Queryable) throws -> EntitlementPlan {
    guard let period = card.governing(at: instant) else { throw LedgerFault("a card has no period") }
    let plan = try reader.first(findPlan, [.text(card.planCode), .integer(period.planVersion)], EntitlementPlan.init(row:))
    guard let plan else { throw LedgerFault("a period's plan is gone") }
    return try withServices(plan, reader)
  }

  /// Those in force, by code.
  static func list(after code: String, limit: Int, _ reader: some Queryable) throws -> [EntitlementPlan] {
    try reader.all(plansInForce, [.text(code), .integer(limit)], EntitlementPlan.init(row:)).map { try withServices($0, reader) }
  }

  /// With its version.
  static func publish(_ plan: EntitlementPlan, _ transaction: Transaction) throws -> EntitlementPlan {
    let before = try transaction.first(planInForce, [.text(plan.code)], EntitlementPlan.init(row:))
    if let before, before.currencyCode != plan.currencyCode { throw EntitlementRefusal.currencyFixed(before.currencyCode) }
    var published = plan
    published.version = (before?.version ?? 0) + 1
    try transaction.run(
      insertPlan,
      [
        .text(plan.code), .integer(published.version), .text(plan.name), .integer(plan.uses), .integer(plan.usesPerDay),
        .text(plan.validity.text), .text(plan.timeZoneIdentifier), .integer(plan.price), .text(plan.currencyCode),
        .integer(plan.freezeDays), .integer(plan.graceDays), .time(plan.publishedAt),
      ])
    for service in plan.services {
      try transaction.run(insertService, [.text(plan.code), .integer(published.version), .text(service)])
    }
    return published
  }

  /// The zones of all versions, which a start must know.
  static func timeZones(_ reader: some Queryable) throws -> [String] { try reader.all(everyTimeZone, []) { $0.text(0) } }

  private static func withServices(_ plan: EntitlementPlan, _ reader: some Queryable) throws -> EntitlementPlan {
    var plan = plan
    plan.services = try reader.all(servicesOfPlan, [.text(plan.code), .integer(plan.version)]) { $0.text(0) }
    return plan
  }

  fileprivate static let columns =
    """
    code, version, name, uses, uses_per_day, validity, time_zone, price, currency_code, freeze_days, grace_days, published_at
    """

  private static let planInForce = SQL(
    "loyalty.entitlement-plan-in-force", "SELECT \(columns) FROM entitlement_plan WHERE code = ?1 ORDER BY version DESC LIMIT 1")

  private static let findPlan = SQL(
    "loyalty.find-entitlement-plan", "SELECT \(columns) FROM entitlement_plan WHERE code = ?1 AND version = ?2")

  private static let plansInForce = SQL(
    "loyalty.entitlement-plans-in-force",
    """
    SELECT \(columns) FROM entitlement_plan AS plan
    WHERE code > ?1 AND NOT EXISTS (
      SELECT 1 FROM entitlement_plan AS later WHERE later.code = plan.code AND later.version > plan.version)
    ORDER BY code LIMIT ?2
    """)

  private static let everyTimeZone = SQL(
    "loyalty.entitlement-time-zones", "SELECT DISTINCT time_zone FROM entitlement_plan ORDER BY time_zone")

  private static let insertPlan = SQL(
    "loyalty.insert-entitlement-plan",
    "INSERT INTO entitlement_plan (\(columns)) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)")

  private static let servicesOfPlan = SQL(
    "loyalty.entitlement-plan-services",
    "SELECT service FROM entitlement_plan_service WHERE code = ?1 AND version = ?2 ORDER BY service")

  private static let insertService = SQL(
    "loyalty.insert-entitlement-plan-service", "INSERT INTO entitlement_plan_service (code, version, service) VALUES (?1, ?2, ?3)")
}

extension EntitlementPlan {
  fileprivate init(row: Row) throws {
    guard let validity = ExpiryRule(row.text(5)) else { throw LedgerFault("a plan's validity is none") }
    self.init(
      code: row.text(0), version: row.int64(1), name: row.text(2), uses: row.int64(3), usesPerDay: row.int64(4), validity: validity,
      timeZoneIdentifier: row.text(6), price: row.int64(7), currencyCode: row.text(8), services: [], freezeDays: row.int(9),
      graceDays: row.int(10), publishedAt: row.time(11))
  }
}
