import Foundation
import PatronAPI
import ProtobufC
import RPC
import ServiceKit
import Synchronization
import Testing

@testable import PatronCLI

/// One till of the demo against a gateway that answers as it is told.
@Suite struct DemoTillTests {
  /// Gives every quote, and answers checkouts from a list: nil sells.
  private final class ScriptedGateway: RPCChannel {
    private let answers: Mutex<[RPCError?]>
    private let made = Mutex<(quotes: Int, checkouts: [GatewayV1.CheckoutRequest])>((0, []))

    init(_ answers: [RPCError?]) { self.answers = Mutex(answers) }

    var quotes: Int { made.withLock(\.quotes) }
    var checkouts: [GatewayV1.CheckoutRequest] { made.withLock(\.checkouts) }

    func unary(_ method: MethodDescriptor, request: [UInt8], options: CallOptions) async throws -> RPCReply {
      if method == GatewayV1.PointOfSaleServiceMethods.quote {
        let number = made.withLock { made in
          made.quotes += 1
          return made.quotes
        }
        let quote = GatewayV1.Quote(
          quoteToken: "quote-\(number)", totals: InventoryV1.OrderTotals(amountDue: TypeV1.Money(500, "USD")),
          minorUnitsPerPoint: 1, balance: LoyaltyV1.Balance(spendablePoints: 100))
        return RPCReply(message: GatewayV1.QuoteResponse(quote: quote).encoded())
      }
      if method == LoyaltyV1.StoredValueServiceMethods.getStoredValueAccount {
        let account = LoyaltyV1.StoredValueAccount(accountID: "sva_1", spendablePrincipal: 40, spendableBonus: 10)
        return RPCReply(message: LoyaltyV1.GetStoredValueAccountResponse(account: account).encoded())
      }
      let checkout = try GatewayV1.CheckoutRequest(decoding: request)
      made.withLock { $0.checkouts.append(checkout) }
      if let error = answers.withLock({ $0.removeFirst() }) { throw error }
      let order = InventoryV1.Order(orderID: "ord_1", state: .completed)
      return RPCReply(message: GatewayV1.CheckoutResponse(receipt: GatewayV1.Receipt(order: order)).encoded())
    }

    func open(_ method: MethodDescriptor, options: CallOptions) async throws -> any RPCStream {
      throw RPCError(.unimplemented, "no streams")
    }
    func close() async {}
  }

  /// At a store with offers, paid in cash (every third basket is): one call sells it.
  private let basket = GroceryDay.Basket(
    number: "3", secondOfDay: 60, storeNumber: "292", householdNumber: "9",
    lines: [
      GroceryDay.Line(productNumber: "11", quantity: 1, sales: 500, loyaltyDiscount: 0, manufacturerCoupon: 0, retailerMatch: 0)
    ])

  private func refusal(_ reason: String) -> RPCError { RPCError(.failedPrecondition, "no", reason: reason, domain: "gateway.patron") }

  private func till(_ gateway: ScriptedGateway, _ folder: URL, walletID: String? = nil) throws -> DemoTill {
    var setup = DemoSetup.Result()
    setup.cardCodes = ["9": "9000"]
    setup.walletIDs["9"] = walletID
    return DemoTill(
      number: 1, anchor: DemoAnchor(dayEnd: Date(timeIntervalSince1970: 1_700_000_000)), setup: setup, api: DemoClients(channel: gateway),
      journal: try TillJournal(file: folder.appendingPathComponent("tills.journal")))
  }

  private func withFolder(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("patron-till-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder)
  }

  @Test func `a till whose quote another one outran quotes again, and a later run sends what was sold`() async throws {
    try await withFolder { folder in
      let gateway = ScriptedGateway([refusal("QUOTE_STALE"), nil, nil])
      let sale = try await till(gateway, folder).play(basket)
      #expect(sale.ending == .new && sale.receipt != nil)
      #expect(gateway.checkouts.map(\.quoteToken) == ["quote-1", "quote-2"])
      #expect(Set(gateway.checkouts.map(\.requestID)).count == 1)
      let again = try await till(gateway, folder).play(basket)
      #expect(again.ending == .same)
      #expect(gateway.quotes == 2 && gateway.checkouts.last == gateway.checkouts[1])
    }
  }

  @Test func `points that another till spent are paid in money, also after a stale quote`() async throws {
    try await withFolder { folder in
      let gateway = ScriptedGateway([refusal("QUOTE_STALE"), refusal("INSUFFICIENT_POINTS"), nil])
      let sale = try await till(gateway, folder).play(basket)
      #expect(sale.receipt != nil)
      #expect(gateway.checkouts.map { $0.tenders.contains { $0.kind == .points } } == [true, true, false])
    }
  }

  @Test func `a wallet pays all that it has, and money what another till spent of it`() async throws {
    try await withFolder { folder in
      let gateway = ScriptedGateway([refusal("INSUFFICIENT_STORED_VALUE"), nil])
      let sale = try await till(gateway, folder, walletID: "sva_1").play(basket)
      #expect(sale.receipt != nil)
      let paid = gateway.checkouts.map { $0.tenders.filter { $0.kind == .storedValue }.map { $0.amount?.minorUnits } }
      #expect(paid == [[50], []])
      #expect(gateway.checkouts.allSatisfy { $0.tenders.reduce(0) { $0 + ($1.amount?.minorUnits ?? 0) } == 500 })
    }
  }

  @Test func `a refused basket stays refused: a later run does not offer it again`() async throws {
    try await withFolder { folder in
      let gateway = ScriptedGateway([refusal("MEMBER_SUSPENDED"), nil])
      let sale = try await till(gateway, folder).play(basket)
      #expect(sale.ending == .new)
      let again = try await till(gateway, folder).play(basket)
      #expect(again.ending == .same && again.receipt == nil)
      #expect(gateway.checkouts.count == 1)
    }
  }

  @Test func `a sale that an earlier run made and this one is refused has changed`() async throws {
    try await withFolder { folder in
      let gateway = ScriptedGateway([nil, refusal("MEMBER_SUSPENDED")])
      #expect(try await till(gateway, folder).play(basket).ending == .new)
      let again = try await till(gateway, folder).play(basket)
      #expect(again.ending == .changed && again.receipt == nil)
    }
  }

  @Test func `four lapsed quotes in a row are a refusal, and a gateway that is away is none`() async throws {
    try await withFolder { folder in
      let stale = refusal("QUOTE_STALE")
      let gateway = ScriptedGateway([stale, stale, stale, stale])
      let sale = try await till(gateway, folder).play(basket)
      #expect(sale.receipt == nil)
    }
    try await withFolder { folder in
      let gateway = ScriptedGateway([RPCError(.internalError, "broken")])
      await #expect(throws: RPCError.self) { try await till(gateway, folder).play(basket) }
    }
  }
}
