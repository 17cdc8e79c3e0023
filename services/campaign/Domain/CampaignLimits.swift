/// How large what comes in may be. Each bounds a loop, a row or a message.
enum CampaignLimits {
  static let nameBytes = 200
  static let idBytes = 128
  /// Departments, categories and brands are the retailer's own words.
  static let attributeBytes = 256
  /// Values in one list of a product set or of stores.
  static let listValues = 5_000
  static let basketLines = 2_000
  static let couponsPerBasket = 20
  /// A line's amount in minor units, either sign. 2,000 lines of it still sum within 64 bits.
  static let lineMinorUnits: Int64 = 1_000_000_000_000_000
  static let orderMinorUnits = Int64(basketLines) * lineMinorUnits
  /// Promotions published and not yet over at one time; each is looked at for every basket. The configuration may set less.
  static let openPromotions = 1_000
  /// What an evaluation can at most apply.
  static let discountsPerOrder = openPromotions + couponsPerBasket
  static let couponsPerIssue = 1_000
  static let usesPerCode: Int64 = 1_000_000
  /// A total or member limit.
  static let uses: Int64 = 1_000_000_000_000
}
