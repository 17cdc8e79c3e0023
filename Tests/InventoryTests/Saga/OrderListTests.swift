import Database
import Foundation
import PatronAPI
import RPC
import ServiceKit
import ServiceTesting
import Testing

@testable import Inventory

@Suite struct OrderListTests {
  @Test(
    arguments: [
      ("", "", nil), ("mem_1", "", nil), ("", "S", nil), ("", "", .completed), ("mem_1", "S", nil), ("mem_1", "", .pending),
      ("", "S", .completed), ("mem_1", "S", .completed), ("mem_9", "", nil),
    ] as [(String, String, OrderState?)])
  func `each filter shows its orders newest first, each once, page by page`(
    memberID: String, storeCode: String, state: OrderState?
  ) async throws {
    try await InventoryFixture.with { fixture in
      let made = try await makeOrders(fixture)
      let storeID = storeCode.isEmpty ? "" : fixture.strictStoreID
      let expected = made.filter { order in
        (memberID.isEmpty || order.memberID == memberID) && (storeID.isEmpty || order.storeID == storeID)
          && (state == nil || order.state == state)
      }
      var shown: [String] = []
      var token = ""
      repeat {
        let page = try await fixture.inventory.listOrders(
          .init(
            memberID: memberID, storeID: storeID, state: state.map(OrderMessages.state) ?? .unspecified, pageSize: 2,
            pageToken: token))
        #expect(page.orders.count <= 2)
        shown += page.orders.map(\.orderID)
        token = page.nextPageToken
      } while !token.isEmpty
      #expect(shown == expected.reversed().map(\.orderID))
    }
  }

  @Test(arguments: [
    [PageToken.Key.integer(.max), .text("ord_1")], [.integer(.min), .text("ord_1")], [.text("ord_1")],
    [.text("ord_1"), .integer(1)], [],
  ])
  func `a page token that somebody made up is refused`(keys: [PageToken.Key]) async throws {
    try await InventoryFixture.with { fixture in
      let token = PageToken(list: "inventory.orders member= store= state=0", keys: keys).encoded
      await expectRefusal(.invalidArgument, "PAGE_TOKEN_INVALID") {
        try await fixture.inventory.listOrders(.init(pageToken: token))
      }
    }
  }

  @Test func `a page token under another filter is refused`() async throws {
    try await InventoryFixture.with { fixture in
      _ = try await makeOrders(fixture)
      let token = try await fixture.inventory.listOrders(.init(pageSize: 1)).nextPageToken
      await expectRefusal(.invalidArgument, "PAGE_TOKEN_INVALID") {
        try await fixture.inventory.listOrders(.init(state: .pending, pageSize: 1, pageToken: token))
      }
    }
  }

  @Test func `records for verify show every order with its participants and returns`() async throws {
    try await InventoryFixture.with { fixture in
      let made = try await makeOrders(fixture)
      let completed = try #require(made.first { $0.state == .completed })
      let sale = SampleSale(completed.orderID, at: completed.storeID, [(fixture.productIDs[0], 1)], now: fixture.now)
      for (returnID, quantity) in [("ret_1", Int64(1))] {
        _ = try await fixture.saga.createReturn(
          sale.returning(returnID, [1: quantity], revision: try await fixture.record(completed.orderID).revision))
      }
      var summaries: [InventoryV1.OrderSummary] = []
      var token = ""
      repeat {
        let page = try await fixture.saga.listOrderRecords(.init(pageSize: 3, pageToken: token))
        summaries += page.orders
        token = page.nextPageToken
      } while !token.isEmpty
      #expect(summaries.map(\.orderID) == made.map(\.orderID).sorted())
      let summary = try #require(summaries.first { $0.orderID == completed.orderID })
      #expect(summary.returnIDs == ["ret_1"] && summary.completedReturnIDs.isEmpty)
      #expect(summary.participants == ["campaign", "loyalty"])
      #expect(summary.amountDueMinorUnits == 1_100 && summary.refundedMinorUnits == 1_000)
      #expect(summary.pointsEarned == 20 && summary.stockHold == .committed)
      #expect(Set(summaries.map(\.stockHold)) == [.held, .committed, .cancelled])
    }
  }

  @Test(.enabled(if: TestEngine.isSQLite)) func `every list of orders is read from an index in the order that is shown`() async throws {
    try await InventoryFixture.with { fixture in
      for member in [nil, "mem_1"] {
        for store in [nil, "sto_1"] {
          for state in [nil, OrderState.pending] {
            let filter = OrderStore.Filter(memberID: member, storeID: store, state: state)
            let plan = try await fixture.service.database.read { snapshot in
              try OrderStore.explain(filter, in: snapshot)
            }
            #expect(plan.allSatisfy { $0.contains("SEARCH orders USING") }, "\(filter): \(plan)")
          }
        }
      }
    }
  }

  @Test func `a page of large orders is cut by its bytes, and no order is lost between two pages`() async throws {
    try await InventoryFixture.with { fixture in
      for index in 0..<6 {
        var sale = SampleSale(
          "ord_\(index)", at: fixture.lenientStoreID, (0..<100).map { (fixture.productIDs[$0 % 5], Int64(1)) }, now: fixture.now)
        for line in sale.lines.indices { sale.lines[line].name = String(repeating: "n", count: 5_000) }
        _ = try await fixture.saga.createOrder(sale.request)
        fixture.service.clock.advance(by: .seconds(1))
      }
      var shown: [String] = []
      var pages = 0
      var token = ""
      repeat {
        let page = try await fixture.inventory.listOrders(.init(pageSize: 500, pageToken: token))
        #expect(page.encoded().count < 2 * Limits.pageBytes)
        shown += page.orders.map(\.orderID)
        token = page.nextPageToken
        pages += 1
      } while !token.isEmpty
      #expect(pages == 2)
      #expect(shown == (0..<6).reversed().map { "ord_\($0)" })
    }
  }

  private struct Made {
    var orderID: String
    var memberID: String
    var storeID: String
    var state: OrderState
  }

  /// Orders of two members and one stranger, at two stores, in all states; oldest first. Two share an instant.
  private func makeOrders(_ fixture: InventoryFixture) async throws -> [Made] {
    let stores = [fixture.strictStoreID, fixture.lenientStoreID]
    try await fixture.receive(100, of: fixture.productIDs[0], at: fixture.strictStoreID)
    var made: [Made] = []
    for (index, state) in (OrderState.allCases + OrderState.allCases).enumerated() {
      let order = Made(
        orderID: SequentialIDs.id("ord", index), memberID: ["mem_1", "mem_2", ""][index % 3], storeID: stores[index % 2],
        state: state)
      var sale = SampleSale(order.orderID, at: order.storeID, [(fixture.productIDs[0], 1)], now: fixture.now)
      sale.memberID = order.memberID
      try await fixture.makeOrder(state, sale)
      made.append(order)
      if index != 4 { fixture.service.clock.advance(by: .seconds(1)) }
    }
    return made
  }
}

extension OrderStore {
  /// How SQLite would read the list.
  fileprivate static func explain(_ filter: Filter, in source: some Queryable) throws -> [String] {
    let statement = statement(for: filter)
    return try source.all(SQL("test.explain", "EXPLAIN QUERY PLAN \(statement.text)"), values(filter)) { $0.text(3) }
  }

  private static func values(_ filter: Filter) -> [SQLValue] {
    let optional: [SQLValue] = [.optional(filter.memberID), .optional(filter.storeID), .optional(filter.state?.rawValue)]
    return [.integer(Int64(0)), .text(""), .integer(Int64(1))] + optional.filter { $0 != .null }
  }
}
