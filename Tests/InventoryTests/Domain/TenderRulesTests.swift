import Testing

@testable import Inventory

@Suite struct TenderRulesTests {
  private static let cash = tender(.cash, 700)
  private static let points = tender(.points, 300, points: 30)

  @Test func `tenders that pay what is due, the held ones among them, are taken`() throws {
    try TenderRules.check([Self.cash, Self.points], amountDue: 1_000, held: [Self.points])
    try TenderRules.check([], amountDue: 0, held: [])
  }

  @Test(arguments: [Int64(999), 1_001])
  func `tenders that pay less or more are refused`(amountDue: Int64) {
    #expect(throws: InventoryRefusal.tendersDoNotSum(amountDue: amountDue, tendered: 1_000)) {
      try TenderRules.check([Self.cash, Self.points], amountDue: amountDue, held: [Self.points])
    }
  }

  @Test(arguments: [
    ([tender(.cash, 1_000)], [points]),
    ([cash, points], []),
    ([tender(.cash, 700), tender(.points, 300, points: 29)], [points]),
    ([tender(.cash, 400), points, points], [points]),
  ])
  func `points that were not held, or other ones, are refused`(tenders: [Tender], held: [Tender]) {
    #expect(throws: InventoryRefusal.heldTendersChanged) {
      try TenderRules.check(tenders, amountDue: 1_000, held: held)
    }
  }

  @Test func `points spent are the points of the tenders`() {
    #expect(TenderRules.pointsSpent([Self.cash, Self.points, Self.points]) == 60)
  }

  private static func tender(_ kind: Tender.Kind, _ amount: Int64, points: Int64 = 0) -> Tender {
    Tender(kind: kind, amount: amount, tenderedAmount: nil, changeAmount: nil, externalReference: "", points: points)
  }
}
