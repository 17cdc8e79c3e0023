import Foundation

/// An amount as a caller sent it, with its currency still to be compared with the store's.
struct Money: Equatable, Sendable {
  var currencyCode: String
  var minorUnits: Int64
}

/// A basket as a till sent it, not yet checked. `BasketRules` says what a basket must keep to.
struct Basket: Equatable, Sendable {
  /// How the till names the store.
  enum StoreKey: Equatable, Sendable {
    case id(String)
    case code(String)
  }

  /// How the till names who is buying.
  enum MemberKey: Equatable, Sendable {
    case id(String)
    case phone(String)
    case email(String)
    case cardCode(String)
    case externalID(String)
  }

  /// How the till names a product.
  enum ProductKey: Equatable, Sendable {
    case id(String)
    case sku(String)
    case barcode(String)
  }

  enum LineKind: Equatable, Sendable {
    case sale
    case adjustment
    /// A kind that this version does not know.
    case unknown
  }

  enum TillDiscountKind: Equatable, Sendable {
    case loyalty
    case manufacturerCoupon
    case retailerMatch
    case other
    /// Unspecified, or a kind that this version does not know.
    case unknown
  }

  struct TillDiscount: Equatable, Sendable {
    var kind: TillDiscountKind
    /// Nil when the till sent none.
    var amount: Money?
  }

  struct Line: Equatable, Sendable {
    var product: ProductKey?
    var kind: LineKind
    var quantity: Int64
    var listAmount: Money?
    var unitPrice: Money?
    var tillDiscounts: [TillDiscount]
    /// Nil means 0.
    var taxAmount: Money?
  }

  var store: StoreKey?
  /// Nil for a customer who is no member; `.some(nil)` for a member key that names nobody.
  var member: MemberKey??
  var lines: [Line]
  var couponCodes: [String]
  var tillID: String
  var staffID: String
  var externalReference: String
  /// By the till's clock; data only.
  var occurredTime: Date?
}

extension Basket.StoreKey {
  var text: String {
    switch self {
    case .id(let text), .code(let text): text
    }
  }
}

extension Basket.MemberKey {
  var text: String {
    switch self {
    case .id(let text), .phone(let text), .email(let text), .cardCode(let text), .externalID(let text): text
    }
  }
}

extension Basket.ProductKey {
  var text: String {
    switch self {
    case .id(let text), .sku(let text), .barcode(let text): text
    }
  }
}
