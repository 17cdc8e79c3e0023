import Foundation
import PatronAPI
import Testing

@testable import PatronCLI

/// The demo's own judgement: what it takes for right, what for wrong, and what it remembers of an earlier run.
@Suite struct DemoTests {
  /// A day of three baskets, each of two lines of 5.00 and 3.00, sold as the file says to three members who each rise to a tier.
  private struct SmallDay {
    var day: GroceryDay
    var setup = DemoSetup.Result()
    var sales: [DemoSale] = []
    var reading = DemoReading()

    init() {
      let lines = [(number: "11", cents: Int64(500)), ("12", 300)].map {
        GroceryDay.Line(
          productNumber: $0.number, quantity: 1, sales: $0.cents, loyaltyDiscount: 0, manufacturerCoupon: 0, retailerMatch: 0)
      }
      let tiers = DemoSetup.tiers.dropFirst().map(\.code)
      let baskets = tiers.indices.map {
        GroceryDay.Basket(number: "\($0)", secondOfDay: 60, storeNumber: "7", householdNumber: "\($0)", lines: lines)
      }
      day = GroceryDay(baskets: baskets, products: [], households: [], storeNumbers: ["7"])
      setup.storeIDs = ["7": "sto_7"]
      setup.productIDs = ["11": "prd_11", "12": "prd_12"]
      for number in ["11", "12"] { setup.receivedStock[DemoSetup.StockKey(storeNumber: "7", productNumber: number)] = 12 }
      for (tier, basket) in zip(tiers, baskets) {
        let order = Self.order(of: basket)
        reading.orders.append(order)
        let receipt = GatewayV1.Receipt(order: order, balance: LoyaltyV1.Balance(tierCode: tier), previousTierCode: "BASE")
        sales.append(DemoSale(basket: basket, outcome: .accepted(receipt, .new), seconds: 0))
      }
      let left = 12 - Int64(baskets.count)
      reading.stockLevels = ["prd_11", "prd_12"].map { InventoryV1.StockLevel(storeID: "sto_7", productID: $0, onHand: left) }
      reading.loyalty = LoyaltyV1.VerifyResponse(pointsEarned: 8 * Int64(baskets.count))
      reading.pointsByTier = [LoyaltyV1.ReportLine(closingPoints: 8 * Int64(baskets.count))]
    }

    private static func order(of basket: GroceryDay.Basket) -> InventoryV1.Order {
      InventoryV1.Order(
        orderID: "ord_\(basket.number)", state: .completed, storeID: "sto_7", externalReference: "demo-basket-\(basket.number)",
        lines: zip(1..., basket.lines).map { number, line in
          InventoryV1.OrderLine(
            lineNumber: number, kind: .sale, productID: "prd_\(line.productNumber)", quantity: 1,
            listAmount: TypeV1.Money(line.sales, "USD"))
        },
        totals: InventoryV1.OrderTotals(discountAmount: TypeV1.Money(0, "USD"), amountDue: TypeV1.Money(800, "USD")),
        tenders: [TypeV1.Tender(kind: .card, amount: TypeV1.Money(800, "USD"))], pointsEarned: 8)
    }

    var failing: [String] {
      DemoReconciliation(day: day, setup: setup, sales: sales, reading: reading).checks().filter { !$0.holds }.map(\.name)
    }
  }

  @Test func `a day that was recorded as the file says reconciles`() {
    #expect(SmallDay().failing.isEmpty)
  }

  @Test func `one altered order is found, whatever was altered`() {
    var alterations: [(String, (inout InventoryV1.Order) -> Void)] = []
    alterations.append(("sales_value", { $0.lines[0].listAmount = TypeV1.Money(501, "USD") }))
    alterations.append(("lines", { $0.lines.removeLast() }))
    alterations.append(("tenders = amount due", { $0.tenders[0].amount = TypeV1.Money(799, "USD") }))
    alterations.append(("points earned: orders against the ledger", { $0.pointsEarned = 9 }))
    alterations.append(("shelves whose stock is not received − sold + returned", { $0.lines[1].quantity = 2 }))
    for (check, alter) in alterations {
      var small = SmallDay()
      alter(&small.reading.orders[0])
      #expect(small.failing.contains(check), "\(check): \(small.failing)")
    }
  }

  @Test func `a report that is not the ledger's is found, and so is tobacco that earned`() {
    var small = SmallDay()
    small.reading.pointsByTier[0].closingPoints += 1
    #expect(small.failing == ["points outstanding: the report by tiers against the ledger"])
    small = SmallDay()
    small.day = GroceryDay(
      baskets: small.day.baskets,
      products: [
        GroceryDay.Product(
          number: "11", manufacturer: "", department: "", brand: "", category: DemoEarnRule.tobacco, type: "", packageSize: "")
      ], households: [], storeNumbers: ["7"])
    small.reading.orders[0].lines[0].pointsEarned = 5
    #expect(small.failing == ["points that tobacco earned"])
  }

  @Test func `a tier that nobody reached is found`() {
    var small = SmallDay()
    small.sales[0] = DemoSale(
      basket: small.sales[0].basket, outcome: .accepted(GatewayV1.Receipt(order: small.reading.orders[0]), .new), seconds: 0)
    #expect(small.failing == ["tiers reached during the day"])
  }

  @Test(
    arguments: [
      ([.new, .new], [], true, false, true), ([.same, .same], [], true, true, true), ([.same, .new], [], true, true, false),
      ([.same, .changed], [], true, false, false), ([.new], [], false, false, false), ([.new], ["sum differs"], true, false, false),
    ] as [([TillJournal.Ending], [String], Bool, Bool, Bool)])
  func `the demo fails when anything differs`(
    endings: [TillJournal.Ending], differences: [String], checkHolds: Bool, expectsReplay: Bool, holds: Bool
  ) {
    let check = DemoReconciliation.Check(name: "lines", expected: "2", found: checkHolds ? "2" : "3")
    let verdict = DemoVerdict(checks: [check], differences: differences, isProven: true, endings: endings, expectsReplay: expectsReplay)
    #expect(verdict.holds == holds)
    #expect(!DemoVerdict(checks: [], differences: [], isProven: false, endings: [], expectsReplay: false).holds)
    #expect(verdict.lines.contains { $0.hasPrefix("  ✗") } == !holds)
  }

  @Test func `a journal tells a reply of an earlier run from another one, and keeps refusals`() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("patron-journal-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("tills.journal")
    let first = try TillJournal(file: file)
    try first.record("basket-1", [1, 2, 3])
    #expect(try first.conclude("basket-1", [9]) == .new)
    #expect(try first.conclude("basket-2", TillJournal.Refusal(reason: "QUOTE_STALE", message: "two words")) == .new)
    let later = try TillJournal(file: file)
    #expect(later.request("basket-1") == [1, 2, 3])
    #expect(try later.conclude("basket-1", [9]) == .same)
    #expect(try later.conclude("basket-1", [8]) == .changed)
    #expect(later.refusal(of: "basket-2") == TillJournal.Refusal(reason: "QUOTE_STALE", message: "two words"))
    #expect(try later.conclude("basket-2", TillJournal.Refusal(reason: "QUOTE_STALE", message: "two words")) == .same)
    // What was sold is not forgotten for being refused later.
    #expect(try later.conclude("basket-1", TillJournal.Refusal(reason: "MEMBER_SUSPENDED", message: "no")) == .changed)
    #expect(later.refusal(of: "basket-1") == nil)
  }
}
