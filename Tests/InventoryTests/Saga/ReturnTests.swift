import Foundation
import PatronAPI
import RPC
import Testing

@testable import Inventory

@Suite struct ReturnTests {
  @Test func `a return counts against the order at once, and its goods come back when it completes`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = try await completedSale(fixture, quantity: 3)
      let request = sale.returning("ret_1", [1: 2], revision: try await fixture.record("ord_1").revision)
      let created = try await fixture.saga.createReturn(request)
      #expect(created.created)
      let record = try #require(created.record)
      #expect(record.plan == request.plan && record.participants == ["loyalty"] && record.key == request.key?.asKept)
      let orderReturn = try #require(record.orderReturn)
      #expect(orderReturn.state == .returning && !orderReturn.wholeOrderReturned)
      #expect(orderReturn.lines == request.orderReturn?.lines && orderReturn.refunds == request.orderReturn?.refunds)
      #expect(orderReturn.storeID == fixture.strictStoreID && orderReturn.reason == "DAMAGED")
      #expect(try await fixture.order("ord_1").lines[0].returnedQuantity == 2)
      #expect(try await fixture.level(of: fixture.productIDs[0], at: fixture.strictStoreID).onHand == 7)

      let completed = try #require(try await fixture.saga.completeReturn(SampleSale.completeReturn("ret_1")).record)
      #expect(completed.orderReturn?.state == .returned)
      #expect(completed.orderReturn?.pointsTakenBack == 10 && completed.orderReturn?.pointsGivenBack == 5)
      #expect(completed.reply == SampleSale.completeReturn("ret_1").reply)
      #expect(try await fixture.level(of: fixture.productIDs[0], at: fixture.strictStoreID).onHand == 9)
      #expect(try await fixture.order("ord_1").returns == [completed.orderReturn])
      #expect(
        try await fixture.eventTypes(of: "ord_1") == ["inventory.order_completed.v1", "inventory.order_returned.v1"])
    }
  }

  @Test func `the return that takes the last of every line is of the whole order`() async throws {
    try await InventoryFixture.with { fixture in
      var sale = SampleSale("ord_1", at: fixture.lenientStoreID, [(fixture.productIDs[0], 2)], now: fixture.now)
      sale.lines.append(SampleSale.adjustment(2))
      try await fixture.makeOrder(.completed, sale)
      let part = sale.returning("ret_1", [1: 1], revision: try await fixture.record("ord_1").revision)
      #expect(try await fixture.saga.createReturn(part).record?.orderReturn?.wholeOrderReturned == false)
      var rest = sale.returning("ret_2", [1: 1, 2: 0], revision: try await fixture.record("ord_1").revision)
      rest.orderReturn?.lines[1].refundAmount = SampleSale.money(-200)
      rest.orderReturn?.refundAmount = SampleSale.money(800)
      rest.orderReturn?.refunds = [.init(kind: .cash, amount: SampleSale.money(800))]
      #expect(try await fixture.saga.createReturn(rest).record?.orderReturn?.wholeOrderReturned == true)
    }
  }

  @Test func `a return of more than is left is refused and counts nothing`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = try await completedSale(fixture, quantity: 3)
      var request = sale.returning("ret_1", [1: 2], revision: try await fixture.record("ord_1").revision)
      _ = try await fixture.saga.createReturn(request)
      request = sale.returning("ret_2", [1: 2], revision: try await fixture.record("ord_1").revision)
      let error = await expectRefusal(.failedPrecondition, "RETURN_EXCEEDS_SOLD") {
        try await fixture.saga.createReturn(request)
      }
      #expect(error?.metadata["lines"] == "1")
      let order = try await fixture.order("ord_1")
      #expect(order.lines[0].returnedQuantity == 2 && order.returns.count == 1)
    }
  }

  @Test func `two tills that return at once cannot take back more than was sold`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = try await completedSale(fixture, quantity: 3)
      let saga = fixture.saga
      // Each till does what a gateway does: reads the revision, asks, and asks again when the order has changed.
      let results = await concurrently(20) { till in
        while true {
          let record = try await saga.findOrder(.init(key: .orderID("ord_1"))).record
          do {
            return try await saga.createReturn(
              sale.returning("ret_\(till)", [1: 2], revision: record?.revision ?? 0)
            ).created
          } catch let error as RPCError where error.code == .aborted {
            continue
          }
        }
      }
      #expect(results.yesCount == 1)
      #expect(results.reasons() == Array(repeating: "RETURN_EXCEEDS_SOLD", count: 19))
      #expect(try await fixture.order("ord_1").lines[0].returnedQuantity == 2)
    }
  }

  @Test func `a return computed from an older revision is told to read again`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = try await completedSale(fixture, quantity: 3)
      let revision = try await fixture.record("ord_1").revision
      _ = try await fixture.saga.createReturn(sale.returning("ret_1", [1: 1], revision: revision))
      let error = await expectRefusal(.aborted, "ORDER_CHANGED") {
        try await fixture.saga.createReturn(sale.returning("ret_2", [1: 1], revision: revision))
      }
      #expect(error?.metadata["revision"] == String(revision + 1))
    }
  }

  @Test func `the same return sent 50 times at once is one return`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = try await completedSale(fixture, quantity: 3)
      let revision = try await fixture.record("ord_1").revision
      let results = await concurrently(50) { index in
        var request = sale.returning("ret_\(index)", [1: 1], revision: revision)
        request.key?.requestID = "the same"
        return try await fixture.saga.createReturn(request)
      }
      let responses = try results.map { try $0.get() }
      #expect(responses.filter(\.created).count == 1)
      #expect(Set(responses.map { $0.record?.orderReturn?.returnID }).count == 1)
      #expect(try await fixture.order("ord_1").lines[0].returnedQuantity == 1)
    }
  }

  @Test func `completing a return 50 times at once books once and every caller gets the first reply`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = try await completedSale(fixture, quantity: 3)
      _ = try await fixture.saga.createReturn(
        sale.returning("ret_1", [1: 3], revision: try await fixture.record("ord_1").revision))
      let results = await concurrently(50) { index in
        try await fixture.saga.completeReturn(
          .init(returnID: "ret_1", reply: [UInt8(index)], pointsTakenBack: Int64(index))
        ).record
      }
      let records = try results.map { try $0.get() }
      #expect(records.allSatisfy { $0 == records[0] })
      #expect(try await fixture.level(of: fixture.productIDs[0], at: fixture.strictStoreID).onHand == 10)
    }
  }

  @Test func `a return is found by its key and by its id`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = try await completedSale(fixture, quantity: 3)
      let request = sale.returning("ret_1", [1: 1], revision: try await fixture.record("ord_1").revision)
      let key = try #require(request.key)
      #expect(try await fixture.saga.findReturn(.init(key: .requestKey(key))).record == nil)
      #expect(try await fixture.saga.findReturn(.init(key: .returnID("ret_1"))).record == nil)
      let record = try await fixture.saga.createReturn(request).record
      #expect(try await fixture.saga.findReturn(.init(key: .requestKey(key))).record == record)
      #expect(try await fixture.saga.findReturn(.init(key: .returnID("ret_1"))).record == record)
      var reused = request
      reused.key?.bodyHash = [0]
      await expectRefusal(.alreadyExists, "REQUEST_ID_REUSED") { try await fixture.saga.createReturn(reused) }
      await expectRefusal(.notFound, "RETURN_NOT_FOUND") {
        try await fixture.saga.completeReturn(SampleSale.completeReturn("ret_none"))
      }
    }
  }

  @Test func `when a return is due is counted by inventory's clock`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = try await completedSale(fixture, quantity: 3)
      var request = sale.returning("ret_1", [1: 1], revision: try await fixture.record("ord_1").revision)
      request.orderReturn?.createTime = .init(fixture.now.addingTimeInterval(-3_600))
      #expect(try await fixture.saga.createReturn(request).record?.orderReturn?.createTime?.date == fixture.now)
      let lease = InventoryV1.LeaseDueWorkRequest(
        leaseOwner: "a", leaseDuration: .init(seconds: 30), stalledAfter: .init(seconds: 10), limit: 1)
      #expect(try await fixture.saga.leaseDueWork(lease).returnIDs.isEmpty)
    }
  }

  @Test func `goods may come back to another store`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = try await completedSale(fixture, quantity: 3)
      var request = sale.returning("ret_1", [1: 1], revision: try await fixture.record("ord_1").revision)
      request.orderReturn?.storeID = fixture.lenientStoreID
      _ = try await fixture.saga.createReturn(request)
      _ = try await fixture.saga.completeReturn(SampleSale.completeReturn("ret_1"))
      #expect(try await fixture.level(of: fixture.productIDs[0], at: fixture.lenientStoreID).onHand == 1)
      #expect(try await fixture.level(of: fixture.productIDs[0], at: fixture.strictStoreID).onHand == 7)
    }
  }

  @Test(arguments: [OrderState.pending, .committing, .cancelling, .cancelled])
  func `only a completed order is returned`(state: OrderState) async throws {
    try await InventoryFixture.with { fixture in
      let sale = SampleSale("ord_1", at: fixture.lenientStoreID, [(fixture.productIDs[0], 1)], now: fixture.now)
      try await fixture.makeOrder(state, sale)
      await expectRefusal(.failedPrecondition, "ORDER_NOT_COMPLETED") {
        try await fixture.saga.createReturn(
          sale.returning("ret_1", [1: 1], revision: try await fixture.record("ord_1").revision))
      }
    }
  }

  @Test func `a refund is never more than was paid, by order or by tender, and is the sum of its parts`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = try await completedSale(fixture, quantity: 3)
      let revision = try await fixture.record("ord_1").revision
      var dear = sale.returning("ret_1", [1: 1], revision: revision)
      dear.orderReturn?.refundAmount = SampleSale.money(sale.amountDue + 1)
      dear.orderReturn?.refunds = [.init(kind: .cash, amount: SampleSale.money(sale.amountDue + 1))]
      await expectRefusal(.failedPrecondition, "REFUND_EXCEEDS_PAID") { try await fixture.saga.createReturn(dear) }
      var otherTender = sale.returning("ret_1", [1: 1], revision: revision)
      otherTender.orderReturn?.refunds = [.init(kind: .card, amount: SampleSale.money(1_000))]
      await expectRefusal(.failedPrecondition, "REFUND_EXCEEDS_PAID") { try await fixture.saga.createReturn(otherTender) }
      var unequal = sale.returning("ret_1", [1: 1], revision: revision)
      unequal.orderReturn?.refunds = [.init(kind: .cash, amount: SampleSale.money(999))]
      await expectRefusal(.invalidArgument, "REFUNDS_DO_NOT_SUM") { try await fixture.saga.createReturn(unequal) }
      #expect(try await fixture.record("ord_1").revision == revision)
    }
  }

  @Test(arguments: [
    ([9: 1] as [Int32: Int64], StatusCode.notFound, "LINE_NOT_FOUND"), ([1: 0], .invalidArgument, "RETURN_QUANTITY_INVALID"),
    ([1: -1], .invalidArgument, "INVALID_FIELDS"), ([:], .invalidArgument, "INVALID_FIELDS"),
  ])
  func `lines that cannot be are refused`(quantities: [Int32: Int64], code: StatusCode, reason: String) async throws {
    try await InventoryFixture.with { fixture in
      let sale = try await completedSale(fixture, quantity: 3)
      let revision = try await fixture.record("ord_1").revision
      var request = sale.returning("ret_1", quantities, revision: revision)
      // The refund is not what is wrong here.
      request.orderReturn?.refundAmount = SampleSale.money(0)
      request.orderReturn?.refunds = []
      await expectRefusal(code, reason) { try await fixture.saga.createReturn(request) }
    }
  }

  /// Of ten on the shelf, `quantity` are sold.
  private func completedSale(_ fixture: InventoryFixture, quantity: Int64) async throws -> SampleSale {
    try await fixture.receive(10, of: fixture.productIDs[0], at: fixture.strictStoreID)
    let sale = SampleSale("ord_1", at: fixture.strictStoreID, [(fixture.productIDs[0], quantity)], now: fixture.now)
    try await fixture.makeOrder(.completed, sale)
    return sale
  }
}
