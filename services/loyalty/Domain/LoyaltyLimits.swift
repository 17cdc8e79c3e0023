/// The bounds of what one request may say. Within them no sum of an order, and no product with a rule, leaves 64 bits.
enum LoyaltyLimits {
  /// Ten billion units of a currency with cents, for one amount and for an order's sum.
  static let maximumMinorUnits: Int64 = 1_000_000_000_000
  /// What the largest order can earn by the most generous rule, in a currency without minor units.
  static let maximumPoints: Int64 = 1_000_000_000_000_000
  static let maximumAdjustmentPoints: Int64 = 1_000_000_000
  static let maximumLines = 2_000
  static let maximumIdentifierBytes = 64
  static let maximumReasonBytes = 256
  static let maximumRuleNumerator: Int64 = 1_000
  static let maximumRuleDenominator: Int64 = 1_000_000
  static let maximumClauses = 50
  static let maximumClauseValues = 100
  static let maximumClauseNameBytes = 64
  /// Of a product's brand, category or department.
  static let maximumAttributeBytes = 256
  /// In per cent: ten times.
  static let maximumMultiplier: Int64 = 1_000
  static let maximumBonusPoints: Int64 = 1_000_000_000
  static let maximumCap: Int64 = 1_000_000_000_000
  static let maximumPromotions = 1_000
  static let maximumMinorUnitsPerPoint: Int64 = 1_000_000
  /// Fifty years.
  static let maximumMonths = 600
  static let maximumActivationDays = 366
  /// Of the shortest February.
  static let fewestDaysOfAMonth = 28
  static let maximumTiers = 50
  static let maximumTierCodeBytes = 32
  static let maximumTierNameBytes = 64
}
