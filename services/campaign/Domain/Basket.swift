/// What is being bought, as the rules see it.
struct Basket: Sendable, Hashable {
  let storeID: String
  /// Nil for a customer who is no member.
  let memberID: String?
  let currencyCode: String
  /// In ascending order of their numbers, which are distinct.
  let lines: [BasketLine]
}

struct BasketLine: Sendable, Hashable {
  let number: Int32
  let productID: String
  let department: String
  let category: String
  let brand: String
  /// An adjustment is a discount with no goods; rules leave it alone.
  let isAdjustment: Bool
  /// After the till's own discounts; may be negative.
  let minorUnits: Int64
}
