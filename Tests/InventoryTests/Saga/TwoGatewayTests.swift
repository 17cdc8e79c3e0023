import Foundation
import PatronAPI
import RPC
import Testing

@testable import Inventory

/// Two gateways at one order: one holds it, the other could not. What a till was told stays.
@Suite struct TwoGatewayTests {
  @Test func `the first reply to Begin that a hold brings is kept, and every gateway learns it`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = sale(fixture)
      _ = try await fixture.saga.createOrder(sale.request)
      #expect(try await fixture.saga.recordHold(sale.recordHold).beginReply == sale.recordHold.beginReply)
      let second = try await fixture.saga.recordHold(.init(orderID: "ord_1", beginReply: [9]))
      #expect(second.beginReply == sale.recordHold.beginReply)
      #expect(try await fixture.record("ord_1").beginReply == sale.recordHold.beginReply)
    }
  }

  @Test func `a hold that comes after the cancel brings no reply`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = sale(fixture)
      try await fixture.makeOrder(.cancelling, sale)
      let late = try await fixture.saga.recordHold(sale.recordHold)
      #expect(late.state == .cancelling && late.beginReply.isEmpty)
    }
  }

  @Test func `a gateway that could not hold does not cancel what another one holds, and frees no key`() async throws {
    try await InventoryFixture.with { fixture in
      let sale = sale(fixture)
      _ = try await fixture.saga.createOrder(sale.request)
      _ = try await fixture.saga.recordHold(sale.recordHold)
      var giveUp = sale.cancel
      giveUp.releasesRequestKey = true
      giveUp.onlyIfNotHeld = true
      let response = try await fixture.saga.decideOrder(giveUp)
      #expect(!response.decided)
      #expect(response.record?.order?.state == .pending && response.record?.held == true)
      #expect(try await fixture.saga.findOrder(.init(key: .requestKey(sale.key))).record?.order?.orderID == "ord_1")
    }
  }

  @Test func `an expiry frees the key of an order that nobody held, and never of one that was held`() async throws {
    try await InventoryFixture.with { fixture in
      let held = sale(fixture)
      let opening = SampleSale("ord_2", at: fixture.lenientStoreID, [(fixture.productIDs[0], 1)], now: fixture.now)
      for sale in [held, opening] { _ = try await fixture.saga.createOrder(sale.request) }
      _ = try await fixture.saga.recordHold(held.recordHold)
      fixture.service.clock.set(held.holdExpireTime)
      for sale in [held, opening] {
        var expire = sale.cancel
        expire.onlyIfExpired = true
        expire.releasesRequestKey = true
        #expect(try await fixture.saga.decideOrder(expire).decided)
      }
      #expect(try await fixture.saga.findOrder(.init(key: .requestKey(held.key))).record?.order?.orderID == "ord_1")
      #expect(try await fixture.saga.findOrder(.init(key: .requestKey(opening.key))).record == nil)
    }
  }

  @Test(arguments: 0..<10)
  func `of a hold and a give-up sent at once one wins, and a reply is given only for a hold that stands`(round: Int) async throws {
    try await InventoryFixture.with { fixture in
      let sale = sale(fixture)
      _ = try await fixture.saga.createOrder(sale.request)
      var giveUp = sale.cancel
      giveUp.onlyIfNotHeld = true
      giveUp.releasesRequestKey = true
      let cancel = giveUp
      let results = await concurrently(10) { index in
        if (index + round).isMultiple(of: 2) {
          return try await fixture.saga.recordHold(sale.recordHold).beginReply.isEmpty ? "" : "told OK"
        }
        return try await fixture.saga.decideOrder(cancel).decided ? "cancelled" : ""
      }
      let outcomes = Set(try results.map { try $0.get() }).subtracting([""])
      #expect(outcomes.count == 1, "\(outcomes)")
      #expect(try await fixture.order("ord_1").state == (outcomes == ["told OK"] ? .pending : .cancelling))
    }
  }

  private func sale(_ fixture: InventoryFixture) -> SampleSale {
    SampleSale("ord_1", at: fixture.lenientStoreID, [(fixture.productIDs[0], 2)], now: fixture.now)
  }
}
