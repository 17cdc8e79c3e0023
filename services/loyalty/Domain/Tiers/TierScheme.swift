internal import Foundation

/// The tiers, what each asks for, over which part of the past, and when one is lost. One version, never changed once published.
///
/// The tier of a member is computed at each read from what is on record: the scheme, the orders as their returns have left them, the grants,
/// the instant. Nothing decides it beforehand, so there is no state that could be wrong, and a scheme that is published today says at once
/// what it makes of everybody's past.
struct TierScheme: Equatable, Sendable {
  struct Tier: Equatable, Sendable {
    var code: String
    var name: String
    var criteria: TierCriteria
    var admission = TierAdmission.earned
    var benefits: [TierBenefit] = []
  }

  var version: Int64
  /// From the lowest, which asks for nothing, so that every member has a tier.
  var tiers: [Tier]
  var window: TierWindow
  var downgrade = TierDowngrade.atOnce
  var publishedAt: Date

  /// The highest tier that is reached by what was measured over each of the `bases`. A step down leads to the next tier that can be earned.
  func position(reaching measures: [TierMeasures], over bases: [TierBasis]) -> Int {
    var best = 0
    for (basis, measured) in zip(bases, measures) { best = max(best, position(reaching: measured, stepsLost: basis.stepsLost)) }
    return best
  }

  private func position(reaching measured: TierMeasures, stepsLost: Int) -> Int {
    let reached = tiers.lastIndex { $0.admission == .earned && $0.criteria.areMet(by: measured) } ?? 0
    guard stepsLost > 0 else { return reached }
    return tiers.indices.prefix(reached).filter { tiers[$0].admission == .earned }.dropLast(stepsLost - 1).last ?? 0
  }

  /// The next tier above that can be earned, and what is missing to it by `measured`; nil where there is none.
  func next(above position: Int, having measured: TierMeasures) -> NextTier? {
    guard let tier = tiers[(position + 1)...].first(where: { $0.admission == .earned }) else { return nil }
    return NextTier(tier: tier, missing: tier.criteria.missing(from: measured), before: nil)
  }

  /// Of the highest tier that one of the grants in force gives; nil where none does, or this scheme has no such tier.
  func position(granting grants: [TierGrant], at instant: Date) -> (position: Int, grant: TierGrant)? {
    grants.filter { $0.isInForce(at: instant) }
      .compactMap { grant in tiers.lastIndex { $0.code == grant.tierCode }.map { (position: $0, grant: grant) } }
      .max { ($0.position, $0.grant.grantedAt) < ($1.position, $1.grant.grantedAt) }
  }
}

/// Who may hold a tier.
enum TierAdmission: String, CaseIterable, Sendable {
  /// Whoever meets the criteria, and whoever it is granted to.
  case earned
  /// Those whom it is granted to.
  case invited
  /// Those whom it is granted to, and to an end: what they paid for.
  case paid
}

struct NextTier: Equatable, Sendable {
  var tier: TierScheme.Tier
  /// What is missing to each criterion.
  var missing: TierMeasures
  /// From this instant on it counts no more towards what is measured now; nil where nothing ends, or a rolling window leaves it to be told
  /// by `MemberTiers`.
  var before: Date?
}
