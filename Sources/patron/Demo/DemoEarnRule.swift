import PatronAPI

/// What the demo day's purchases earn: a point for each dollar, two for own brands, half as many again from gold on, none on tobacco.
enum DemoEarnRule {
  static let tobacco = "CIGARETTES"
  static let ownBrand = "Private"
  /// No basket of the day comes near; a till that rings up a mistake does.
  static let mostOfAnOrder: Int64 = 2_000

  static var rule: LoyaltyV1.EarnRule {
    LoyaltyV1.EarnRule(
      currencyCode: DemoStores.currencyCode, pointsNumerator: 1, pointsDenominator: 1, timeZone: DemoStores.timeZone, minorUnitsPerPoint: 1,
      expiry: "12M end_of_month",
      clauses: [
        LoyaltyV1.EarnClause(
          name: "no points on tobacco", products: LoyaltyV1.EarnProducts(categories: [tobacco]), effect: .exclude(true)),
        LoyaltyV1.EarnClause(
          name: "own brands earn double", products: LoyaltyV1.EarnProducts(brands: [ownBrand]), effect: .pointsNumerator(2)),
        LoyaltyV1.EarnClause(
          name: "half as many again from gold on", conditions: LoyaltyV1.EarnConditions(tierCodes: ["GOLD", "DIAMOND"]),
          effect: .multiplierPercent(150)),
      ], caps: LoyaltyV1.EarnCaps(orderPoints: mostOfAnOrder))
  }
}
