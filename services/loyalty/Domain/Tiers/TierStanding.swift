internal import Foundation

/// A member's tier at one instant, and what is missing to the next.
struct TierStanding: Equatable, Sendable {
  /// In the scheme's tiers.
  var position: Int
  var tier: TierScheme.Tier
  /// Without the grants.
  var earnedPosition: Int
  /// The grant that gives a higher tier than what is earned.
  var grant: TierGrant?
  /// Over what is measured now.
  var measured: TierMeasures
  /// From when on it is measured.
  var measuredFrom: Date
  /// Nil where none above can be earned.
  var next: NextTier?
}

extension TierScheme {
  /// - Parameter measures: over each of the `bases`, which are those of this `instant`.
  func standing(
    at instant: Date, by measures: [TierMeasures], over bases: [TierBasis], grants: [TierGrant], periods: TierPeriods?
  ) -> TierStanding {
    let earned = position(reaching: measures, over: bases)
    let granted = position(granting: grants, at: instant)
    let position = max(earned, granted?.position ?? 0)
    var next = next(above: position, having: measures[0])
    if let periods, next != nil { next?.before = periods.start(of: periods.index(at: instant) + 1) }
    return TierStanding(
      position: position, tier: tiers[position], earnedPosition: earned, grant: position > earned ? granted?.grant : nil,
      measured: measures[0], measuredFrom: bases[0].start, next: next)
  }
}
