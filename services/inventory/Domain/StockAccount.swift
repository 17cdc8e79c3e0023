/// The sides between which goods move. Each ledger entry takes a quantity from one and gives it to another, so the accounts of
/// every product sum to zero by construction; a store's books are the balance of its `shelf`.
enum StockAccount: Int64, Sendable, CaseIterable {
  case shelf = 1
  /// Where goods come from. Its balance is minus what was ever received.
  case supplier = 2
  /// What was ever sold, gross.
  case sold = 3
  /// What ever came back, negative: the contra account of `sold`, so that sales and returns both stay readable.
  case returned = 4
  /// Shrinkage and corrections.
  case adjusted = 5
}

/// Why goods moved.
enum StockCause: Int64, Sendable, CaseIterable {
  case receipt = 1
  case correction = 2
  case sale = 3
  case customerReturn = 4

  var from: StockAccount {
    switch self {
    case .receipt: .supplier
    case .correction, .sale: .shelf
    case .customerReturn: .returned
    }
  }

  var to: StockAccount {
    switch self {
    case .receipt, .customerReturn: .shelf
    case .correction: .adjusted
    case .sale: .sold
    }
  }

  /// What it does to the shelf.
  var shelfSign: Int64 { to == .shelf ? 1 : -1 }
}

/// One entry of the stock ledger, before it is numbered.
struct StockMovement: Equatable, Sendable {
  var cause: StockCause
  /// The order's, return's or receipt's id. With the line it is unique: a line is sold once, and comes back once a return.
  var causeID: String
  var lineNumber: Int
  var storeID: String
  var productID: String
  /// Above 0; the cause tells the direction.
  var quantity: Int64

  /// A line of a receipt: what is above 0 comes from the supplier, what is below 0 is taken out as a correction.
  static func received(_ quantity: Int64, of productID: String, at storeID: String, receiptID: String, lineNumber: Int) -> Self {
    Self(
      cause: quantity > 0 ? .receipt : .correction, causeID: receiptID, lineNumber: lineNumber, storeID: storeID,
      productID: productID, quantity: quantity.magnitudeAsInt64)
  }

  var shelfChange: Int64 { cause.shelfSign * quantity }
}

extension Int64 {
  fileprivate var magnitudeAsInt64: Int64 { self < 0 ? -self : self }
}
