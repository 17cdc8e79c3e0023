import Foundation
import PatronAPI
import RPC
import Testing

@testable import Inventory

@Suite struct EndOrderTests {
  @Test func `completing posts the stock, keeps the reply and publishes the order`() async throws {
    try await InventoryFixture.with { fixture in
      try await fixture.receive(5, of: fixture.productIDs[0], at: fixture.strictStoreID)
      let sale = SampleSale("ord_1", at: fixture.strictStoreID, [(fixture.productIDs[0], 2)], now: fixture.now)
      try await fixture.makeOrder(.committing, sale)
      fixture.service.clock.advance(by: .seconds(5))
      let record = try #require(try await fixture.saga.completeOrder(sale.complete).record)
      #expect(record.order?.state == .completed)
      #expect(record.order?.endTime?.date == fixture.now)
      #expect(record.completeReply == sale.complete.completeReply)
      let level = try await fixture.level(of: fixture.productIDs[0], at: fixture.strictStoreID)
      #expect(level.onHand == 3 && level.held == 0)
      #expect(try await fixture.eventTypes(of: "ord_1") == ["inventory.order_completed.v1"])
    }
  }

  @Test func `completing 50 times at once posts once and every caller gets the first reply`() async throws {
    try await InventoryFixture.with { fixture in
      try await fixture.receive(5, of: fixture.productIDs[0], at: fixture.strictStoreID)
      let sale = SampleSale("ord_1", at: fixture.strictStoreID, [(fixture.productIDs[0], 2)], now: fixture.now)
      try await fixture.makeOrder(.committing, sale)
      let results = await concurrently(50) { index in
        try await fixture.saga.completeOrder(.init(orderID: "ord_1", completeReply: [UInt8(index)])).record
      }
      let records = try results.map { try $0.get() }
      #expect(records.allSatisfy { $0 == records[0] })
      #expect(try await fixture.level(of: fixture.productIDs[0], at: fixture.strictStoreID).onHand == 3)
      #expect(try await fixture.eventTypes(of: "ord_1").count == 1)
    }
  }

  @Test func `cancelling gives the stock back, keeps why, and says that nothing was earned`() async throws {
    try await InventoryFixture.with { fixture in
      try await fixture.receive(5, of: fixture.productIDs[0], at: fixture.strictStoreID)
      var sale = SampleSale("ord_1", at: fixture.strictStoreID, [(fixture.productIDs[0], 2)], now: fixture.now)
      sale.heldTenders = [.init(kind: .points, amount: SampleSale.money(500), points: 50)]
      try await fixture.makeOrder(.cancelling, sale)
      #expect(try await fixture.level(of: fixture.productIDs[0], at: fixture.strictStoreID).held == 2)
      let record = try #require(try await fixture.saga.cancelOrder(.init(orderID: "ord_1")).record)
      let order = try #require(record.order)
      #expect(order.state == .cancelled)
      #expect(order.cancelReason == "ABANDONED" && record.cancelCode == 9 && record.cancelMessage == "the till gave it up")
      #expect(order.pointsEarned == 0 && order.pointsSpent == 0 && order.lines[0].pointsEarned == 0)
      let level = try await fixture.level(of: fixture.productIDs[0], at: fixture.strictStoreID)
      #expect(level.onHand == 5 && level.held == 0)
      #expect(try await fixture.eventTypes(of: "ord_1") == ["inventory.order_cancelled.v1"])
    }
  }

  @Test func `cancelling 50 times at once gives back once`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = SampleSale("ord_1", at: fixture.lenientStoreID, [(fixture.productIDs[0], 2)], now: fixture.now)
      try await fixture.makeOrder(.cancelling, sale)
      let results = await concurrently(50) { index in
        try await fixture.saga.cancelOrder(.init(orderID: "ord_1", reply: [UInt8(index)])).record
      }
      let records = try results.map { try $0.get() }
      #expect(records.allSatisfy { $0 == records[0] && $0?.completeReply.count == 1 })
      #expect(try await fixture.level(of: fixture.productIDs[0], at: fixture.lenientStoreID).held == 0)
      #expect(try await fixture.eventTypes(of: "ord_1").count == 1)
    }
  }

  @Test func `the reply of an abandoned checkout is kept even when recovery ended the order first`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = SampleSale("ord_1", at: fixture.lenientStoreID, [(fixture.productIDs[0], 2)], now: fixture.now)
      try await fixture.makeOrder(.cancelled, sale)
      #expect(try await fixture.record("ord_1").completeReply.isEmpty)
      _ = try await fixture.saga.cancelOrder(.init(orderID: "ord_1", reply: [1]))
      _ = try await fixture.saga.cancelOrder(.init(orderID: "ord_1", reply: [2]))
      _ = try await fixture.saga.cancelOrder(.init(orderID: "ord_1"))
      #expect(try await fixture.record("ord_1").completeReply == [1])
    }
  }

  @Test(
    arguments: [
      (OrderState.pending, "ORDER_NOT_DECIDED", "ORDER_NOT_DECIDED"), (.committing, nil, "ORDER_COMPLETED"),
      (.completed, nil, "ORDER_COMPLETED"), (.cancelling, "ORDER_CANCELLED", nil), (.cancelled, "ORDER_CANCELLED", nil),
    ] as [(OrderState, String?, String?)])
  func `an ending that was not decided is refused and changes nothing`(
    state: OrderState, completing: String?, cancelling: String?
  ) async throws {
    try await InventoryFixture.with { fixture in
      let sale = SampleSale("ord_1", at: fixture.lenientStoreID, [(fixture.productIDs[0], 2)], now: fixture.now)
      try await fixture.makeOrder(state, sale)
      let before = try await fixture.record("ord_1")
      if let completing {
        await expectRefusal(.failedPrecondition, completing) { try await fixture.saga.completeOrder(sale.complete) }
      }
      if let cancelling {
        await expectRefusal(.failedPrecondition, cancelling) { try await fixture.saga.cancelOrder(.init(orderID: "ord_1")) }
      }
      #expect(try await fixture.record("ord_1") == before)
    }
  }

  @Test func `a completion without a reply is refused`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = SampleSale("ord_1", at: fixture.lenientStoreID, [(fixture.productIDs[0], 2)], now: fixture.now)
      try await fixture.makeOrder(.committing, sale)
      await expectRefusal(.invalidArgument, "INVALID_FIELDS") { try await fixture.saga.completeOrder(.init(orderID: "ord_1")) }
      #expect(try await fixture.order("ord_1").state == .committing)
    }
  }
}
