import Testing

@testable import Inventory

@Suite struct StockRulesTests {
  @Test(arguments: [
    (StockCause.receipt, StockAccount.supplier, StockAccount.shelf, Int64(1)),
    (.correction, .shelf, .adjusted, -1),
    (.sale, .shelf, .sold, -1),
    (.customerReturn, .returned, .shelf, 1),
  ])
  func `each cause moves goods between two accounts`(
    cause: StockCause, from: StockAccount, to: StockAccount, shelfSign: Int64
  ) {
    #expect(cause.from == from)
    #expect(cause.to == to)
    #expect(cause.shelfSign == shelfSign)
  }

  @Test func `every cause changes the shelf and one other account`() {
    for cause in StockCause.allCases {
      #expect([cause.from, cause.to].filter { $0 == .shelf }.count == 1, "\(cause)")
    }
  }

  @Test(arguments: [(Int64(7), StockCause.receipt, Int64(7)), (-7, .correction, -7)])
  func `a receipt line below zero is a correction of the same size`(quantity: Int64, cause: StockCause, change: Int64) {
    let movement = StockMovement.received(quantity, of: "prd_1", at: "sto_1", receiptID: "rcp_1", lineNumber: 1)
    #expect(movement.cause == cause)
    #expect(movement.quantity == 7)
    #expect(movement.shelfChange == change)
  }

  @Test(arguments: [(Int64(5), Int64(0), Int64(5), false), (5, 5, 0, false), (5, 6, -1, true), (-1, 0, -1, true)])
  func `a level is oversold when less than nothing is available`(
    onHand: Int64, held: Int64, available: Int64, isOversold: Bool
  ) {
    let level = StockLevel(storeID: "sto_1", productID: "prd_1", onHand: onHand, held: held)
    #expect(level.available == available)
    #expect(level.isOversold == isOversold)
  }
}
