import Foundation
import PatronAPI
import RPC
import Testing

@testable import Inventory

/// Failures that users of other systems reported, each tried here.
@Suite struct FieldFailureTests {
  /// vendure#4930: stock was checked in one transaction and allocated in another.
  @Test func `stock checked and allocated in different transactions`() async throws {
    try await InventoryFixture.with { fixture in
      let (first, second) = (fixture.productIDs[0], fixture.productIDs[1])
      try await fixture.receive(10, of: first, at: fixture.strictStoreID)
      try await fixture.receive(5, of: second, at: fixture.strictStoreID)
      let now = fixture.now
      let results = await concurrently(100) { index in
        let sale = SampleSale("ord_\(index)", at: fixture.strictStoreID, [(first, 1), (second, 1)], now: now)
        return try await fixture.saga.createOrder(sale.request).created
      }
      #expect(results.yesCount == 5)
      #expect(try await fixture.level(of: first, at: fixture.strictStoreID).held == 5)
    }
  }

  /// mall#376: a lock of stock that nobody looked at let the shelf go below zero.
  @Test func `a lock of stock whose result was not looked at`() async throws {
    try await InventoryFixture.with { fixture in
      try await fixture.receive(1, of: fixture.productIDs[0], at: fixture.strictStoreID)
      try await fixture.makeOrder(
        .completed, SampleSale("ord_1", at: fixture.strictStoreID, [(fixture.productIDs[0], 1)], now: fixture.now))
      await expectRefusal(.failedPrecondition, "INSUFFICIENT_STOCK") {
        try await fixture.saga.createOrder(
          SampleSale("ord_2", at: fixture.strictStoreID, [(fixture.productIDs[0], 1)], now: fixture.now).request)
      }
      #expect(try await fixture.level(of: fixture.productIDs[0], at: fixture.strictStoreID).onHand == 0)
    }
  }

  /// odoo#152259, erpnext#11000: an order kept while offline was sent from two tabs and booked twice.
  @Test func `an offline order duplicated on sync`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = SampleSale("ord_1", at: fixture.lenientStoreID, [(fixture.productIDs[0], 4)], now: fixture.now)
      let results = await concurrently(2) { tab in
        var sent = sale
        sent.orderID = "ord_of_tab_\(tab)"
        let record = try await fixture.saga.createOrder(sent.request).record
        let orderID = record?.order?.orderID ?? ""
        var commit = sale.commit
        commit.orderID = orderID
        _ = try await fixture.saga.decideOrder(commit)
        return try await fixture.saga.completeOrder(.init(orderID: orderID, completeReply: [UInt8(tab)])).record?.completeReply
      }
      let replies = try results.map { try $0.get() }
      #expect(Set(replies).count == 1)
      #expect(try await fixture.inventory.listOrders(.init()).orders.count == 1)
      #expect(try await fixture.level(of: fixture.productIDs[0], at: fixture.lenientStoreID).onHand == -4)
    }
  }

  /// points-and-rewards-for-woocommerce#104: an order that was set to completed twice had its effects twice.
  @Test func `an order set to completed twice`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = SampleSale("ord_1", at: fixture.lenientStoreID, [(fixture.productIDs[0], 4)], now: fixture.now)
      try await fixture.makeOrder(.completed, sale)
      let again = try await fixture.saga.completeOrder(.init(orderID: "ord_1", completeReply: [1, 2, 3]))
      #expect(again.record?.completeReply == sale.complete.completeReply)
      #expect(try await fixture.level(of: fixture.productIDs[0], at: fixture.lenientStoreID).onHand == -4)
      #expect(try await fixture.eventTypes(of: "ord_1") == ["inventory.order_completed.v1"])
    }
  }

  /// PrestaShop/loyalty#23: a second return did not count what the first had brought back.
  @Test func `returned quantity not considered`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = SampleSale("ord_1", at: fixture.lenientStoreID, [(fixture.productIDs[0], 2)], now: fixture.now)
      try await fixture.makeOrder(.completed, sale)
      for returnID in ["ret_1", "ret_2"] {
        _ = try await fixture.saga.createReturn(
          sale.returning(returnID, [1: 1], revision: try await fixture.record("ord_1").revision))
        _ = try await fixture.saga.completeReturn(SampleSale.completeReturn(returnID))
      }
      await expectRefusal(.failedPrecondition, "RETURN_EXCEEDS_SOLD") {
        try await fixture.saga.createReturn(
          sale.returning("ret_3", [1: 1], revision: try await fixture.record("ord_1").revision))
      }
      #expect(try await fixture.level(of: fixture.productIDs[0], at: fixture.lenientStoreID).onHand == 0)
    }
  }

  /// django-oscar#4580, mall#299: a time-out gave stock back after the payment had been taken, or gave it back twice.
  @Test(arguments: 0..<10)
  func `a time-out that gives stock back while the payment is taken`(round: Int) async throws {
    try await InventoryFixture.with { fixture in
      try await fixture.receive(3, of: fixture.productIDs[0], at: fixture.strictStoreID)
      let sale = SampleSale("ord_1", at: fixture.strictStoreID, [(fixture.productIDs[0], 3)], now: fixture.now)
      _ = try await fixture.saga.createOrder(sale.request)
      fixture.service.clock.set(sale.holdExpireTime)
      var expire = sale.cancel
      expire.onlyIfExpired = true
      let timeOut = expire
      _ = await concurrently(4) { index in
        if (index + round).isMultiple(of: 2) {
          _ = try await fixture.saga.decideOrder(sale.commit)
          _ = try await fixture.saga.completeOrder(sale.complete)
        } else {
          _ = try await fixture.saga.decideOrder(timeOut)
          _ = try await fixture.saga.cancelOrder(.init(orderID: "ord_1"))
        }
      }
      let state = try await fixture.order("ord_1").state
      let level = try await fixture.level(of: fixture.productIDs[0], at: fixture.strictStoreID)
      #expect(level.held == 0)
      #expect(state == .completed ? level.onHand == 0 : state == .cancelled && level.onHand == 3)
    }
  }
}
