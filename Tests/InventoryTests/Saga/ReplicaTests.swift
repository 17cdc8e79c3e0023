import Database
import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Inventory

/// Three replicas of inventory on one PostgreSQL database.
@Suite(.enabled(if: !TestEngine.isSQLite, "on PostgreSQL only")) struct ReplicaTests {
  private static let stock: Int64 = 100

  @Test func `1,000 callers of three replicas who want 100 pieces get exactly those, in whatever order of lines`() async throws {
    try await InventoryFixture.withReplicas(3) { fixtures in
      let (store, products) = (fixtures[0].strictStoreID, fixtures[0].productIDs)
      for product in products[0..<2] { try await fixtures[0].receive(Self.stock, of: product, at: store) }
      let now = fixtures[0].now
      let results = await concurrently(1_000) { number in
        let goods = [(productID: products[number % 2], quantity: Int64(1)), (productID: products[(number + 1) % 2], quantity: 1)]
        let sale = SampleSale("ord_\(number)", at: store, goods, now: now)
        return try await fixtures[number % 3].saga.createOrder(sale.request).created
      }
      #expect(results.yesCount == Int(Self.stock))
      #expect(results.reasons() == Array(repeating: "INSUFFICIENT_STOCK", count: 1_000 - Int(Self.stock)))
      for product in products[0..<2] {
        let level = try await fixtures[1].level(of: product, at: store)
        #expect(level.onHand == Self.stock && level.held == Self.stock)
      }
      // Rows are taken in one order: nobody waits in a circle, and nobody begins again.
      for fixture in fixtures { #expect(fixture.service.database.statistics.reruns == 0) }
    }
  }

  @Test func `an order that replicas create, decide, end and return at once goes one way, and is returned no more than was sold`()
    async throws
  {
    try await InventoryFixture.withReplicas(3) { fixtures in
      let (store, product) = (fixtures[0].strictStoreID, fixtures[0].productIDs[0])
      try await fixtures[0].receive(1_000, of: product, at: store)
      let now = fixtures[0].now
      for round in 0..<8 {
        let sale = SampleSale("ord_\(round)", at: store, [(productID: product, quantity: 4)], now: now)
        let created = await concurrently(6) { try await fixtures[$0 % 3].saga.createOrder(sale.request).created }
        #expect(created.yesCount == 1 && created.reasons().isEmpty)
        let decided = await concurrently(6) { number in
          try await fixtures[number % 3].saga.decideOrder(number.isMultiple(of: 2) ? sale.commit : sale.cancel).decided
        }
        #expect(decided.yesCount == 1)
        guard try await fixtures[0].order(sale.orderID).state == .committing else { continue }
        let completed = await concurrently(3) { number in
          _ = try await fixtures[number].saga.completeOrder(sale.complete)
          return true
        }
        #expect(completed.yesCount == 3)
        let revision = try await fixtures[0].record(sale.orderID).revision
        let returned = await concurrently(6) { number in
          let request = sale.returning("ret_\(round)_\(number)", [1: 3], revision: revision)
          return try await fixtures[number % 3].saga.createReturn(request).created
        }
        #expect(returned.yesCount == 1)
        let open = try await fixtures[1].returns(of: sale.orderID)
        #expect(open.count == 1)
        for id in open {
          let ended = await concurrently(6) { number in
            _ = try await fixtures[number % 3].saga.completeReturn(SampleSale.completeReturn(id))
            return true
          }
          #expect(ended.yesCount == 6)
        }
      }
    }
  }
}

extension InventoryFixture {
  /// Several replicas on one database, and Verify finds nothing afterwards.
  fileprivate static func withReplicas(_ count: Int, _ body: ([InventoryFixture]) async throws -> Void) async throws {
    let first = try await start(adjusting: TestService<InventoryApp>.underLoad)
    try await first.service.withReplicas(count) { services in
      let fixtures = services.map { service in
        InventoryFixture(
          service: service, strictStoreID: first.strictStoreID, lenientStoreID: first.lenientStoreID, productIDs: first.productIDs)
      }
      try await body(fixtures)
      #expect(try await first.saga.verify(.init()).differences == [])
    }
  }

  /// The ids of an order's returns.
  fileprivate func returns(of orderID: String) async throws -> [String] {
    let returns = SQL("test.returns", "SELECT return_id FROM order_returns WHERE order_id = ?1 ORDER BY return_id")
    return try await service.database.read { try $0.all(returns, [.text(orderID)]) { $0.text(0) } }
  }
}
