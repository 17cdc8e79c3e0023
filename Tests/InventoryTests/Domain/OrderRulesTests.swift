import Testing

@testable import Inventory

@Suite struct OrderRulesTests {
  private static let lines = [
    line(1, list: 1_000, till: 100, discount: 50, tax: 60, manufacturer: 40),
    // A coupon may exceed its line; the basket as a whole may not go below zero.
    line(2, list: 200, till: 300, discount: 0, tax: 0, manufacturer: 300),
  ]

  @Test func `lines and totals that sum are taken`() throws {
    let totals = SaleTotals(summing: Self.lines)
    #expect(totals.customerAmount == 750)
    #expect(totals.amountDue == 810)
    #expect(totals.manufacturerAmount == 340)
    try OrderRules.check(Self.lines, totals: totals, amountDue: 810)
  }

  @Test func `a line whose parts are not its amount is refused by its number`() {
    var lines = Self.lines
    lines[1].customerAmount = -99
    #expect(throws: InventoryRefusal.amountsDoNotSum(what: "line 2", expected: -100, found: -99)) {
      try OrderRules.check(lines, totals: SaleTotals(summing: lines), amountDue: 811)
    }
  }

  @Test func `a total that is not the sum of its lines is refused by name`() {
    let fields: [(String, WritableKeyPath<SaleTotals, Int64>)] = [
      ("list_amount", \.listAmount), ("till_discount_amount", \.tillDiscountAmount), ("discount_amount", \.discountAmount),
      ("customer_amount", \.customerAmount), ("tax_amount", \.taxAmount), ("manufacturer_amount", \.manufacturerAmount),
    ]
    for (name, field) in fields {
      var totals = SaleTotals(summing: Self.lines)
      let sum = totals[keyPath: field]
      totals[keyPath: field] = sum + 1
      #expect(throws: InventoryRefusal.amountsDoNotSum(what: name, expected: sum, found: sum + 1)) {
        try OrderRules.check(Self.lines, totals: totals, amountDue: 810)
      }
    }
  }

  @Test func `an amount due that is not customer amount and tax is refused`() {
    #expect(throws: InventoryRefusal.amountsDoNotSum(what: "amount_due", expected: 810, found: 809)) {
      try OrderRules.check(Self.lines, totals: SaleTotals(summing: Self.lines), amountDue: 809)
    }
  }

  private static func line(
    _ number: Int, list: Int64, till: Int64, discount: Int64, tax: Int64, manufacturer: Int64
  ) -> SaleLine {
    SaleLine(
      number: number, kind: .sale, productID: "prd_\(number)", quantity: 1, listAmount: list, tillDiscountAmount: till,
      discountAmount: discount, customerAmount: list - till - discount, taxAmount: tax, manufacturerAmount: manufacturer)
  }
}
