internal import Foundation

/// The tiers, by the growth value of a rolling window. One version, never changed once published.
struct TierScheme: Equatable, Sendable {
  struct Tier: Equatable, Sendable {
    var code: String
    var name: String
    /// The growth value, in minor units, from which the tier holds.
    var threshold: Int64
  }

  struct NextTier: Equatable, Sendable {
    var tier: Tier
    /// The growth value that is missing to it.
    var missing: Int64
  }

  var version: Int64
  /// Ascending; the first threshold is 0, so every member has a tier.
  var tiers: [Tier]
  var windowMonths: Int
  var publishedAt: Date

  /// The highest tier whose threshold the growth value has reached.
  func tier(for growthValue: Int64) -> Tier {
    tiers[index(for: growthValue)]
  }

  /// The tier above and what is missing to it; nil at the top.
  func next(above growthValue: Int64) -> NextTier? {
    let above = index(for: growthValue) + 1
    guard above < tiers.count else { return nil }
    return NextTier(tier: tiers[above], missing: tiers[above].threshold - growthValue)
  }

  private func index(for growthValue: Int64) -> Int {
    (tiers.lastIndex { $0.threshold <= growthValue }) ?? 0
  }
}
