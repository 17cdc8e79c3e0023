import Foundation
import PatronAPI
import RPC
import Testing

@testable import Inventory

/// What was answered still holds after a restart, and what was begun can be finished.
@Suite struct RestartTests {
  @Test(arguments: OrderState.allCases)
  func `an order in any state is found as it was and goes on`(state: OrderState) async throws {
    try await InventoryFixture.with { fixture in
      try await fixture.receive(5, of: fixture.productIDs[0], at: fixture.strictStoreID)
      let sale = SampleSale("ord_1", at: fixture.strictStoreID, [(fixture.productIDs[0], 2)], now: fixture.now)
      try await fixture.makeOrder(state, sale)
      let before = try await fixture.record("ord_1")
      try await fixture.service.restart()
      #expect(try await fixture.saga.findOrder(.init(key: .requestKey(sale.key))).record == before)
      #expect(try await fixture.saga.createOrder(sale.request).created == false)

      if state == .pending { _ = try await fixture.saga.decideOrder(sale.commit) }
      if state.isCancelled {
        _ = try await fixture.saga.cancelOrder(.init(orderID: "ord_1"))
      } else {
        _ = try await fixture.saga.completeOrder(sale.complete)
      }
      let level = try await fixture.level(of: fixture.productIDs[0], at: fixture.strictStoreID)
      #expect(level.held == 0)
      #expect(level.onHand == (state.isCancelled ? 5 : 3))
    }
  }

  @Test(arguments: ReturnState.allCases)
  func `a return in either state is found as it was and goes on`(state: ReturnState) async throws {
    try await InventoryFixture.with { fixture in
      let sale = SampleSale("ord_1", at: fixture.lenientStoreID, [(fixture.productIDs[0], 2)], now: fixture.now)
      try await fixture.makeOrder(.completed, sale)
      let request = sale.returning("ret_1", [1: 1], revision: try await fixture.record("ord_1").revision)
      _ = try await fixture.saga.createReturn(request)
      if state == .returned { _ = try await fixture.saga.completeReturn(SampleSale.completeReturn("ret_1")) }
      let before = try await fixture.saga.findReturn(.init(key: .returnID("ret_1"))).record
      try await fixture.service.restart()
      let again = try await fixture.saga.createReturn(request)
      #expect(!again.created && again.record == before)
      let completed = try await fixture.saga.completeReturn(SampleSale.completeReturn("ret_1"))
      #expect(completed.record?.orderReturn?.state == .returned)
      #expect(try await fixture.level(of: fixture.productIDs[0], at: fixture.lenientStoreID).onHand == -1)
    }
  }

  @Test func `a lease outlives a restart`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = SampleSale("ord_1", at: fixture.lenientStoreID, [(fixture.productIDs[0], 1)], now: fixture.now)
      _ = try await fixture.saga.createOrder(sale.request)
      fixture.service.clock.advance(by: .seconds(900))
      let request = InventoryV1.LeaseDueWorkRequest(
        leaseOwner: "a", leaseDuration: .init(seconds: 30), stalledAfter: .init(seconds: 10), limit: 10)
      #expect(try await fixture.saga.leaseDueWork(request).orderIDs.count == 1)
      try await fixture.service.restart()
      #expect(try await fixture.saga.leaseDueWork(request).orderIDs.isEmpty)
    }
  }
}
