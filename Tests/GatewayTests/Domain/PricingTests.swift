import Testing

@testable import Gateway

@Suite struct PricingTests {
  private func priced(_ lines: [Basket.Line]) -> [PricedLine] {
    Pricing.lines(of: .of(lines), products: lines.map { _ in .any })
  }

  private func effect(_ amount: Int64, _ parts: [(Int, Int64)]) -> AppliedEffect {
    AppliedEffect(
      source: .promotion(id: "prm_1"), version: 3, name: "Week", amount: amount,
      amountByLine: parts.map { (lineNumber: $0.0, amount: $0.1) })
  }

  @Test func sumsAreOverTheLinesAndTaxComesOnTop() throws {
    let lines = try Pricing.applying(
      [effect(30, [(1, 10), (2, 20)])],
      to: priced([.sale(1_000, till: [.of(100, .loyalty)], tax: 63), .sale(500, till: [.of(50, .manufacturerCoupon)]), .adjustment(25)]))
    #expect(
      try Pricing.totals(of: lines)
        == PricedTotals(
          listAmount: 1_500, tillDiscountAmount: 175, discountAmount: 30, customerAmount: 1_295, taxAmount: 63, amountDue: 1_358,
          manufacturerAmount: 75))
    #expect(lines.map(\.customerAmount) == [890, 430, -25])
    #expect(lines[1].discounts == [PricedLine.Discount(source: .promotion(id: "prm_1"), version: 3, name: "Week", amount: 20)])
  }

  @Test func aLineMayBeNegativeAndABasketMayNot() throws {
    let coupon = Basket.Line.sale(250, till: [.of(329, .manufacturerCoupon)])
    #expect(try Pricing.totals(of: priced([coupon, .sale(79)])).amountDue == 0)
    #expect(throws: PricingRefusal.amountDueNegative(amountDue: -1)) { try Pricing.totals(of: priced([coupon, .sale(78)])) }
  }

  @Test func sumsOutsideTheRangeAreRefusedAndNeverOverflow() {
    let many = Array(repeating: Basket.Line.sale(Amounts.largest), count: 2_000)
    #expect(throws: PricingRefusal.amountsTooLarge) { try Pricing.totals(of: priced(many)) }
    #expect(throws: PricingRefusal.amountsTooLarge) { try Pricing.checkRange(of: priced(many)) }
    let discounts = Array(
      repeating: Basket.Line.sale(0, till: Array(repeating: .of(Amounts.largest, .manufacturerCoupon), count: 16)), count: 2_000)
    #expect(throws: PricingRefusal.amountsTooLarge) { try Pricing.checkRange(of: priced(discounts)) }
  }

  @Test("Effects of another service that do not add up are its fault, and no price", arguments: [0, 1, 2, 3, 4])
  func inconsistentEffects(index: Int) {
    let effects = [
      effect(10, [(1, 9)]), effect(10, [(3, 10)]), effect(10, [(0, 10)]), effect(-1, [(1, -1)]), effect(101, [(1, 101)]),
    ]
    #expect(throws: PricingRefusal.self) { try Pricing.applying([effects[index]], to: priced([.sale(100), .sale(100)])) }
  }

  @Test func aHundredPercentOffIsExactlyNothing() throws {
    // odoo#237624: per-line rounding left a cent of a basket that was free.
    let lines = priced([.sale(333), .sale(333), .sale(334)])
    let free = try Pricing.applying([effect(1_000, [(1, 333), (2, 333), (3, 334)])], to: lines)
    #expect(try Pricing.totals(of: free).amountDue == 0)
  }
}
