import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Gateway

/// One request takes effect once and has one answer, however often and wherever it is sent.
@Suite struct RepeatTests {
  private func request(_ requestID: String = "sale-1", amount: Int64 = 500, member: String = "", quote: String = "")
    -> GatewayV1.CheckoutRequest
  {
    GatewayV1.CheckoutRequest(
      requestID: requestID, basket: .at("1", member: member, [.of("milk", amount)]), quoteToken: quote, tenders: [.cash(amount)])
  }

  @Test func fiftyIdenticalCheckoutsAtOnceAreOneOrderAndOneReply() async throws {
    try await withShop { shop in
      let till = try await shop.till()
      let request = request(member: try await shop.enrol("ann"))
      let replies = try await withThrowingTaskGroup(of: [UInt8].self) { group in
        for _ in 0..<50 { group.addTask { try await till.bytes(Till.Methods.checkout, request) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(replies.count == 50)
      #expect(Set(replies).count == 1)
      #expect(shop.wires.inventory.calls(of: InventoryV1.OrderSagaServiceMethods.createOrder) == 1)
      #expect(try await shop.stockLevel("milk", store: "1").onHand == 99)
    }
  }

  @Test func identicalCheckoutsAtTwoGatewaysAreOneOrderAndOneReply() async throws {
    try await withShop { shop in
      let other = try await shop.anotherGateway()
      let till = try await shop.till()
      let request = request(member: try await shop.enrol("ann"))
      let replies = try await withThrowingTaskGroup(of: [UInt8].self) { group in
        for number in 0..<20 {
          group.addTask { try await (number % 2 == 0 ? till : till.at(other.channel)).bytes(Till.Methods.checkout, request) }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(Set(replies).count == 1)
      #expect(try await shop.stockLevel("milk", store: "1").onHand == 99)
      await other.app.drained()
      await other.stop()
    }
  }

  @Test func aReplyReplaysByteForByteForEver() async throws {
    try await withShop { shop in
      let till = try await shop.till()
      let basket = GatewayV1.Basket.at("1", [.of("milk", 500)])
      let quote = try await till.quote(basket)
      let request = GatewayV1.CheckoutRequest(
        requestID: "sale-1", basket: basket, quoteToken: quote.quoteToken, tenders: [.cash(500)])
      let first = try await till.bytes(Till.Methods.checkout, request)

      // The quote expires, the product changes its name, the order is returned, the services and the gateway start again.
      shop.clock.advance(by: .seconds(86_400))
      _ = try await shop.goods.importProducts(
        .init(requestID: "rename", products: [InventoryV1.Product(sku: "milk", name: "Oat drink")]), options: shop.inInventory)
      _ = try await till.takeBack("return-1", try GatewayV1.CheckoutResponse(decoding: first).receipt?.order?.orderID ?? "")
      try await shop.inventory.restart()
      try await shop.gateway.restart()
      #expect(try await till.bytes(Till.Methods.checkout, request) == first)
    }
  }

  @Test func everyEndingCallReplaysByteForByte() async throws {
    try await withShop { shop in
      let till = try await shop.till()
      let begin = GatewayV1.BeginCheckoutRequest(requestID: "begin", basket: .at("1", [.of("milk", 500)]))
      let began = try await till.bytes(Till.Methods.beginCheckout, begin)
      let orderID = try GatewayV1.BeginCheckoutResponse(decoding: began).order?.orderID ?? ""
      let extend = GatewayV1.ExtendCheckoutRequest(requestID: "extend", orderID: orderID)
      let extended = try await till.bytes(Till.Methods.extendCheckout, extend)
      let complete = GatewayV1.CompleteCheckoutRequest(requestID: "complete", orderID: orderID, tenders: [.cash(500)])
      let completed = try await till.bytes(Till.Methods.completeCheckout, complete)
      let takeBack = GatewayV1.ReturnRequest(requestID: "return", orderID: orderID, reason: "broken")
      let returned = try await till.bytes(Till.Methods.return, takeBack)

      let second = GatewayV1.BeginCheckoutRequest(requestID: "begin-2", basket: .at("1", [.of("milk", 500)]))
      let abandonedID =
        try GatewayV1.BeginCheckoutResponse(
          decoding: try await till.bytes(Till.Methods.beginCheckout, second)
        ).order?.orderID ?? ""
      let abandon = GatewayV1.AbandonCheckoutRequest(requestID: "abandon", orderID: abandonedID)
      let abandoned = try await till.bytes(Till.Methods.abandonCheckout, abandon)

      shop.clock.advance(by: .seconds(86_400))
      try await shop.gateway.restart()
      #expect(try await till.bytes(Till.Methods.beginCheckout, begin) == began)
      #expect(try await till.bytes(Till.Methods.extendCheckout, extend) == extended)
      #expect(try await till.bytes(Till.Methods.completeCheckout, complete) == completed)
      #expect(try await till.bytes(Till.Methods.return, takeBack) == returned)
      #expect(try await till.bytes(Till.Methods.abandonCheckout, abandon) == abandoned)
    }
  }

  @Test func aRequestIDWithAnotherBodyIsRefused() async throws {
    try await withShop { shop in
      let till = try await shop.till()
      _ = try await till.bytes(Till.Methods.checkout, request())
      await expectRefusal(.alreadyExists, "REQUEST_ID_REUSED") { try await till.bytes(Till.Methods.checkout, request(amount: 501)) }

      let first = try await till.begin("begin-1", .at("1", [.of("milk", 500)]))
      let second = try await till.begin("begin-2", .at("1", [.of("milk", 500)]))
      await expectRefusal(.alreadyExists, "REQUEST_ID_REUSED") { try await till.begin("begin-1", .at("1", [.of("milk", 1)])) }
      let firstID = try #require(first.order?.orderID)
      let secondID = try #require(second.order?.orderID)
      _ = try await till.complete("complete", firstID, [.cash(500)])
      await expectRefusal(.alreadyExists, "REQUEST_ID_REUSED") { try await till.complete("complete", firstID, [.card(500)]) }
      await expectRefusal(.alreadyExists, "REQUEST_ID_REUSED") { try await till.complete("complete", secondID, [.cash(500)]) }
      _ = try await till.takeBack("return", firstID, [(1, 1)])
      await expectRefusal(.alreadyExists, "REQUEST_ID_REUSED") { try await till.takeBack("return", firstID) }
    }
  }

  @Test func theSameRequestIDOfAnotherClientIsAnotherRequest() async throws {
    try await withShop { shop in
      let first = try await shop.till()
      let second = try await shop.till()
      let one = try await first.checkout("sale-1", .at("1", [.of("milk", 500)]), [.cash(500)])
      let two = try await second.checkout("sale-1", .at("1", [.of("milk", 700)]), [.cash(700)])
      #expect(one.order?.orderID != two.order?.orderID)
    }
  }

  @Test func aRefusalLeavesNoTraceAndTheSameIDMaySucceedLater() async throws {
    try await withShop { shop in
      let till = try await shop.till()
      let member = try await shop.enrol("ann")
      let basket = GatewayV1.Basket.at("1", member: member, [.of("milk", 500)])
      await expectRefusal(.failedPrecondition, "INSUFFICIENT_POINTS") {
        try await till.checkout("sale-1", basket, [.points(100), .cash(400)])
      }
      #expect(try await shop.stockLevel("milk", store: "1").held == 0)
      _ = try await shop.points.adjustPoints(
        .init(requestID: "gift", memberID: member, points: 100, reason: "gift"), options: shop.inLoyalty)
      #expect(try await till.checkout("sale-1", basket, [.points(100), .cash(400)]).order?.state == .completed)
    }
  }

  @Test func requestIDsAreOneTo64Bytes() async throws {
    try await withShop { shop in
      let till = try await shop.till()
      await expectRefusal(.invalidArgument, "REQUEST_ID_REQUIRED") { try await till.bytes(Till.Methods.checkout, request("")) }
      await expectRefusal(.invalidArgument, "REQUEST_ID_TOO_LONG") {
        try await till.bytes(Till.Methods.checkout, request(String(repeating: "x", count: 65)))
      }
      _ = try await till.bytes(Till.Methods.checkout, request(String(repeating: "x", count: 64)))
    }
  }
}
