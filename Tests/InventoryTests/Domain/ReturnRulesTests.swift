import Testing

@testable import Inventory

@Suite struct ReturnRulesTests {
  private static let lines = [
    ReturnRules.Line(number: 1, kind: .sale, quantity: 3, returnedQuantity: 1, adjustmentIsReturned: false),
    ReturnRules.Line(number: 2, kind: .sale, quantity: 1, returnedQuantity: 0, adjustmentIsReturned: false),
    ReturnRules.Line(number: 3, kind: .adjustment, quantity: 0, returnedQuantity: 0, adjustmentIsReturned: false),
  ]

  private static let paid = [tender(.cash, 700), tender(.points, 300, points: 30)]
  private static let earlier = [tender(.cash, 400), tender(.points, 200, points: 20)]

  @Test func `what is left may come back, part by part`() throws {
    let part = try ReturnRules.applying([ask(1, 1), ask(3, 0)], to: Self.lines)
    #expect(part.map(\.returnedQuantity) == [2, 0, 0])
    #expect(!ReturnRules.isWholeOrder(part))
    let whole = try ReturnRules.applying([ask(1, 1), ask(2, 1)], to: part)
    #expect(ReturnRules.isWholeOrder(whole))
  }

  @Test func `an adjustment that is not back yet keeps the order from being whole`() throws {
    let goods = try ReturnRules.applying([ask(1, 2), ask(2, 1)], to: Self.lines)
    #expect(!ReturnRules.isWholeOrder(goods))
  }

  @Test func `more than is left is refused, naming every line at fault`() {
    #expect(throws: InventoryRefusal.returnExceedsSold(lineNumbers: [1, 2])) {
      try ReturnRules.applying([ask(1, 3), ask(2, 2)], to: Self.lines)
    }
  }

  @Test func `an adjustment comes back once`() throws {
    let once = try ReturnRules.applying([ask(3, 0)], to: Self.lines)
    #expect(throws: InventoryRefusal.returnExceedsSold(lineNumbers: [3])) { try ReturnRules.applying([ask(3, 0)], to: once) }
  }

  @Test func `a line that the order does not have is refused`() {
    #expect(throws: InventoryRefusal.lineNotFound(lineNumbers: [9])) {
      try ReturnRules.applying([ask(1, 1), ask(9, 1)], to: Self.lines)
    }
  }

  @Test(arguments: [(1, Int64(0)), (1, -1), (3, 1)])
  func `a quantity that does not fit the kind of line is refused`(lineNumber: Int, quantity: Int64) {
    #expect(throws: InventoryRefusal.returnQuantityInvalid(lineNumbers: [lineNumber])) {
      try ReturnRules.applying([ask(lineNumber, quantity)], to: Self.lines)
    }
  }

  @Test func `refunds within what was paid by each kind of tender are taken`() throws {
    try ReturnRules.checkRefunds(
      [Self.tender(.cash, 300), Self.tender(.points, 100, points: 10)], refundAmount: 400, paid: Self.paid,
      earlier: Self.earlier)
  }

  @Test(arguments: [
    [tender(.cash, 301), tender(.points, 99, points: 10)],
    [tender(.cash, 300), tender(.points, 100, points: 11)],
    [tender(.card, 400)],
  ])
  func `refunds beyond what is left of a kind of tender are refused`(refunds: [Tender]) {
    #expect(throws: InventoryRefusal.refundExceedsPaid) {
      try ReturnRules.checkRefunds(
        refunds, refundAmount: 400, paid: Self.paid, earlier: Self.earlier)
    }
  }

  @Test func `refunds that are not the refund are refused`() {
    #expect(throws: InventoryRefusal.refundsDoNotSum(refund: 400, refunds: 399)) {
      try ReturnRules.checkRefunds([Self.tender(.cash, 399)], refundAmount: 400, paid: Self.paid, earlier: [])
    }
  }

  private static func tender(_ kind: Tender.Kind, _ amount: Int64, points: Int64 = 0) -> Tender {
    Tender(kind: kind, amount: amount, tenderedAmount: nil, changeAmount: nil, externalReference: "", points: points)
  }

  private func ask(_ lineNumber: Int, _ quantity: Int64) -> ReturnRules.Ask {
    ReturnRules.Ask(lineNumber: lineNumber, quantity: quantity)
  }
}
