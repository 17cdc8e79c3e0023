import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Gateway

/// A service that is down, or whose answers are lost, before and after the decision: an order is wholly done or wholly undone.
@Suite(.timeLimit(.minutes(10))) struct OutageTests {
  private typealias Saga = InventoryV1.OrderSagaServiceMethods
  private typealias LoyaltyHolds = LoyaltyV1.LoyaltyHoldServiceMethods
  private typealias CampaignHolds = CampaignV1.CampaignHoldServiceMethods

  /// A shop with a basket that concerns every service: a member's, with a promotion, paid in part with points.
  private func withBusyShop(
    _ body: (Shop, Till, _ member: String, GatewayV1.Basket, [TypeV1.Tender]) async throws -> Void
  ) async throws {
    try await withShop { shop in
      let till = try await shop.till()
      let member = try await shop.enrol("ann", points: 100)
      try await shop.publishTenPercent()
      let basket = GatewayV1.Basket.at("2", member: member, [.of("wine", 2_000)])
      try await body(shop, till, member, basket, [.points(100), .cash(1_700)])
    }
  }

  private func expectUntouched(_ shop: Shop, _ member: String) async throws {
    #expect(try await shop.balance(member).spendablePoints == 100)
    #expect(try await shop.balance(member).heldPoints == 0)
    let wine = try await shop.stockLevel("wine", store: "2")
    #expect(wine.onHand == 100 && wine.held == 0)
  }

  private func expectSold(_ shop: Shop, _ member: String) async throws {
    #expect(try await shop.balance(member).spendablePoints == 17)
    #expect(try await shop.balance(member).heldPoints == 0)
    let wine = try await shop.stockLevel("wine", store: "2")
    #expect(wine.onHand == 99 && wine.held == 0)
  }

  // MARK: Before anything is written

  @Test(
    "A service that is down while the basket is priced is named, and nothing is written",
    arguments: ["identity", "loyalty", "campaign", "inventory"])
  func downWhilePricing(service: String) async throws {
    try await withBusyShop { shop, till, member, basket, tenders in
      // Once, so that the key is known: what is tested is the checkout, not the authentication.
      _ = try await till.quote(basket)
      let wire = shop.wires.channels[service] as? SwitchedChannel
      wire?.set(.down)
      await expectRefusal(.unavailable, "\(service.uppercased())_UNAVAILABLE") { try await till.checkout("sale", basket, tenders) }
      wire?.repair()
      try await expectUntouched(shop, member)
      _ = try await till.checkout("sale", basket, tenders)
      try await expectSold(shop, member)
    }
  }

  // MARK: Before the decision

  @Test("A participant that cannot hold cancels the order, and the same request succeeds later", arguments: ["loyalty", "campaign"])
  func downWhileHolding(service: String) async throws {
    for behaviour in [SwitchedChannel.Behaviour.down, .losesAnswers] {
      try await withBusyShop { shop, till, member, basket, tenders in
        let wire = service == "loyalty" ? shop.wires.loyalty : shop.wires.campaign
        wire.set(behaviour, for: service == "loyalty" ? LoyaltyHolds.hold : CampaignHolds.hold)
        await expectRefusal(.unavailable, "\(service.uppercased())_UNAVAILABLE") { try await till.checkout("sale", basket, tenders) }
        try await expectUntouched(shop, member)
        wire.repair()
        _ = try await till.checkout("sale", basket, tenders)
        try await expectSold(shop, member)
      }
    }
  }

  @Test func aParticipantThatIsDownForHoldAndCancelGetsItsCancelFromRecovery() async throws {
    try await withBusyShop { shop, till, member, basket, tenders in
      shop.wires.loyalty.set(.losesAnswers, for: LoyaltyHolds.hold)
      shop.wires.loyalty.set(.down, for: LoyaltyHolds.cancel)
      await expectRefusal(.unavailable, "LOYALTY_UNAVAILABLE") { try await till.checkout("sale", basket, tenders) }
      #expect(try await shop.balance(member).heldPoints == 100)
      shop.wires.loyalty.repair()
      shop.clock.advance(by: .seconds(60))
      try await shop.gateway.app.recoverOnce()
      try await expectUntouched(shop, member)
    }
  }

  @Test(
    "An answer of inventory that is lost before the decision is healed by the same request",
    arguments: ["create", "record", "decide", "complete"])
  func lostAnswerOfInventory(step: String) async throws {
    try await withBusyShop { shop, till, member, basket, tenders in
      let method =
        switch step {
        case "create": Saga.createOrder
        case "record": Saga.recordHold
        case "decide": Saga.decideOrder
        default: Saga.completeOrder
        }
      let orderID: String
      shop.wires.inventory.set(.losesAnswers, for: method)
      if step == "record" {
        _ = try? await till.begin("begin", basket, held: [.points(100)])
        shop.wires.inventory.repair()
        orderID = try #require(try await till.begin("begin", basket, held: [.points(100)]).order?.orderID)
        _ = try await till.complete("complete", orderID, [.cash(1_700)])
      } else {
        await #expect(throws: RPCError.self) { try await till.checkout("sale", basket, tenders) }
        shop.wires.inventory.repair()
        orderID = try #require(try await till.checkout("sale", basket, tenders).order?.orderID)
      }
      #expect(try await till.order(orderID).state == .completed)
      try await expectSold(shop, member)
      // An order whose writing was not answered is taken back, and the repeat writes another; every other answer is found again.
      #expect(shop.wires.inventory.calls(of: Saga.createOrder) == (step == "create" ? 2 : 1))
    }
  }

  @Test func anOrderWhoseWritingIsNotAnsweredIsTakenBackAtOnce() async throws {
    try await withBusyShop { shop, till, member, basket, tenders in
      shop.wires.inventory.set(.losesAnswers, for: Saga.createOrder)
      await expectRefusal(.unavailable, "INVENTORY_UNAVAILABLE") { try await till.begin("begin", basket, held: [.points(100)]) }
      try await expectUntouched(shop, member)
      // With inventory gone altogether nobody knows, and the till is told so.
      shop.wires.inventory.set(.down, for: Saga.decideOrder)
      await expectRefusal(.unavailable, "CHECKOUT_IN_PROGRESS") { try await till.begin("begin", basket, held: [.points(100)]) }
      shop.wires.inventory.repair()
      let orderID = try #require(try await till.begin("begin", basket, held: [.points(100)]).order?.orderID)
      _ = try await till.complete("complete", orderID, [.cash(1_700)])
      try await expectSold(shop, member)
    }
  }

  @Test func anInventoryWithoutRoomToCancelIsNoAnswerToTheTill() async throws {
    try await withBusyShop { shop, till, member, basket, tenders in
      let full = RPCError(.resourceExhausted, "no room", reason: "STORAGE_FULL", domain: "inventory.patron")
      shop.wires.loyalty.set(.down, for: LoyaltyHolds.hold)
      shop.wires.inventory.set(.answers(full), for: Saga.decideOrder)
      await expectRefusal(.unavailable, "CHECKOUT_IN_PROGRESS") { try await till.checkout("sale", basket, tenders) }
      #expect(try await shop.stockLevel("wine", store: "2").held == 1)
      // Room again, within the deadline or by the same request.
      shop.wires.inventory.repair()
      await expectRefusal(.unavailable, "LOYALTY_UNAVAILABLE") { try await till.checkout("sale", basket, tenders) }
      try await expectUntouched(shop, member)
    }
  }

  @Test func aCallerWhoseDeadlinePassesWhileTheOrderIsWrittenLeavesNothingHeld() async throws {
    try await withBusyShop { shop, till, member, basket, tenders in
      _ = try await till.quote(basket)
      shop.wires.inventory.set(.keptWaiting, for: Saga.createOrder)
      var options = till.options
      options.timeout = .seconds(1)
      let request = GatewayV1.CheckoutRequest(requestID: "sale", basket: basket, tenders: tenders)
      await #expect(throws: RPCError.self) { try await till.service.checkout(request, options: options) }
      // The order is written after its caller has gone, and taken back.
      shop.wires.inventory.repair()
      await shop.gateway.app.drained()
      try await expectUntouched(shop, member)
      _ = try await till.checkout("sale", basket, tenders)
      try await expectSold(shop, member)
    }
  }

  @Test func aReturnWhoseWritingIsNotAnsweredIsInProgressAndCarriedOutByRecovery() async throws {
    try await withBusyShop { shop, till, member, basket, tenders in
      let orderID = try #require(try await till.checkout("sale", basket, tenders).order?.orderID)
      shop.wires.inventory.set(.losesAnswers, for: Saga.createReturn)
      await expectRefusal(.unavailable, "RETURN_IN_PROGRESS") { try await till.takeBack("return", orderID) }
      shop.wires.inventory.repair()
      shop.clock.advance(by: .seconds(60))
      #expect(try await shop.gateway.app.recoverOnce() == 1)
      try await expectUntouched(shop, member)
      #expect(try await till.takeBack("return", orderID).state == .returned)
      #expect(try await till.order(orderID).returns.count == 1)
    }
  }

  @Test func anOrderThatNobodyComesBackForIsCancelledAtItsExpiry() async throws {
    try await withBusyShop { shop, till, member, basket, tenders in
      shop.wires.inventory.set(.down, for: Saga.decideOrder)
      await expectRefusal(.unavailable, "CHECKOUT_IN_PROGRESS") { try await till.checkout("sale", basket, tenders) }
      shop.wires.inventory.repair()
      #expect(try await shop.balance(member).heldPoints == 100)
      shop.clock.advance(by: .seconds(900))
      try await shop.gateway.app.recoverOnce()
      try await expectUntouched(shop, member)
      // Nobody was told OK, so the same request starts anew.
      _ = try await till.checkout("sale", basket, tenders)
      try await expectSold(shop, member)
    }
  }

  // MARK: After the decision

  @Test("A participant that is down after the decision leaves an order that any gateway finishes", arguments: ["loyalty", "campaign"])
  func downWhileCommitting(service: String) async throws {
    for behaviour in [SwitchedChannel.Behaviour.down, .losesAnswers] {
      try await withBusyShop { shop, till, member, basket, tenders in
        let wire = service == "loyalty" ? shop.wires.loyalty : shop.wires.campaign
        wire.set(behaviour, for: service == "loyalty" ? LoyaltyHolds.commit : CampaignHolds.commit)
        await expectRefusal(.unavailable, "CHECKOUT_IN_PROGRESS") { try await till.checkout("sale", basket, tenders) }
        let other = try await shop.anotherGateway()
        shop.clock.advance(by: .seconds(60))
        #expect(try await other.app.recoverOnce() == 1)
        try await expectSold(shop, member)
        // The till that was told to send again learns how it ended.
        wire.repair()
        let receipt = try await till.checkout("sale", basket, tenders)
        #expect(receipt.order?.state == .completed)
        #expect(receipt.balance?.spendablePoints == 17)
        await other.app.drained()
        await other.stop()
      }
    }
  }

  @Test func theSameRequestFinishesADecidedOrderWithoutWaitingForRecovery() async throws {
    try await withBusyShop { shop, till, member, basket, _ in
      let orderID = try #require(try await till.begin("begin", basket, held: [.points(100)]).order?.orderID)
      shop.wires.campaign.set(.down, for: CampaignHolds.commit)
      await expectRefusal(.unavailable, "CHECKOUT_IN_PROGRESS") { try await till.complete("complete", orderID, [.cash(1_700)]) }
      #expect(try await till.order(orderID).state == .committing)
      await expectRefusal(.failedPrecondition, "ORDER_COMPLETED") { try await till.abandon("abandon", orderID) }
      shop.wires.campaign.repair()
      _ = try await till.complete("complete", orderID, [.cash(1_700)])
      try await expectSold(shop, member)
    }
  }

  @Test func anAbandonedOrderIsAbandonedAlsoWhenAParticipantIsDown() async throws {
    try await withBusyShop { shop, till, member, basket, _ in
      let orderID = try #require(try await till.begin("begin", basket, held: [.points(100)]).order?.orderID)
      shop.wires.loyalty.set(.down, for: LoyaltyHolds.cancel)
      await expectRefusal(.unavailable, "CHECKOUT_IN_PROGRESS") { try await till.abandon("abandon", orderID) }
      await expectRefusal(.failedPrecondition, "ORDER_CANCELLED") { try await till.complete("complete", orderID, [.cash(1_700)]) }
      shop.wires.loyalty.repair()
      shop.clock.advance(by: .seconds(60))
      try await shop.gateway.app.recoverOnce()
      try await expectUntouched(shop, member)
      #expect(try await till.abandon("abandon", orderID).state == .cancelled)
    }
  }

  // MARK: Callers that go away

  @Test func aCallerThatGoesAwayBeforeTheDecisionLeavesNothingHeld() async throws {
    try await withBusyShop { shop, till, member, basket, tenders in
      shop.wires.campaign.set(.keptWaiting, for: CampaignHolds.hold)
      let call = Task { try await till.checkout("sale", basket, tenders) }
      try await shop.wires.campaign.someoneWaits(at: CampaignHolds.hold)
      call.cancel()
      _ = await call.result
      await shop.gateway.app.drained()
      try await expectUntouched(shop, member)
      shop.wires.campaign.repair()
      _ = try await till.checkout("sale", basket, tenders)
      try await expectSold(shop, member)
    }
  }

  @Test func aCallerThatGoesAwayAfterTheDecisionChangesNothing() async throws {
    try await withBusyShop { shop, till, member, basket, tenders in
      shop.wires.inventory.set(.keptWaiting, for: Saga.completeOrder)
      let call = Task { try await till.checkout("sale", basket, tenders) }
      try await shop.wires.inventory.someoneWaits(at: Saga.completeOrder)
      call.cancel()
      _ = await call.result
      shop.wires.inventory.repair()
      await shop.gateway.app.drained()
      try await expectSold(shop, member)
      #expect(try await till.checkout("sale", basket, tenders).order?.state == .completed)
    }
  }
}
