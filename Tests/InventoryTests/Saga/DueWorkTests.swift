import Foundation
import GoogleProto
import PatronAPI
import RPC
import Testing

@testable import Inventory

@Suite struct DueWorkTests {
  @Test func `an order is due at the instant of its expiry, not before`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = sale(fixture, "ord_1")
      _ = try await fixture.saga.createOrder(sale.request)
      fixture.service.clock.set(sale.holdExpireTime.addingTimeInterval(-0.000_001))
      #expect(try await lease(fixture, "a").orderIDs.isEmpty)
      fixture.service.clock.set(sale.holdExpireTime)
      let work = try await lease(fixture, "a")
      #expect(work.orderIDs == ["ord_1"])
      #expect(try await fixture.record("ord_1").plan == sale.request.plan)
    }
  }

  @Test func `work leased to one gateway is not given to another, until the lease lapses`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = sale(fixture, "ord_1")
      _ = try await fixture.saga.createOrder(sale.request)
      fixture.service.clock.set(sale.holdExpireTime)
      #expect(try await lease(fixture, "a").orderIDs.count == 1)
      #expect(try await lease(fixture, "b").orderIDs.isEmpty)
      #expect(try await lease(fixture, "a").orderIDs.isEmpty)
      fixture.service.clock.advance(by: .seconds(29))
      #expect(try await lease(fixture, "b").orderIDs.isEmpty)
      fixture.service.clock.advance(by: .seconds(1))
      #expect(try await lease(fixture, "b").orderIDs.count == 1)
      #expect(try await lease(fixture, "a").orderIDs.isEmpty)
    }
  }

  @Test func `of many gateways that ask at once each order goes to one`() async throws {
    try await InventoryFixture.with { fixture in
      for index in 0..<30 { _ = try await fixture.saga.createOrder(sale(fixture, "ord_\(index)").request) }
      fixture.service.clock.advance(by: .seconds(900))
      let results = await concurrently(20) { index in
        try await self.lease(fixture, "gateway \(index)", limit: 2).orderIDs
      }
      let leased = try results.flatMap { try $0.get() }
      #expect(leased.count == 30)
      #expect(Set(leased).count == 30)
    }
  }

  @Test(arguments: [OrderState.committing, .cancelling])
  func `a decided order is due once it has stalled`(state: OrderState) async throws {
    try await InventoryFixture.with { fixture in
      let sale = sale(fixture, "ord_1")
      try await fixture.makeOrder(state, sale)
      fixture.service.clock.advance(by: .seconds(9))
      #expect(try await lease(fixture, "a").orderIDs.isEmpty)
      fixture.service.clock.advance(by: .seconds(1))
      #expect(try await lease(fixture, "a").orderIDs == ["ord_1"])
    }
  }

  @Test(arguments: [OrderState.completed, .cancelled])
  func `an ended order is never due`(state: OrderState) async throws {
    try await InventoryFixture.with { fixture in
      try await fixture.makeOrder(state, sale(fixture, "ord_1"))
      fixture.service.clock.advance(by: .seconds(100_000))
      let work = try await lease(fixture, "a")
      #expect(work.orderIDs.isEmpty && work.returnIDs.isEmpty)
    }
  }

  @Test func `a decision starts the clock anew, whoever holds the lease`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = sale(fixture, "ord_1")
      _ = try await fixture.saga.createOrder(sale.request)
      fixture.service.clock.set(sale.holdExpireTime)
      #expect(try await lease(fixture, "a").orderIDs.count == 1)
      // The till was faster than the gateway that came to expire it, and its own gateway then dies.
      _ = try await fixture.saga.decideOrder(sale.commit)
      fixture.service.clock.advance(by: .seconds(10))
      #expect(try await lease(fixture, "b").orderIDs == ["ord_1"])
    }
  }

  @Test func `a return is due once it has stalled, and not when it has ended`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = sale(fixture, "ord_1")
      try await fixture.makeOrder(.completed, sale)
      let request = sale.returning("ret_1", [1: 1], revision: try await fixture.record("ord_1").revision)
      _ = try await fixture.saga.createReturn(request)
      #expect(try await lease(fixture, "a").returnIDs.isEmpty)
      fixture.service.clock.advance(by: .seconds(10))
      let work = try await lease(fixture, "a")
      #expect(work.returnIDs == ["ret_1"])
      #expect(try await lease(fixture, "b").returnIDs.isEmpty)
      _ = try await fixture.saga.completeReturn(SampleSale.completeReturn("ret_1"))
      fixture.service.clock.advance(by: .seconds(100_000))
      #expect(try await lease(fixture, "b").returnIDs.isEmpty)
    }
  }

  @Test func `an extension moves the instant at which an order is due`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = sale(fixture, "ord_1")
      _ = try await fixture.saga.createOrder(sale.request)
      _ = try await fixture.saga.extendOrder(
        .init(requestID: "e", orderID: "ord_1", holdLifetime: .init(seconds: 1_800)))
      fixture.service.clock.advance(by: .seconds(1_799))
      #expect(try await lease(fixture, "a").orderIDs.isEmpty)
      fixture.service.clock.advance(by: .seconds(1))
      #expect(try await lease(fixture, "a").orderIDs.count == 1)
    }
  }

  @Test func `a lease changes nothing of an order`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = sale(fixture, "ord_1")
      _ = try await fixture.saga.createOrder(sale.request)
      let before = try await fixture.record("ord_1")
      fixture.service.clock.advance(by: .seconds(900))
      #expect(try await lease(fixture, "a").orderIDs == ["ord_1"])
      #expect(try await fixture.record("ord_1") == before)
    }
  }

  @Test func `orders of the largest size are leased in a small answer, and each fits a message`() async throws {
    try await InventoryFixture.with { fixture in
      let goods = (0..<2_000).map { (productID: fixture.productIDs[$0 % 5], quantity: Int64(1)) }
      for index in 0..<3 {
        var sale = SampleSale("ord_\(index)", at: fixture.lenientStoreID, goods, now: fixture.now)
        for line in sale.lines.indices { sale.lines[line].name = String(repeating: "n", count: 120) }
        _ = try await fixture.saga.createOrder(sale.request)
        _ = try await fixture.saga.recordHold(sale.recordHold)
      }
      fixture.service.clock.advance(by: .seconds(900))
      let work = try await lease(fixture, "a")
      #expect(work.orderIDs.count == 3)
      #expect(work.encoded().count < 1_000)
      for orderID in work.orderIDs { #expect(try await fixture.record(orderID).encoded().count < 4 * 1024 * 1024) }
    }
  }

  private static let impossibleLeases: [@Sendable (inout InventoryV1.LeaseDueWorkRequest) -> Void] = [
    { $0.leaseOwner = "" }, { $0.limit = 0 }, { $0.limit = 101 }, { $0.leaseDuration = nil }, { $0.stalledAfter = nil },
    { $0.leaseDuration = .init(seconds: 3_601) }, { $0.stalledAfter = .init(seconds: -1) },
  ]

  @Test(arguments: impossibleLeases)
  func `a lease that cannot be is refused`(
    change: @Sendable (inout InventoryV1.LeaseDueWorkRequest) -> Void
  ) async throws {
    try await InventoryFixture.with { fixture in
      var request = leaseRequest("a", limit: 10)
      change(&request)
      await expectRefusal(.invalidArgument, "INVALID_FIELDS") { try await fixture.saga.leaseDueWork(request) }
    }
  }

  /// Leases for 30 s what has stalled for 10 s.
  private func lease(
    _ fixture: InventoryFixture, _ owner: String, limit: Int32 = 100
  ) async throws -> InventoryV1.LeaseDueWorkResponse {
    try await fixture.saga.leaseDueWork(leaseRequest(owner, limit: limit))
  }

  private func leaseRequest(_ owner: String, limit: Int32) -> InventoryV1.LeaseDueWorkRequest {
    InventoryV1.LeaseDueWorkRequest(
      leaseOwner: owner, leaseDuration: .init(seconds: 30), stalledAfter: .init(seconds: 10), limit: limit)
  }

  private func sale(_ fixture: InventoryFixture, _ orderID: String) -> SampleSale {
    SampleSale(orderID, at: fixture.lenientStoreID, [(fixture.productIDs[0], 1)], now: fixture.now)
  }
}
