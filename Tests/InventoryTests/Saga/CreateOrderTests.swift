import Database
import Foundation
import GoogleProto
import PatronAPI
import RPC
import Testing

@testable import Inventory

@Suite struct CreateOrderTests {
  @Test func `an order is written pending with what the gateway froze, and its stock is held`() async throws {
    try await InventoryFixture.with { fixture in
      let (first, second) = (fixture.productIDs[0], fixture.productIDs[1])
      try await fixture.receive(5, of: first, at: fixture.strictStoreID)
      try await fixture.receive(5, of: second, at: fixture.strictStoreID)
      let sale = SampleSale("ord_1", at: fixture.strictStoreID, [(first, 2), (second, 5)], now: fixture.now)
      let response = try await fixture.saga.createOrder(sale.request)
      let record = try #require(response.record)
      let order = try #require(record.order)
      #expect(response.created)
      #expect(order.state == .pending)
      #expect(order.lines == sale.lines)
      #expect(order.totals == sale.request.order?.totals)
      #expect(order.pointsEarned == 20)
      #expect(order.tillID == "till 1" && order.externalReference == "receipt 1")
      #expect(order.holdExpireTime?.date == sale.holdExpireTime)
      #expect(record.plan == sale.request.plan && record.beginReply.isEmpty)
      #expect(record.participants == ["campaign", "loyalty"])
      #expect(record.beginKey == sale.key.asKept && record.endKey == nil)
      #expect(!record.held && record.revision == 1 && record.completeReply.isEmpty)
      #expect(try await fixture.order("ord_1") == order)
      let level = try await fixture.level(of: first, at: fixture.strictStoreID)
      #expect(level.onHand == 5 && level.held == 2 && level.available == 3 && !level.oversold)
    }
  }

  @Test func `a strict store refuses a hold of more than is available, naming the lines, and holds nothing`() async throws {
    try await InventoryFixture.with { fixture in
      let products = fixture.productIDs
      try await fixture.receive(5, of: products[0], at: fixture.strictStoreID)
      try await fixture.receive(5, of: products[1], at: fixture.strictStoreID)
      // Lines 1 and 3 share a product: together they ask for more than there is.
      let sale = SampleSale(
        "ord_1", at: fixture.strictStoreID, [(products[0], 3), (products[1], 1), (products[0], 3), (products[2], 1)],
        now: fixture.now)
      let error = await expectRefusal(.failedPrecondition, "INSUFFICIENT_STOCK") {
        try await fixture.saga.createOrder(sale.request)
      }
      #expect(error?.metadata["lines"] == "3,4")
      #expect(error?.domain == "inventory.patron")
      for productID in products.prefix(3) {
        #expect(try await fixture.level(of: productID, at: fixture.strictStoreID).held == 0)
      }
      #expect(try await fixture.saga.findOrder(.init(key: .requestKey(sale.key))).record == nil)
    }
  }

  @Test func `an order whose record would fit no message is refused, and the largest one is read to its end`() async throws {
    try await InventoryFixture.with { fixture in
      var sale = SampleSale("ord_1", at: fixture.lenientStoreID, [(fixture.productIDs[0], 1)], now: fixture.now)
      let line = SampleSale.line(1, fixture.productIDs[0], 1)
      sale.lines = (1...2_000).map { number in
        var line = line
        line.lineNumber = Int32(number)
        line.name = String(repeating: "n", count: 256)
        return line
      }
      var request = sale.request
      let saleBytes = OrderMessages.sale(of: try #require(request.order)).encoded().count
      #expect(saleBytes > 600_000)
      request.plan = Array(repeating: 7, count: Limits.recordBytes - 3 * saleBytes + 1)
      await expectRefusal(.invalidArgument, "ORDER_TOO_LARGE") { try await fixture.saga.createOrder(request) }
      request.plan.removeLast()
      let order = try #require(try await fixture.saga.createOrder(request).record?.order)
      let reply = GatewayV1.CheckoutResponse(receipt: GatewayV1.Receipt(order: order)).encoded()
      _ = try await fixture.saga.recordHold(.init(orderID: "ord_1", beginReply: reply))
      _ = try await fixture.saga.decideOrder(sale.commit)
      _ = try await fixture.saga.completeOrder(.init(orderID: "ord_1", completeReply: reply))
      let found = try await fixture.saga.findOrder(.init(key: .orderID("ord_1")))
      #expect(found.record?.completeReply == reply && found.encoded().count < 4 * 1_024 * 1_024 - 512 * 1_024)
    }
  }

  @Test func `after a refusal the same request may succeed`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = SampleSale("ord_1", at: fixture.strictStoreID, [(fixture.productIDs[0], 1)], now: fixture.now)
      await expectRefusal(.failedPrecondition, "INSUFFICIENT_STOCK") { try await fixture.saga.createOrder(sale.request) }
      try await fixture.receive(1, of: fixture.productIDs[0], at: fixture.strictStoreID)
      #expect(try await fixture.saga.createOrder(sale.request).created)
    }
  }

  @Test func `a store that allows it sells what it does not have and flags the line and the level`() async throws {
    try await InventoryFixture.with { fixture in
      let (first, second) = (fixture.productIDs[0], fixture.productIDs[1])
      try await fixture.receive(2, of: first, at: fixture.lenientStoreID)
      let sale = SampleSale("ord_1", at: fixture.lenientStoreID, [(first, 2), (second, 1), (first, 1)], now: fixture.now)
      let response = try await fixture.saga.createOrder(sale.request)
      #expect(response.record?.order?.lines.map(\.oversold) == [false, true, true])
      let level = try await fixture.level(of: first, at: fixture.lenientStoreID)
      #expect(level.onHand == 2 && level.held == 3 && level.available == -1 && level.oversold)
      _ = try await fixture.saga.decideOrder(sale.commit)
      let completed = try await fixture.saga.completeOrder(sale.complete)
      #expect(completed.record?.order?.lines.map(\.oversold) == [false, true, true])
      #expect(try await fixture.level(of: second, at: fixture.lenientStoreID).onHand == -1)
    }
  }

  @Test func `an adjustment line touches no stock`() async throws {
    try await InventoryFixture.with { fixture in
      try await fixture.receive(1, of: fixture.productIDs[0], at: fixture.strictStoreID)
      var sale = SampleSale("ord_1", at: fixture.strictStoreID, [(fixture.productIDs[0], 1)], now: fixture.now)
      var adjustment = SampleSale.adjustment(2)
      // Of a product that the store has none of.
      adjustment.productID = fixture.productIDs[1]
      sale.lines.append(adjustment)
      _ = try await fixture.saga.createOrder(sale.request)
      _ = try await fixture.saga.decideOrder(sale.commit)
      let completed = try await fixture.saga.completeOrder(sale.complete)
      #expect(completed.record?.order?.totals?.amountDue == SampleSale.money(900))
      #expect(completed.record?.order?.totals?.manufacturerAmount == SampleSale.money(200))
      let levels = try await fixture.inventory.listStock(.init(storeID: fixture.strictStoreID)).levels
      #expect(levels.map(\.productID) == [fixture.productIDs[0]])
    }
  }

  @Test func `the same request key answers the order that it began`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = SampleSale("ord_1", at: fixture.lenientStoreID, [(fixture.productIDs[0], 1)], now: fixture.now)
      let first = try await fixture.saga.createOrder(sale.request)
      // Another gateway takes over: it made an id and a plan of its own.
      var takeover = sale
      takeover.orderID = "ord_2"
      takeover.requestID = sale.requestID
      let second = try await fixture.saga.createOrder(takeover.request)
      #expect(!second.created)
      #expect(second.record == first.record)
      #expect(try await fixture.saga.findOrder(.init(key: .requestKey(sale.key))).record == first.record)
      #expect(try await fixture.level(of: fixture.productIDs[0], at: fixture.lenientStoreID).held == 1)
    }
  }

  @Test func `the same request key with another body is refused`() async throws {
    try await InventoryFixture.with { fixture in
      var sale = SampleSale("ord_1", at: fixture.lenientStoreID, [(fixture.productIDs[0], 1)], now: fixture.now)
      _ = try await fixture.saga.createOrder(sale.request)
      sale.bodyHash = [3, 2, 1]
      await expectRefusal(.alreadyExists, "REQUEST_ID_REUSED") { try await fixture.saga.createOrder(sale.request) }
      await expectRefusal(.alreadyExists, "REQUEST_ID_REUSED") {
        try await fixture.saga.findOrder(.init(key: .requestKey(sale.key)))
      }
    }
  }

  @Test func `the same request sent 50 times at once creates one order`() async throws {
    try await InventoryFixture.with { fixture in
      let productID = fixture.productIDs[0]
      try await fixture.receive(100, of: productID, at: fixture.strictStoreID)
      let now = fixture.now
      let results = await concurrently(50) { index in
        var sale = SampleSale("ord_\(index)", at: fixture.strictStoreID, [(productID, 1)], now: now)
        sale.requestID = "the same"
        return try await fixture.saga.createOrder(sale.request)
      }
      let responses = try results.map { try $0.get() }
      #expect(responses.filter(\.created).count == 1)
      #expect(Set(responses.map { $0.record?.order?.orderID }).count == 1)
      #expect(try await fixture.level(of: productID, at: fixture.strictStoreID).held == 1)
    }
  }

  @Test func `an order id of another request is refused`() async throws {
    try await InventoryFixture.with { fixture in
      var sale = SampleSale("ord_1", at: fixture.lenientStoreID, [(fixture.productIDs[0], 1)], now: fixture.now)
      _ = try await fixture.saga.createOrder(sale.request)
      sale.requestID = "another"
      await expectRefusal(.alreadyExists, "ORDER_EXISTS") { try await fixture.saga.createOrder(sale.request) }
      #expect(try await fixture.level(of: fixture.productIDs[0], at: fixture.lenientStoreID).held == 1)
    }
  }

  // MARK: Quotes

  @Test func `a quote is used by one order`() async throws {
    try await InventoryFixture.with { fixture in
      let now = fixture.now
      let results = await concurrently(20) { index in
        var sale = SampleSale("ord_\(index)", at: fixture.lenientStoreID, [(fixture.productIDs[0], 1)], now: now)
        sale.quoteID = "quo_1"
        return try await fixture.saga.createOrder(sale.request).created
      }
      #expect(results.yesCount == 1)
      #expect(results.reasons() == Array(repeating: "QUOTE_USED", count: 19))
      let level = try await fixture.level(of: fixture.productIDs[0], at: fixture.lenientStoreID)
      #expect(level.held == 1)
    }
  }

  @Test func `a decision to cancel gives the quote back, a decision to commit does not`() async throws {
    try await InventoryFixture.with { fixture in
      var first = SampleSale("ord_1", at: fixture.lenientStoreID, [(fixture.productIDs[0], 1)], now: fixture.now)
      first.quoteID = "quo_1"
      try await fixture.makeOrder(.cancelling, first)
      var second = SampleSale("ord_2", at: fixture.lenientStoreID, [(fixture.productIDs[0], 1)], now: fixture.now)
      second.quoteID = "quo_1"
      try await fixture.makeOrder(.completed, second)
      var third = SampleSale("ord_3", at: fixture.lenientStoreID, [(fixture.productIDs[0], 1)], now: fixture.now)
      third.quoteID = "quo_1"
      await expectRefusal(.failedPrecondition, "QUOTE_USED") { try await fixture.saga.createOrder(third.request) }
    }
  }

  // MARK: Bad input

  @Test func `an unknown store or product is refused by name`() async throws {
    try await InventoryFixture.with { fixture in
      await expectRefusal(.notFound, "STORE_NOT_FOUND") {
        try await fixture.saga.createOrder(
          SampleSale("ord_1", at: "sto_none", [(fixture.productIDs[0], 1)], now: fixture.now).request)
      }
      let error = await expectRefusal(.notFound, "PRODUCT_NOT_FOUND") {
        try await fixture.saga.createOrder(
          SampleSale(
            "ord_1", at: fixture.lenientStoreID, [("prd_x", 1), (fixture.productIDs[0], 1), ("prd_y", 1)], now: fixture.now
          ).request)
      }
      #expect(error?.metadata["product_ids"] == "prd_x,prd_y")
    }
  }

  @Test func `another currency than the store's is refused`() async throws {
    try await InventoryFixture.with { fixture in
      var store = InventoryFixture.store("E", .allowNegative)
      store.currencyCode = "EUR"
      let storeID = try await fixture.inventory.importStores(.init(requestID: "euro", stores: [store])).storeIDs[0]
      await expectRefusal(.invalidArgument, "CURRENCY_MISMATCH") {
        try await fixture.saga.createOrder(
          SampleSale("ord_1", at: storeID, [(fixture.productIDs[0], 1)], now: fixture.now).request)
      }
    }
  }

  @Test func `amounts whose parts do not sum are refused`() async throws {
    try await InventoryFixture.with { fixture in
      var request = SampleSale("ord_1", at: fixture.lenientStoreID, [(fixture.productIDs[0], 1)], now: fixture.now).request
      request.order?.lines[0].customerAmount = SampleSale.money(999)
      await expectRefusal(.invalidArgument, "AMOUNTS_DO_NOT_SUM") { try await fixture.saga.createOrder(request) }
    }
  }

  @Test func `an amount due below zero is refused`() async throws {
    try await InventoryFixture.with { fixture in
      var sale = SampleSale("ord_1", at: fixture.lenientStoreID, [], now: fixture.now)
      sale.lines = [SampleSale.adjustment(1)]
      let error = await expectRefusal(.invalidArgument, "INVALID_FIELDS") { try await fixture.saga.createOrder(sale.request) }
      #expect(error?.fieldViolations.map(\.field) == ["order.totals.amount_due.minor_units"])
    }
  }

  @Test func `the times of an order are inventory's own, whatever the clock of a gateway says`() async throws {
    try await InventoryFixture.with { fixture in
      var request = SampleSale("ord_1", at: fixture.lenientStoreID, [(fixture.productIDs[0], 1)], now: fixture.now).request
      request.order?.createTime = .init(fixture.now.addingTimeInterval(-3_600))
      request.order?.holdExpireTime = .init(fixture.now.addingTimeInterval(-1))
      request.holdLifetime = .init(seconds: 60)
      let order = try #require(try await fixture.saga.createOrder(request).record?.order)
      #expect(order.createTime?.date == fixture.now)
      #expect(order.holdExpireTime?.date == fixture.now.addingTimeInterval(60))
      for lifetime in [nil, 0, -1, 86_401] as [Int64?] {
        request.holdLifetime = lifetime.map { .init(seconds: $0) }
        let error = await expectRefusal(.invalidArgument, "INVALID_FIELDS") { try await fixture.saga.createOrder(request) }
        #expect(error?.fieldViolations.map(\.field) == ["hold_lifetime"])
      }
    }
  }

  @Test func `the hash of a body is stored under the database's key and given back to nobody`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = SampleSale("ord_1", at: fixture.lenientStoreID, [(fixture.productIDs[0], 1)], now: fixture.now)
      let record = try await fixture.saga.createOrder(sale.request).record
      #expect(record?.beginKey?.bodyHash == [])
      let stored = try await fixture.service.database.read { snapshot in
        try snapshot.all(SQL("test.body-hashes", "SELECT body_hash FROM saga_keys"), []) { $0.blob(0) }
      }
      #expect(stored.map(\.count) == [32])
      #expect(stored[0].starts(with: sale.bodyHash) == false)
    }
  }

  private static let impossibleLines: [(String, @Sendable (inout InventoryV1.OrderLine) -> Void)] = [
    ("order.lines[0].quantity", { $0.quantity = 0 }), ("order.lines[0].quantity", { $0.quantity = -1 }),
    ("order.lines[0].quantity", { $0.kind = .adjustment }), ("order.lines[0].product_id", { $0.productID = "" }),
    ("order.lines[0].line_number", { $0.lineNumber = 2 }), ("order.lines[0].kind", { $0.kind = .unrecognized(9) }),
    ("order.lines[0].tax_amount.currency_code", { $0.taxAmount?.currencyCode = "EUR" }),
    ("order.lines[0].list_amount.minor_units", { $0.listAmount?.minorUnits = .max }),
    ("order.lines[0].discounts[0].amount_minor_units", { $0.discounts = [.init(amountMinorUnits: -5)] }),
    // Their sum wraps around to a small number.
    (
      "order.lines[0].discounts[0].amount_minor_units",
      { $0.discounts = Array(repeating: .init(amountMinorUnits: .max), count: 2) + [.init(amountMinorUnits: 2)] }
    ),
    ("order.lines[0].discounts", { $0.discounts = Array(repeating: .init(amountMinorUnits: 600_000_000_000), count: 2) }),
  ]

  @Test(arguments: impossibleLines)
  func `a line that cannot be is refused by its field`(
    field: String, change: @Sendable (inout InventoryV1.OrderLine) -> Void
  ) async throws {
    try await InventoryFixture.with { fixture in
      var request = SampleSale("ord_1", at: fixture.lenientStoreID, [(fixture.productIDs[0], 1)], now: fixture.now).request
      if var line = request.order?.lines[0] {
        change(&line)
        request.order?.lines = [line]
      }
      let error = await expectRefusal(.invalidArgument, "INVALID_FIELDS") { try await fixture.saga.createOrder(request) }
      #expect(error?.fieldViolations.first?.field == field)
    }
  }

  @Test func `an order of 2,000 lines is taken, one more is refused`() async throws {
    try await InventoryFixture.with { fixture in
      let goods = (0..<2_000).map { (productID: fixture.productIDs[$0 % 5], quantity: Int64(1)) }
      let sale = SampleSale("ord_1", at: fixture.lenientStoreID, goods, now: fixture.now)
      try await fixture.makeOrder(.completed, sale)
      #expect(try await fixture.order("ord_1").lines.count == 2_000)
      let tooMany = SampleSale("ord_2", at: fixture.lenientStoreID, goods + goods.prefix(1), now: fixture.now)
      await expectRefusal(.invalidArgument, "INVALID_FIELDS") { try await fixture.saga.createOrder(tooMany.request) }
    }
  }
}
