import Foundation
import PatronAPI
import RPC
import Testing

@testable import Inventory

/// Random calls in random order, many of them out of place, against the books. Whatever happens, verify finds nothing, no strict
/// shelf goes below zero, and every order ends in one way only. A failing seed is printed; add it to `seeds`.
@Suite struct RandomHistoryTests {
  private static let seeds: [UInt64] = [1, 2, 3, 20_261_122] + [UInt64.random(in: 0...UInt64.max)]
  private static let calls = 300
  private static let orders = 12

  @Test(arguments: seeds)
  func `no history of calls leaves books that do not add up`(seed: UInt64) async throws {
    try await InventoryFixture.with { fixture in
      var history = History(fixture: fixture, random: SeededGenerator(seed: seed))
      try await history.stock()
      var decided: [String: OrderState] = [:]
      for _ in 0..<Self.calls {
        try await history.callSomething()
        for (orderID, state) in try await history.states() {
          if let before = decided[orderID] {
            #expect(
              before == state || (before, state) == (.committing, .completed) || (before, state) == (.cancelling, .cancelled),
              "seed \(seed): \(orderID) went from \(before) to \(state)")
          }
          if state != .pending { decided[orderID] = state }
        }
      }
      #expect(try await fixture.saga.verify(.init()).differences == [], "seed \(seed)")
      for level in try await fixture.inventory.listStock(.init(storeID: fixture.strictStoreID)).levels {
        #expect(level.onHand >= 0 && level.available >= 0, "seed \(seed)")
      }
      #expect(history.accepted > Self.calls / 4, "seed \(seed): too little was accepted to prove anything")
    }
  }

  private struct History {
    let fixture: InventoryFixture
    var random: SeededGenerator
    var sales: [SampleSale] = []
    var returnIDs: [String] = []
    var accepted = 0

    init(fixture: InventoryFixture, random: SeededGenerator) {
      self.fixture = fixture
      self.random = random
    }

    mutating func stock() async throws {
      for productID in fixture.productIDs {
        try await fixture.receive(Int64.random(in: 1...20, using: &random), of: productID, at: fixture.strictStoreID)
      }
    }

    mutating func callSomething() async throws {
      do {
        try await call(Int.random(in: 0..<11, using: &random))
        accepted += 1
      } catch let error as RPCError {
        // A refusal is an answer. A failure is not.
        #expect(error.reason != nil, "\(error)")
      }
    }

    func states() async throws -> [(String, OrderState)] {
      try await fixture.inventory.listOrders(.init()).orders.map {
        ($0.orderID, try #require(try OrderMessages.state($0.state, "state")))
      }
    }

    private mutating func call(_ kind: Int) async throws {
      let saga = fixture.saga
      if sales.isEmpty || (kind < 3 && sales.count < RandomHistoryTests.orders) {
        sales.append(newSale())
        _ = try await saga.createOrder(sales[sales.count - 1].request)
        return
      }
      let sale = sales[Int.random(in: 0..<sales.count, using: &random)]
      switch kind {
      case 0: _ = try await saga.createOrder(sale.request)
      case 1: _ = try await saga.recordHold(.init(orderID: sale.orderID))
      case 2, 3:
        var commit = sale.commit
        commit.recordsHold = Bool.random(using: &random)
        _ = try await saga.decideOrder(commit)
      case 4: try await cancel(sale)
      case 5, 6: _ = try await saga.completeOrder(sale.complete)
      case 7: _ = try await saga.cancelOrder(.init(orderID: sale.orderID))
      case 8: try await createReturn(of: sale)
      case 9:
        guard let returnID = returnIDs.randomElement(using: &random) else { return }
        _ = try await saga.completeReturn(SampleSale.completeReturn(returnID))
      default:
        let quantity = [-2, -1, 1, 2].randomElement(using: &random) ?? 1
        try await fixture.receive(
          Int64(quantity), of: sale.lines[0].productID, at: sale.storeID,
          requestID: "receipt \(UInt64.random(in: 0...UInt64.max, using: &random))")
        fixture.service.clock.advance(by: .seconds(60))
      }
    }

    private mutating func newSale() -> SampleSale {
      let store = Bool.random(using: &random) ? fixture.strictStoreID : fixture.lenientStoreID
      let goods = (0..<Int.random(in: 1...4, using: &random)).map { _ in
        (
          productID: fixture.productIDs[Int.random(in: 0..<fixture.productIDs.count, using: &random)],
          quantity: Int64.random(in: 1...3, using: &random)
        )
      }
      var sale = SampleSale("ord_\(sales.count)", at: store, goods, now: fixture.now)
      if Bool.random(using: &random) { sale.lines.append(SampleSale.adjustment(Int32(sale.lines.count + 1))) }
      if Bool.random(using: &random) { sale.quoteID = "quo_\(Int.random(in: 0..<4, using: &random))" }
      if Bool.random(using: &random) {
        sale.heldTenders = [TypeV1.Tender(kind: .points, amount: SampleSale.money(100), points: 10)]
      }
      return sale
    }

    private mutating func cancel(_ sale: SampleSale) async throws {
      var cancel = sale.cancel
      cancel.onlyIfExpired = Bool.random(using: &random)
      cancel.releasesRequestKey = Bool.random(using: &random)
      _ = try await fixture.saga.decideOrder(cancel)
    }

    private mutating func createReturn(of sale: SampleSale) async throws {
      guard let record = try await fixture.saga.findOrder(.init(key: .orderID(sale.orderID))).record else { return }
      let returnID = "ret_\(returnIDs.count)"
      var quantities: [Int32: Int64] = [:]
      for line in sale.lines where line.kind == .sale && Bool.random(using: &random) {
        quantities[line.lineNumber] = Int64.random(in: 1...2, using: &random)
      }
      var request = sale.returning(returnID, quantities, revision: record.revision)
      // Points pay a part of some sales; what cash did not pay, cash does not give back.
      let refund = Int64.random(in: 0...500, using: &random)
      request.orderReturn?.refundAmount = SampleSale.money(refund)
      request.orderReturn?.refunds = [TypeV1.Tender(kind: .cash, amount: SampleSale.money(refund))]
      _ = try await fixture.saga.createReturn(request)
      returnIDs.append(returnID)
    }
  }
}
