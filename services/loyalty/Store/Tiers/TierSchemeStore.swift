internal import Database
internal import Foundation

/// Tier schemes: immutable rows, the highest version in force.
enum TierSchemeStore {
  static func inForce(_ reader: some Queryable) throws -> TierScheme {
    var scheme: TierScheme?
    var benefits = 0
    try reader.forEach(schemeRows, []) { row in
      let tier = try TierScheme.Tier(row: row)
      if scheme == nil {
        benefits = row.int(7)
        scheme = TierScheme(
          version: row.int64(0), tiers: [tier], window: try TierWindow(row: row), downgrade: try TierDowngrade(row: row),
          publishedAt: row.time(6))
      } else {
        scheme?.tiers.append(tier)
      }
    }
    guard var scheme else { throw LedgerFault("no tier scheme is published") }
    guard benefits > 0 else { return scheme }
    try reader.forEach(benefitRows, [.integer(scheme.version)]) { row in
      scheme.tiers[row.int(0)].benefits.append(try TierBenefit(row: row))
    }
    return scheme
  }

  static func publish(_ scheme: TierScheme, _ transaction: Transaction) throws -> TierScheme {
    var published = scheme
    let (window, months) = scheme.window.columns
    let downgrade = scheme.downgrade.columns
    let benefits = scheme.tiers.reduce(0) { $0 + $1.benefits.count }
    let arguments: [SQLValue] = [
      .text(window), .integer(months), .text(downgrade.fall), .integer(downgrade.graceDays), .text(downgrade.review), .integer(benefits),
      .time(scheme.publishedAt),
    ]
    guard let version = try transaction.first(insertScheme, arguments, { $0.int64(0) }) else {
      throw LedgerFault("a tier scheme was not inserted")
    }
    published.version = version
    for (position, tier) in scheme.tiers.enumerated() {
      let (least, combination) = (tier.criteria.least, tier.criteria.combination)
      try transaction.run(
        insertTier,
        [
          .integer(version), .integer(position), .text(tier.code), .text(tier.name), .integer(least.growthValue), .integer(least.visits),
          .integer(least.points), .integer(least.tenureDays), .text(combination.rawValue), .text(tier.admission.rawValue),
        ])
      for (number, benefit) in tier.benefits.enumerated() {
        try transaction.run(insertBenefit, [.integer(version), .integer(position), .integer(number)] + benefit.columns)
      }
    }
    return published
  }

  private static let schemeRows = SQL(
    "loyalty.scheme-in-force",
    """
    SELECT scheme.version, scheme.window_kind, scheme.window_months, scheme.fall, scheme.grace_days, scheme.review, scheme.published_at,
      scheme.benefits, tier.code, tier.name, tier.threshold, tier.threshold_visits, tier.threshold_points, tier.threshold_tenure_days,
      tier.combination, tier.admission
    FROM tier_scheme AS scheme JOIN tier ON tier.version = scheme.version
    WHERE scheme.version = (SELECT max(version) FROM tier_scheme)
    ORDER BY tier.position
    """)

  private static let benefitRows = SQL(
    "loyalty.tier-benefits",
    "SELECT position, kind, amount, divisor, occasion, words FROM tier_benefit WHERE version = ?1 ORDER BY position, number")

  // The version is decided by the statement that writes it.
  private static let insertScheme = SQL(
    "loyalty.publish-scheme",
    """
    INSERT INTO tier_scheme (version, window_kind, window_months, fall, grace_days, review, benefits, published_at)
    SELECT max(version) + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7 FROM tier_scheme WHERE true
    RETURNING version
    """)

  private static let insertTier = SQL(
    "loyalty.publish-tier",
    """
    INSERT INTO tier (version, position, code, name, threshold, threshold_visits, threshold_points, threshold_tenure_days, combination,
      admission)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
    """)

  private static let insertBenefit = SQL(
    "loyalty.publish-tier-benefit",
    """
    INSERT INTO tier_benefit (version, position, number, kind, amount, divisor, occasion, words) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    """)
}

// MARK: Columns

extension TierScheme.Tier {
  fileprivate init(row: Row) throws {
    guard let combination = TierCriteria.Combination(rawValue: row.text(14)), let admission = TierAdmission(rawValue: row.text(15)) else {
      throw LedgerFault("a tier has no known criteria")
    }
    self.init(
      code: row.text(8), name: row.text(9),
      criteria: TierCriteria(
        least: TierMeasures(growthValue: row.int64(10), visits: row.int64(11), points: row.int64(12), tenureDays: row.int64(13)),
        combination: combination),
      admission: admission)
  }
}

extension TierWindow {
  /// Months are a rolling window's; the column wants one of any.
  fileprivate var columns: (kind: String, months: Int) {
    switch self {
    case .rolling(let months): ("rolling", months)
    case .calendar(.year): ("calendar_year", 1)
    case .calendar: ("calendar_quarter", 1)
    case .anniversary: ("anniversary", 1)
    case .lifetime: ("lifetime", 1)
    }
  }

  fileprivate init(row: Row) throws {
    switch row.text(1) {
    case "rolling": self = .rolling(months: row.int(2))
    case "calendar_year": self = .calendar(.year)
    case "calendar_quarter": self = .calendar(.quarter)
    case "anniversary": self = .anniversary
    case "lifetime": self = .lifetime
    default: throw LedgerFault("a tier scheme has no known window")
    }
  }
}

extension TierDowngrade {
  private static let atOnceColumn = "at_once"
  private static let reviews: [(period: ExpiryRule.Period, column: String)] = [(.month, "month"), (.quarter, "quarter"), (.year, "year")]

  fileprivate var columns: (fall: String, graceDays: Int, review: String) {
    switch self {
    case .atOnce: (Self.atOnceColumn, 0, "")
    case .atPeriodEnd(let policy):
      (policy.fall.rawValue, policy.graceDays, Self.reviews.first { $0.period == policy.review }?.column ?? "")
    }
  }

  fileprivate init(row: Row) throws {
    if row.text(3) == Self.atOnceColumn {
      self = .atOnce
    } else {
      guard let fall = TierPeriodEnd.Fall(rawValue: row.text(3)) else { throw LedgerFault("a tier scheme has no known fall") }
      let review = row.text(5)
      self = .atPeriodEnd(
        TierPeriodEnd(fall: fall, graceDays: row.int(4), review: Self.reviews.first { $0.column == review }?.period))
    }
  }
}

extension TierBenefit {
  /// Kind, amount, divisor, occasion, words.
  fileprivate var columns: [SQLValue] {
    switch self {
    case .discount(let basisPoints): [.text("discount"), .integer(basisPoints), 1, "", ""]
    case .pointsMultiplier(let numerator, let denominator):
      [.text("points_multiplier"), .integer(numerator), .integer(denominator), "", ""]
    case .freeDelivery(let from): [.text("free_delivery"), .integer(from), 1, "", ""]
    case .gift(let occasion, let what): [.text("gift"), 0, 1, .text(occasion.rawValue), .text(what)]
    case .priority(let what): [.text("priority"), 0, 1, "", .text(what)]
    case .dedicatedAgent(let who): [.text("dedicated_agent"), 0, 1, "", .text(who)]
    }
  }

  fileprivate init(row: Row) throws {
    switch row.text(1) {
    case "discount": self = .discount(basisPoints: row.int64(2))
    case "points_multiplier": self = .pointsMultiplier(numerator: row.int64(2), denominator: row.int64(3))
    case "free_delivery": self = .freeDelivery(fromMinorUnits: row.int64(2))
    case "gift":
      guard let occasion = GiftOccasion(rawValue: row.text(4)) else { throw LedgerFault("a gift has no known occasion") }
      self = .gift(on: occasion, what: row.text(5))
    case "priority": self = .priority(what: row.text(5))
    case "dedicated_agent": self = .dedicatedAgent(who: row.text(5))
    default: throw LedgerFault("a tier has a benefit of no known kind")
    }
  }
}
