/// What a tier gives, as data: whoever serves the member reads it. Loyalty itself grants none of it.
enum TierBenefit: Equatable, Sendable {
  enum GiftOccasion: String, CaseIterable, Sendable {
    case upgrade
    case birthday
    case year
  }

  /// Off what the member buys, 1 to 10,000 basis points (100 %).
  case discount(basisPoints: Int64)
  /// Of points, as a rational.
  case pointsMultiplier(numerator: Int64, denominator: Int64)
  /// For orders of at least that much.
  case freeDelivery(fromMinorUnits: Int64)
  case gift(on: GiftOccasion, what: String)
  /// The queue that is passed, as the retailer names it.
  case priority(what: String)
  /// Who serves the member, as the retailer names it.
  case dedicatedAgent(who: String)
}
