import Foundation
import GoogleProto
import PatronAPI
import RPC
import Testing

@testable import Inventory

@Suite struct ExtendOrderTests {
  @Test func `a lifetime counts from now, and a repeat answers the same instant`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = SampleSale("ord_1", at: fixture.lenientStoreID, [(fixture.productIDs[0], 2)], now: fixture.now)
      _ = try await fixture.saga.createOrder(sale.request)
      fixture.service.clock.advance(by: .seconds(600))
      let request = InventoryV1.ExtendOrderRequest(requestID: "e", orderID: "ord_1", holdLifetime: .init(seconds: 900))
      let first = try await fixture.saga.extendOrder(request)
      #expect(first.order?.holdExpireTime?.date == fixture.now.addingTimeInterval(900))
      fixture.service.clock.advance(by: .seconds(60))
      #expect(try await fixture.saga.extendOrder(request) == first)
      #expect(try await fixture.order("ord_1") == first.order)
      var other = request
      other.holdLifetime = .init(seconds: 901)
      await expectRefusal(.alreadyExists, "REQUEST_ID_REUSED") { try await fixture.saga.extendOrder(other) }
    }
  }

  @Test func `a hold is never shortened`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = SampleSale("ord_1", at: fixture.lenientStoreID, [(fixture.productIDs[0], 2)], now: fixture.now)
      _ = try await fixture.saga.createOrder(sale.request)
      let response = try await fixture.saga.extendOrder(
        .init(
          requestID: "e", orderID: "ord_1",
          holdExpireTime: GoogleProtobuf.Timestamp(sale.holdExpireTime.addingTimeInterval(-1))))
      #expect(response.order?.holdExpireTime?.date == sale.holdExpireTime)
    }
  }

  @Test(arguments: [OrderState.committing, .completed, .cancelling, .cancelled])
  func `a decided order is not open`(state: OrderState) async throws {
    try await InventoryFixture.with { fixture in
      let sale = SampleSale("ord_1", at: fixture.lenientStoreID, [(fixture.productIDs[0], 2)], now: fixture.now)
      try await fixture.makeOrder(state, sale)
      await expectRefusal(.failedPrecondition, "ORDER_NOT_OPEN") {
        try await fixture.saga.extendOrder(.init(requestID: "e", orderID: "ord_1", holdLifetime: .init(seconds: 60)))
      }
    }
  }

  @Test(
    arguments: [
      (nil, nil), (GoogleProtobuf.Duration(seconds: 60), 60.0), (GoogleProtobuf.Duration(seconds: 0), nil),
      (GoogleProtobuf.Duration(seconds: 86_401), nil), (nil, 0.0), (nil, -1.0), (nil, 86_401.0),
    ] as [(GoogleProtobuf.Duration?, TimeInterval?)])
  func `neither, both, the past and the far future are refused`(
    lifetime: GoogleProtobuf.Duration?, secondsAhead: TimeInterval?
  ) async throws {
    try await InventoryFixture.with { fixture in
      let sale = SampleSale("ord_1", at: fixture.lenientStoreID, [(fixture.productIDs[0], 2)], now: fixture.now)
      _ = try await fixture.saga.createOrder(sale.request)
      await expectRefusal(.invalidArgument, "INVALID_FIELDS") {
        try await fixture.saga.extendOrder(
          .init(
            requestID: "e", orderID: "ord_1",
            holdExpireTime: secondsAhead.map { GoogleProtobuf.Timestamp(fixture.now.addingTimeInterval($0)) },
            holdLifetime: lifetime))
      }
    }
  }

  @Test func `an extension before the expiry is acted on keeps the order open`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = SampleSale("ord_1", at: fixture.lenientStoreID, [(fixture.productIDs[0], 2)], now: fixture.now)
      _ = try await fixture.saga.createOrder(sale.request)
      fixture.service.clock.set(sale.holdExpireTime)
      _ = try await fixture.saga.extendOrder(.init(requestID: "e", orderID: "ord_1", holdLifetime: .init(seconds: 60)))
      var expire = sale.cancel
      expire.onlyIfExpired = true
      #expect(try await fixture.saga.decideOrder(expire).decided == false)
    }
  }
}
