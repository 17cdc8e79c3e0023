import Database
import PatronAPI
import RPC
import Testing

@testable import Inventory

@Suite struct StockTests {
  @Test func `a receipt books each line and answers the level of each product once`() async throws {
    try await InventoryFixture.with { fixture in
      let (first, second) = (fixture.productIDs[0], fixture.productIDs[1])
      let response = try await fixture.inventory.receiveStock(
        .init(
          requestID: "r", storeID: fixture.strictStoreID,
          lines: [
            .init(productID: second, quantity: 5), .init(productID: first, quantity: 3), .init(productID: second, quantity: -2),
          ], reason: "DELIVERY"))
      #expect(response.levels.map(\.productID) == [second, first])
      #expect(response.levels.map(\.onHand) == [3, 3])
      #expect(response.receiptID.hasPrefix("rcp_"))
      #expect(try await fixture.eventTypes(of: fixture.strictStoreID) == ["inventory.stock_received.v1"])
    }
  }

  @Test func `a receipt sent again books once`() async throws {
    try await InventoryFixture.with { fixture in
      let request = InventoryV1.ReceiveStockRequest(
        requestID: "r", storeID: fixture.strictStoreID, lines: [.init(productID: fixture.productIDs[0], quantity: 5)],
        reason: "DELIVERY")
      let results = await concurrently(50) { _ in try await fixture.inventory.receiveStock(request) }
      let receiptIDs = try results.map { try $0.get().receiptID }
      #expect(Set(receiptIDs).count == 1)
      let level = try await fixture.level(of: fixture.productIDs[0], at: fixture.strictStoreID)
      #expect(level.onHand == 5)
    }
  }

  @Test func `a strict store gives out no more than is available, and keeps nothing of a refused receipt`() async throws {
    try await InventoryFixture.with { fixture in
      let (first, second) = (fixture.productIDs[0], fixture.productIDs[1])
      try await fixture.receive(5, of: first, at: fixture.strictStoreID)
      _ = try await fixture.saga.createOrder(
        SampleSale("ord_1", at: fixture.strictStoreID, [(first, 3)], now: fixture.now).request)
      let error = await expectRefusal(.failedPrecondition, "INSUFFICIENT_STOCK") {
        try await fixture.inventory.receiveStock(
          .init(
            requestID: "out", storeID: fixture.strictStoreID,
            lines: [
              .init(productID: first, quantity: -2), .init(productID: first, quantity: -1), .init(productID: second, quantity: -1),
            ], reason: "SHRINKAGE"))
      }
      #expect(error?.metadata["lines"] == "2,3")
      let level = try await fixture.level(of: first, at: fixture.strictStoreID)
      #expect(level.onHand == 5)
      #expect(level.available == 2)
    }
  }

  @Test func `a store that allows it goes below zero and is flagged until goods come in`() async throws {
    try await InventoryFixture.with { fixture in
      let productID = fixture.productIDs[0]
      try await fixture.receive(-3, of: productID, at: fixture.lenientStoreID, requestID: "out")
      let below = try await fixture.level(of: productID, at: fixture.lenientStoreID)
      #expect(below.onHand == -3)
      #expect(below.oversold)
      try await fixture.receive(4, of: productID, at: fixture.lenientStoreID, requestID: "in")
      let above = try await fixture.level(of: productID, at: fixture.lenientStoreID)
      #expect(above.onHand == 1)
      #expect(!above.oversold)
    }
  }

  @Test func `bulk quantities of many thousands are held, sold and returned`() async throws {
    try await InventoryFixture.with { fixture in
      let productID = fixture.productIDs[0]
      try await fixture.receive(1_000_000, of: productID, at: fixture.strictStoreID)
      let sale = SampleSale("ord_1", at: fixture.strictStoreID, [(productID, 123_456)], now: fixture.now)
      try await fixture.makeOrder(.completed, sale)
      #expect(try await fixture.level(of: productID, at: fixture.strictStoreID).onHand == 876_544)
      _ = try await fixture.saga.createReturn(
        sale.returning("ret_1", [1: 123_456], revision: try await fixture.record("ord_1").revision))
      _ = try await fixture.saga.completeReturn(SampleSale.completeReturn("ret_1"))
      #expect(try await fixture.level(of: productID, at: fixture.strictStoreID).onHand == 1_000_000)
    }
  }

  @Test func `an unknown store or product is refused by name`() async throws {
    try await InventoryFixture.with { fixture in
      await expectRefusal(.notFound, "STORE_NOT_FOUND") {
        try await fixture.receive(1, of: fixture.productIDs[0], at: "sto_none")
      }
      let error = await expectRefusal(.notFound, "PRODUCT_NOT_FOUND") {
        try await fixture.receive(1, of: "prd_none", at: fixture.strictStoreID)
      }
      #expect(error?.metadata["product_ids"] == "prd_none")
      await expectRefusal(.notFound, "PRODUCT_NOT_FOUND") {
        try await fixture.level(of: "prd_none", at: fixture.strictStoreID)
      }
    }
  }

  @Test(arguments: [Int64(0), 1_000_000_001, -1_000_000_001])
  func `a quantity of zero or beyond the limit is refused`(quantity: Int64) async throws {
    try await InventoryFixture.with { fixture in
      await expectRefusal(.invalidArgument, "INVALID_FIELDS") {
        try await fixture.receive(quantity, of: fixture.productIDs[0], at: fixture.lenientStoreID)
      }
    }
  }

  @Test func `stock is listed by product, page by page, and zero where the store never had it`() async throws {
    try await InventoryFixture.with { fixture in
      for productID in fixture.productIDs.prefix(3) {
        try await fixture.receive(2, of: productID, at: fixture.strictStoreID)
      }
      let first = try await fixture.inventory.listStock(.init(storeID: fixture.strictStoreID, pageSize: 2))
      let second = try await fixture.inventory.listStock(
        .init(storeID: fixture.strictStoreID, pageSize: 2, pageToken: first.nextPageToken))
      #expect((first.levels + second.levels).map(\.productID) == fixture.productIDs.prefix(3).sorted())
      let level = try await fixture.level(of: fixture.productIDs[4], at: fixture.strictStoreID)
      #expect(level.onHand == 0 && level.held == 0 && !level.oversold)
    }
  }

  @Test(arguments: [
    SQL("test.update-entry", "UPDATE stock_entries SET quantity = 1"), SQL("test.delete-entry", "DELETE FROM stock_entries"),
  ])
  func `an entry of the ledger is neither changed nor deleted`(statement: SQL) async throws {
    try await InventoryFixture.with { fixture in
      try await fixture.receive(5, of: fixture.productIDs[0], at: fixture.strictStoreID)
      await #expect(throws: DatabaseError.constraint(.trigger, sql: statement.name)) {
        try await fixture.service.database.write { transaction in try transaction.run(statement, []) }
      }
    }
  }
}
