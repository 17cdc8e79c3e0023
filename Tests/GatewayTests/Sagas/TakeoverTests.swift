import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Gateway

/// Two gateways at one order: the first one is slow or loses its answers, and the till's retry at the second carries the order on.
/// What a till was told OK, no late step of the other gateway takes back.
@Suite(.timeLimit(.minutes(5))) struct TakeoverTests {
  private typealias Saga = InventoryV1.OrderSagaServiceMethods
  private typealias LoyaltyHolds = LoyaltyV1.LoyaltyHoldServiceMethods

  private func withTwoGateways(
    _ body: (Shop, _ first: Till, _ second: Till, GatewayV1.BeginCheckoutRequest) async throws -> Void
  ) async throws {
    try await withShop { shop in
      let other = try await shop.anotherGateway()
      let till = try await shop.till()
      let member = try await shop.enrol("ann", points: 100)
      let request = GatewayV1.BeginCheckoutRequest(
        requestID: "begin", basket: .at("2", member: member, [.of("wine", 2_000)]), heldTenders: [.points(100)])
      try await body(shop, till, till.at(other.channel), request)
      #expect(try await shop.balance(member).heldPoints == 0)
      #expect(try await shop.stockLevel("wine", store: "2").held == 0)
      await other.app.drained()
      await other.stop()
    }
  }

  /// The card is charged on the strength of `reply`: the order completes, and a replay opens no second one.
  private func expectHonoured(_ reply: [UInt8], _ shop: Shop, _ till: Till, _ request: GatewayV1.BeginCheckoutRequest) async throws {
    let orderID = try #require(try GatewayV1.BeginCheckoutResponse(decoding: reply).order?.orderID)
    #expect(try await till.bytes(Till.Methods.beginCheckout, request) == reply)
    _ = try await till.complete("complete", orderID, [.card(1_900)])
    #expect(try await till.bytes(Till.Methods.beginCheckout, request) == reply)
    #expect(try await till.order(orderID).state == .completed)
    #expect(try await shop.stockLevel("wine", store: "2").onHand == 99)
  }

  @Test func aHoldThatFailsLateDoesNotCancelWhatAnotherGatewayAnsweredOK() async throws {
    try await withTwoGateways { shop, first, second, request in
      shop.wires.loyalty.set(.keptWaiting, for: LoyaltyHolds.hold)
      let late = Task { try await first.bytes(Till.Methods.beginCheckout, request) }
      try await shop.wires.loyalty.someoneWaits(at: LoyaltyHolds.hold)
      let answered = try await second.bytes(Till.Methods.beginCheckout, request)
      shop.wires.loyalty.set(.down, for: LoyaltyHolds.hold)
      // The first gateway could not hold; another did, and its answer is everybody's.
      #expect(try await late.value == answered)
      shop.wires.loyalty.repair()
      try await expectHonoured(answered, shop, first, request)
    }
  }

  @Test func aCancelThatIsDecidedLateComesAfterTheHoldOfAnotherGateway() async throws {
    try await withTwoGateways { shop, first, second, request in
      shop.wires.loyalty.set(.down, for: LoyaltyHolds.hold)
      shop.wires.inventory.set(.keptWaiting, for: Saga.decideOrder)
      let late = Task { try await first.bytes(Till.Methods.beginCheckout, request) }
      try await shop.wires.inventory.someoneWaits(at: Saga.decideOrder)
      let answered = try await second.bytes(Till.Methods.beginCheckout, request)
      shop.wires.inventory.repair()
      shop.wires.loyalty.repair()
      #expect(try await late.value == answered)
      try await expectHonoured(answered, shop, first, request)
    }
  }

  @Test func aCallerThatGoesAwayLateDoesNotCancelWhatAnotherGatewayAnsweredOK() async throws {
    try await withTwoGateways { shop, first, second, request in
      shop.wires.loyalty.set(.keptWaiting, for: LoyaltyHolds.hold)
      shop.wires.inventory.set(.keptWaiting, for: Saga.decideOrder)
      let gone = Task { try await first.bytes(Till.Methods.beginCheckout, request) }
      try await shop.wires.loyalty.someoneWaits(at: LoyaltyHolds.hold)
      gone.cancel()
      _ = await gone.result
      try await shop.wires.inventory.someoneWaits(at: Saga.decideOrder)
      let answered = try await second.bytes(Till.Methods.beginCheckout, request)
      shop.wires.inventory.repair()
      shop.wires.loyalty.repair()
      await shop.gateway.app.drained()
      try await expectHonoured(answered, shop, first, request)
    }
  }

  @Test func anExpiryThatIsDecidedLateFreesNoKeyOfAnOrderThatIsHeldByThen() async throws {
    try await withTwoGateways { shop, first, second, request in
      shop.wires.inventory.set(.losesAnswers, for: Saga.recordHold)
      shop.wires.loyalty.set(.down, for: LoyaltyHolds.hold)
      shop.wires.inventory.set(.down, for: Saga.decideOrder)
      await expectRefusal(.unavailable, "CHECKOUT_IN_PROGRESS") { try await first.bytes(Till.Methods.beginCheckout, request) }
      shop.clock.advance(by: .seconds(900))
      shop.wires.inventory.set(.keptWaiting, for: Saga.decideOrder)
      let sweep = Task { try await shop.gateway.app.recoverOnce() }
      try await shop.wires.inventory.someoneWaits(at: Saga.decideOrder)
      // The order was leased while nobody held it; the till's retry holds it before the expiry is decided.
      let answered = try await second.bytes(Till.Methods.beginCheckout, request)
      shop.wires.inventory.repair()
      shop.wires.loyalty.repair()
      _ = try await sweep.value
      let orderID = try #require(try GatewayV1.BeginCheckoutResponse(decoding: answered).order?.orderID)
      #expect(try await first.order(orderID).state == .cancelled)
      #expect(try await first.bytes(Till.Methods.beginCheckout, request) == answered, "an OK replays for ever and opens no second order")
      #expect(try await first.service.listOrders(.init(), options: first.options).orders.count == 1)
    }
  }
}
