import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Inventory

@Suite struct DiskFullTests {
  @Test(.enabled(if: TestEngine.isSQLite)) func `a full disk refuses with a reason and leaves no part of an order`() async throws {
    try await InventoryFixture.with(maximumPageCount: 200) { fixture in
      var created = 0
      await expectRefusal(.resourceExhausted, "STORAGE_FULL") {
        for index in 0..<1_000 {
          var sale = SampleSale("ord_\(index)", at: fixture.lenientStoreID, [(fixture.productIDs[0], 1)], now: fixture.now)
          sale.requestID = "request \(index)"
          _ = try await fixture.saga.createOrder(sale.request)
          created += 1
        }
      }
      #expect(created > 0)
      let level = try await fixture.level(of: fixture.productIDs[0], at: fixture.lenientStoreID)
      #expect(level.held == Int64(created))
    }
  }
}
