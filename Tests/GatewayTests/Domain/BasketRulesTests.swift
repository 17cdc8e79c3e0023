import Testing

@testable import Gateway

@Suite struct BasketRulesTests {
  private func fields(_ basket: Basket) -> [String] { BasketRules.violations(of: basket).map(\.field) }

  @Test func aSoundBasketBreaksNoRule() {
    #expect(fields(.of([.sale(1_000, till: [.of(200, .loyalty)], tax: 50), .adjustment(20)])) == [])
  }

  @Test(
    "Each rule of a line names the field that breaks it",
    arguments: [
      (.sale(100, quantity: 0), "quantity"),
      (.sale(100, quantity: -1), "quantity"),
      (.sale(100, quantity: Amounts.largestQuantity + 1), "quantity"),
      (Basket.Line.adjustment(10).with { $0.quantity = 1 }, "quantity"),
      (Basket.Line.adjustment(10).with { $0.quantity = -1 }, "quantity"),
      (Basket.Line.sale(100).with { $0.kind = .unknown }, "kind"),
      (Basket.Line.sale(100).with { $0.product = nil }, "product"),
      (Basket.Line.sale(100).with { $0.product = .barcode("") }, "product"),
      (Basket.Line.sale(100).with { $0.listAmount = nil }, "list_amount"),
      (.sale(-1), "list_amount"),
      (.sale(Amounts.largest + 1), "list_amount"),
      (.sale(.max), "list_amount"),
      (.sale(100, tax: -1), "tax_amount"),
      (.sale(100, tax: .max), "tax_amount"),
      (.sale(100, till: [.of(-1, .loyalty)]), "till_discounts[0].amount"),
      (.sale(100, till: [.of(.max, .manufacturerCoupon)]), "till_discounts[0].amount"),
      (.sale(100, till: [Basket.TillDiscount(kind: .other, amount: nil)]), "till_discounts[0].amount"),
      (.sale(100, till: [.of(1, .unknown)]), "till_discounts[0].kind"),
      (.sale(100, till: [.of(60, .loyalty), .of(41, .retailerMatch)]), "till_discounts"),
      (.sale(100, till: Array(repeating: .of(1, .other), count: 17)), "till_discounts"),
      (Basket.Line.sale(100).with { $0.unitPrice = .usd(.min) }, "unit_price"),
    ] as [(Basket.Line, String)])
  func lineRules(line: Basket.Line, field: String) {
    #expect(fields(.of([.sale(1), line])) == ["basket.lines[1].\(field)"])
  }

  @Test func onlyAManufacturersCouponMayExceedWhatALineListsAt() {
    // The line of the published day: 1.89 listed, 1.01 + 0.50 taken by the retailer, 0.50 by the manufacturer: net −0.12.
    let exceeded = Basket.Line.sale(189, till: [.of(101, .loyalty), .of(50, .manufacturerCoupon), .of(50, .retailerMatch)])
    #expect(fields(.of([exceeded])) == [])
    #expect(fields(.of([.sale(189, till: [.of(190, .loyalty)])])) == ["basket.lines[0].till_discounts"])
  }

  @Test func anAdjustmentLineMayTakeOffMoreThanItListsAndCarryNegativeTax() {
    let line = Basket.Line.adjustment(175, .other).with { $0.taxAmount = .usd(-3) }
    #expect(fields(.of([.sale(1_000), line])) == [])
  }

  @Test func theStoreAndTheMemberAreNamedByExactlyOneKey() {
    var basket = Basket.of([.sale(1)])
    basket.store = nil
    basket.member = .some(nil)
    #expect(fields(basket) == ["basket.store", "basket.member"])
    basket.store = .code("")
    basket.member = .some(.phone(String(repeating: "1", count: 257)))
    #expect(fields(basket) == ["basket.store", "basket.member"])
  }

  @Test func linesCouponsAndTextsHaveLimits() {
    #expect(fields(.of([])) == ["basket.lines"])
    #expect(fields(.of(Array(repeating: .sale(1), count: 2_000))) == [])
    #expect(fields(.of(Array(repeating: .sale(1), count: 2_001))) == ["basket.lines"])
    #expect(fields(.of([.sale(1)], coupons: Array(repeating: "C", count: 21))) == ["basket.coupon_codes"])
    #expect(fields(.of([.sale(1)], coupons: ["", "ok"])) == ["basket.coupon_codes[0]"])
    var basket = Basket.of([.sale(1)])
    basket.externalReference = String(repeating: "x", count: 65)
    #expect(fields(basket) == ["basket.external_reference"])
  }

  @Test func everyAmountIsInTheStoresCurrency() {
    let foreign: [Basket.Line] = [
      Basket.Line.sale(100).with { $0.listAmount?.currencyCode = "EUR" },
      Basket.Line.sale(100).with { $0.unitPrice = Money(currencyCode: "EUR", minorUnits: 1) },
      Basket.Line.sale(100).with { $0.taxAmount = Money(currencyCode: "", minorUnits: 1) },
      Basket.Line.sale(100).with {
        $0.tillDiscounts = [.of(1, .loyalty), Basket.TillDiscount(kind: .other, amount: Money(currencyCode: "usd", minorUnits: 1))]
      },
    ]
    let fields = foreign.map { BasketRules.foreignAmount(in: .of([.sale(1), $0]), otherThan: "USD")?.field }
    #expect(
      fields == [
        "basket.lines[1].list_amount", "basket.lines[1].unit_price", "basket.lines[1].tax_amount",
        "basket.lines[1].till_discounts[1].amount",
      ])
    #expect(BasketRules.foreignAmount(in: .of([.sale(1)]), otherThan: "USD") == nil)
  }
}
