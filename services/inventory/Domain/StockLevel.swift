/// What a store has of a product: the fold of its entries, and what open orders have set aside.
struct StockLevel: Equatable, Sendable {
  var storeID: String
  var productID: String
  var onHand: Int64
  var held: Int64

  var available: Int64 { onHand - held }

  /// More was sold or promised than the books held. Goods that come in clear it.
  var isOversold: Bool { available < 0 }
}

/// What a store does when a hold asks for more than is available.
enum StockPolicy: Int64, Sendable, CaseIterable {
  /// Refuses: a web shop sells only what it can send.
  case strict = 1
  /// Sells and flags: at a till the goods are in the customer's hands, and the books are what is wrong.
  case allowNegative = 2
}
