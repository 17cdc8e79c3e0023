/// The bounds of what one request about tiers may say.
enum TierLimits {
  static let maximumVisits: Int64 = 1_000_000
  static let maximumTenureDays: Int64 = 36_600
  /// Less than the shortest of each period, so that a grace is over before the next begins.
  static let maximumGraceDays: [ExpiryRule.Period: Int] = [.month: 27, .quarter: 89, .year: 364]
  static let maximumBenefits = 20
  static let maximumBenefitBytes = 256
  static let maximumBasisPoints: Int64 = 10_000
  static let maximumMultiplier: Int64 = 1_000
  /// Of one member, at one instant.
  static let maximumGrantsInForce = 16
}
