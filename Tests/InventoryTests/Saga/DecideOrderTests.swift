import Foundation
import PatronAPI
import RPC
import Testing

@testable import Inventory

@Suite struct DecideOrderTests {
  @Test func `a commit before the holds are recorded is refused, and after it is made`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = sale(fixture)
      _ = try await fixture.saga.createOrder(sale.request)
      var commit = sale.commit
      commit.recordsHold = false
      await expectRefusal(.failedPrecondition, "ORDER_NOT_HELD") { try await fixture.saga.decideOrder(commit) }
      #expect(try await fixture.saga.recordHold(.init(orderID: "ord_1")).state == .pending)
      #expect(try await fixture.record("ord_1").held)
      let response = try await fixture.saga.decideOrder(commit)
      #expect(response.decided)
      #expect(response.record?.order?.state == .committing)
      #expect(response.record?.order?.tenders == sale.tenders)
      #expect(response.record?.endKey == sale.endKey.asKept)
    }
  }

  @Test func `a hold that is recorded again changes nothing`() async throws {
    try await InventoryFixture.with { fixture in
      _ = try await fixture.saga.createOrder(sale(fixture).request)
      let results = await concurrently(50) { _ in try await fixture.saga.recordHold(.init(orderID: "ord_1")).state }
      let states = try results.map { try $0.get() }
      #expect(states == Array(repeating: .pending, count: 50))
      #expect(try await fixture.record("ord_1").revision == 2)
    }
  }

  @Test(arguments: [OrderState.committing, .completed, .cancelling, .cancelled])
  func `a hold recorded after the decision learns the state`(state: OrderState) async throws {
    try await InventoryFixture.with { fixture in
      try await fixture.makeOrder(state, sale(fixture))
      let before = try await fixture.record("ord_1")
      #expect(try await fixture.saga.recordHold(.init(orderID: "ord_1")).state == before.order?.state)
      #expect(try await fixture.record("ord_1") == before)
    }
  }

  @Test(arguments: 0..<10)
  func `of commits and cancels sent at once exactly one decides`(round: Int) async throws {
    try await InventoryFixture.with { fixture in
      let sale = sale(fixture)
      _ = try await fixture.saga.createOrder(sale.request)
      let results = await concurrently(50) { index in
        try await fixture.saga.decideOrder((index + round).isMultiple(of: 2) ? sale.commit : sale.cancel)
      }
      let responses = try results.map { try $0.get() }
      #expect(responses.filter(\.decided).count == 1)
      #expect(Set(responses.map { $0.record?.order?.state }).count == 1)
      let state = try await fixture.order("ord_1").state
      #expect(state == .committing || state == .cancelling)
    }
  }

  @Test(arguments: [OrderState.committing, .completed, .cancelling, .cancelled])
  func `a decided order answers what was decided, whatever is asked`(state: OrderState) async throws {
    try await InventoryFixture.with { fixture in
      let sale = sale(fixture)
      try await fixture.makeOrder(state, sale)
      let before = try await fixture.record("ord_1")
      var cancel = sale.cancel
      cancel.releasesRequestKey = true
      for request in [sale.commit, sale.cancel, cancel] {
        let response = try await fixture.saga.decideOrder(request)
        #expect(!response.decided)
        #expect(response.record == before)
      }
    }
  }

  // MARK: Tenders

  @Test func `tenders that fall short, or exceed, are refused and nothing is decided`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = sale(fixture)
      _ = try await fixture.saga.createOrder(sale.request)
      for amount in [sale.amountDue - 1, sale.amountDue + 1] {
        var commit = sale.commit
        commit.tenders = [.init(kind: .cash, amount: SampleSale.money(amount))]
        await expectRefusal(.invalidArgument, "TENDERS_DO_NOT_SUM") { try await fixture.saga.decideOrder(commit) }
      }
      #expect(try await fixture.order("ord_1").state == .pending)
    }
  }

  @Test func `tenders are kept in full, with change and points`() async throws {
    try await InventoryFixture.with { fixture in
      var sale = sale(fixture)
      sale.heldTenders = [.init(kind: .points, amount: SampleSale.money(500), points: 50)]
      let created = try await fixture.saga.createOrder(sale.request)
      #expect(created.record?.order?.pointsSpent == 50)
      var commit = sale.commit
      commit.tenders = [
        sale.heldTenders[0],
        .init(
          kind: .cash, amount: SampleSale.money(400), tendered: SampleSale.money(500), change: SampleSale.money(100)),
        .init(kind: .card, amount: SampleSale.money(sale.amountDue - 900), externalReference: "terminal 7"),
      ]
      _ = try await fixture.saga.decideOrder(commit)
      let order = try #require(try await fixture.saga.completeOrder(sale.complete).record?.order)
      #expect(order.tenders == commit.tenders)
      #expect(order.pointsSpent == 50)
      #expect(order.pointsEarned == 20)
    }
  }

  @Test func `points that were not held cannot pay`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = sale(fixture)
      _ = try await fixture.saga.createOrder(sale.request)
      var commit = sale.commit
      commit.tenders = [
        .init(kind: .points, amount: SampleSale.money(500), points: 50),
        .init(kind: .cash, amount: SampleSale.money(sale.amountDue - 500)),
      ]
      await expectRefusal(.invalidArgument, "HELD_TENDERS_CHANGED") { try await fixture.saga.decideOrder(commit) }
    }
  }

  @Test func `tenders in another currency are refused`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = sale(fixture)
      _ = try await fixture.saga.createOrder(sale.request)
      var commit = sale.commit
      commit.tenders = [.init(kind: .cash, amount: TypeV1.Money(sale.amountDue, "EUR"))]
      await expectRefusal(.invalidArgument, "CURRENCY_MISMATCH") { try await fixture.saga.decideOrder(commit) }
    }
  }

  // MARK: Keys

  @Test func `the key that ended an order finds it, and is refused with another body or for another order`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = sale(fixture)
      try await fixture.makeOrder(.committing, sale)
      #expect(try await fixture.saga.findOrder(.init(key: .requestKey(sale.endKey))).record?.order?.orderID == "ord_1")
      var reused = sale.commit
      reused.endKey?.bodyHash = [8]
      await expectRefusal(.alreadyExists, "REQUEST_ID_REUSED") { try await fixture.saga.decideOrder(reused) }
      let other = SampleSale("ord_2", at: fixture.lenientStoreID, [(fixture.productIDs[0], 1)], now: fixture.now)
      _ = try await fixture.saga.createOrder(other.request)
      var stolen = other.commit
      stolen.endKey = sale.endKey
      await expectRefusal(.alreadyExists, "REQUEST_ID_REUSED") { try await fixture.saga.decideOrder(stolen) }
      #expect(try await fixture.order("ord_2").state == .pending)
    }
  }

  @Test func `one call may begin an order and end it`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = sale(fixture)
      _ = try await fixture.saga.createOrder(sale.request)
      var commit = sale.commit
      commit.endKey = sale.key
      let record = try await fixture.saga.decideOrder(commit).record
      #expect(record?.beginKey == sale.key.asKept && record?.endKey == sale.key.asKept)
    }
  }

  @Test func `a refused hold frees the request key, so that a retry starts anew`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = sale(fixture)
      _ = try await fixture.saga.createOrder(sale.request)
      var cancel = sale.cancel
      cancel.cancelReason = "INSUFFICIENT_POINTS"
      cancel.cancelMessage = "30 points are missing"
      cancel.releasesRequestKey = true
      cancel.endKey = sale.key
      let record = try #require(try await fixture.saga.decideOrder(cancel).record)
      #expect(record.beginKey == nil && record.endKey == nil)
      #expect(record.cancelCode == 9 && record.cancelMessage == "30 points are missing")
      #expect(record.order?.cancelReason == "INSUFFICIENT_POINTS")
      #expect(try await fixture.saga.findOrder(.init(key: .requestKey(sale.key))).record == nil)
      var retry = sale
      retry.orderID = "ord_2"
      #expect(try await fixture.saga.createOrder(retry.request).created)
    }
  }

  @Test func `an abandoned order keeps its keys: the same request is answered by it for ever`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = sale(fixture)
      try await fixture.makeOrder(.cancelled, sale)
      var again = sale
      again.orderID = "ord_2"
      let response = try await fixture.saga.createOrder(again.request)
      #expect(!response.created)
      #expect(response.record?.order?.orderID == "ord_1")
    }
  }

  // MARK: Expiry

  @Test func `an order expires at the instant of its expiry, not before`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = sale(fixture)
      _ = try await fixture.saga.createOrder(sale.request)
      var expire = sale.cancel
      expire.onlyIfExpired = true
      fixture.service.clock.set(sale.holdExpireTime.addingTimeInterval(-0.000_001))
      let early = try await fixture.saga.decideOrder(expire)
      #expect(!early.decided)
      #expect(early.record?.order?.state == .pending)
      fixture.service.clock.set(sale.holdExpireTime)
      let due = try await fixture.saga.decideOrder(expire)
      #expect(due.decided)
      #expect(due.record?.order?.state == .cancelling)
    }
  }

  @Test func `an order past its expiry that nobody cancelled may still be completed`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = sale(fixture)
      _ = try await fixture.saga.createOrder(sale.request)
      fixture.service.clock.set(sale.holdExpireTime.addingTimeInterval(60))
      #expect(try await fixture.saga.decideOrder(sale.commit).decided)
    }
  }

  @Test func `an unknown order is not found, by any call`() async throws {
    try await InventoryFixture.with { fixture in
      var sale = sale(fixture)
      sale.orderID = "ord_none"
      let saga = fixture.saga
      await expectRefusal(.notFound, "ORDER_NOT_FOUND") { try await saga.decideOrder(sale.commit) }
      await expectRefusal(.notFound, "ORDER_NOT_FOUND") { try await saga.recordHold(.init(orderID: "ord_none")) }
      await expectRefusal(.notFound, "ORDER_NOT_FOUND") { try await saga.completeOrder(sale.complete) }
      await expectRefusal(.notFound, "ORDER_NOT_FOUND") { try await saga.cancelOrder(.init(orderID: "ord_none")) }
      await expectRefusal(.notFound, "ORDER_NOT_FOUND") {
        try await saga.extendOrder(.init(requestID: "e", orderID: "ord_none", holdLifetime: .init(seconds: 60)))
      }
      await expectRefusal(.notFound, "ORDER_NOT_FOUND") {
        try await saga.createReturn(sale.returning("ret_1", [1: 1], revision: 1))
      }
      await expectRefusal(.notFound, "ORDER_NOT_FOUND") { try await fixture.order("ord_none") }
      let found = try await saga.findOrder(.init(key: .orderID("ord_none")))
      #expect(found.record == nil)
    }
  }

  private func sale(_ fixture: InventoryFixture) -> SampleSale {
    SampleSale("ord_1", at: fixture.lenientStoreID, [(fixture.productIDs[0], 2)], now: fixture.now)
  }
}
