@testable import Gateway

// Baskets as values, for the tests of Domain.

extension Basket {
  /// A sound basket with `lines`.
  static func of(_ lines: [Line], member: MemberKey? = nil, coupons: [String] = []) -> Basket {
    Basket(
      store: .id("sto_1"), member: member.map { .some($0) }, lines: lines, couponCodes: coupons, tillID: "till-1", staffID: "",
      externalReference: "", occurredTime: nil)
  }
}

extension Basket.Line {
  /// A SALE line of `list` minor units.
  static func sale(_ list: Int64, quantity: Int64 = 1, till: [Basket.TillDiscount] = [], tax: Int64? = nil) -> Basket.Line {
    Basket.Line(
      product: .sku("sku"), kind: .sale, quantity: quantity, listAmount: .usd(list), unitPrice: nil, tillDiscounts: till,
      taxAmount: tax.map(Money.usd))
  }

  /// An ADJUSTMENT line that takes `discount` off.
  static func adjustment(_ discount: Int64, _ kind: Basket.TillDiscountKind = .manufacturerCoupon) -> Basket.Line {
    Basket.Line(
      product: .sku("sku"), kind: .adjustment, quantity: 0, listAmount: .usd(0), unitPrice: nil,
      tillDiscounts: [.of(discount, kind)], taxAmount: nil)
  }

  func with(_ change: (inout Basket.Line) -> Void) -> Basket.Line {
    var line = self
    change(&line)
    return line
  }
}

extension Basket.TillDiscount {
  static func of(_ amount: Int64, _ kind: Basket.TillDiscountKind) -> Basket.TillDiscount {
    Basket.TillDiscount(kind: kind, amount: .usd(amount))
  }
}

extension Money {
  static func usd(_ minorUnits: Int64) -> Money { Money(currencyCode: "USD", minorUnits: minorUnits) }
}

extension ProductFacts {
  static let any = ProductFacts(productID: "prd_1", sku: "sku", name: "Milk", department: "DAIRY", category: "", brand: "")
}
