import PatronAPI
import RPC
import Testing

@testable import Inventory

@Suite struct StockRaceTests {
  @Test func `of 1,000 callers who want the last one, exactly one gets it`() async throws {
    try await InventoryFixture.with { fixture in
      let productID = fixture.productIDs[0]
      try await fixture.receive(1, of: productID, at: fixture.strictStoreID)
      let now = fixture.now
      let results = await concurrently(1_000) { index in
        let sale = SampleSale("ord_\(index)", at: fixture.strictStoreID, [(productID, 1)], now: now)
        return try await fixture.saga.createOrder(sale.request).created
      }
      #expect(results.yesCount == 1)
      #expect(results.reasons() == Array(repeating: "INSUFFICIENT_STOCK", count: 999))
      let level = try await fixture.level(of: productID, at: fixture.strictStoreID)
      #expect(level.onHand == 1 && level.held == 1 && level.available == 0)
    }
  }

  @Test func `a hundred orders of crossing products take exactly what there is`() async throws {
    try await InventoryFixture.with { fixture in
      let products = fixture.productIDs
      for productID in products { try await fixture.receive(30, of: productID, at: fixture.strictStoreID) }
      let now = fixture.now
      let results = await concurrently(100) { index in
        // Each order takes one of two neighbours, in either order of lines.
        let pair = [(products[index % 5], Int64(1)), (products[(index + 1) % 5], Int64(1))]
        let goods = index.isMultiple(of: 2) ? pair : pair.reversed()
        let sale = SampleSale(
          "ord_\(index)", at: fixture.strictStoreID, goods.map { (productID: $0.0, quantity: $0.1) }, now: now)
        return try await fixture.saga.createOrder(sale.request).created
      }
      var held: Int64 = 0
      for productID in products {
        let level = try await fixture.level(of: productID, at: fixture.strictStoreID)
        #expect((0...30).contains(level.held))
        held += level.held
      }
      #expect(held == Int64(results.yesCount) * 2)
      // 200 units were asked of 150. An order is refused only when one of its products is gone, so at least two are.
      #expect(results.yesCount < 100 && results.yesCount >= 60)
    }
  }
}
