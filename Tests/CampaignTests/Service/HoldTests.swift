import PatronAPI
import RPC
import ServiceKit
import Testing

@testable import Campaign

@Suite struct HoldTests {
  // MARK: Once

  @Test func `each step sent twice is done once, under the same request id or another`() async throws {
    try await Shop.open { shop in
      let promotion = try await shop.publish(Shop.promotion()).promotionID
      let discounts = [Shop.use(promotion: promotion)]
      for requestID in ["a", "a", "b"] { try await shop.hold("ord_1", discounts, requestID: requestID) }
      #expect(try await shop.promotion(promotion).heldUses == 1)
      for requestID in ["a", "a", "b"] { try await shop.commit("ord_1", requestID: requestID) }
      #expect(try await shop.promotion(promotion).committedUses == 1)
      for requestID in ["a", "a", "b"] {
        #expect(try await shop.reverse("ord_1", by: "ret_1", whole: true, requestID: requestID) == 1)
      }
      #expect(try await shop.promotion(promotion).committedUses == 0)
      // A hold that arrives again after all that is still the one that was committed.
      try await shop.hold("ord_1", discounts, requestID: "c")
      #expect(try await shop.promotion(promotion).heldUses == 0)

      try await shop.hold("ord_2", discounts)
      for requestID in ["a", "a", "b"] { try await shop.cancel("ord_2", requestID: requestID) }
      #expect(try await shop.promotion(promotion).heldUses == 0)
    }
  }

  @Test func `the same hold sent 50 times at once takes one use`() async throws {
    try await Shop.open { shop in
      let promotion = try await shop.publish(Shop.promotion(conditions: CampaignV1.Conditions(totalLimit: 1))).promotionID
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<50 {
          group.addTask { try await shop.hold("ord_1", [Shop.use(promotion: promotion)], requestID: "try \(number % 5)") }
        }
        try await group.waitForAll()
      }
      #expect(try await shop.promotion(promotion).heldUses == 1)
    }
  }

  @Test func `an order that holds something else is refused`() async throws {
    try await Shop.open { shop in
      let promotion = try await shop.publish(Shop.promotion()).promotionID
      let discount = Shop.use(promotion: promotion)
      try await shop.hold("ord_1", [discount])
      await expectRefusal(.failedPrecondition, "HOLD_DIFFERS") {
        try await shop.hold("ord_1", [discount], member: "mem_1", requestID: "other")
      }
      await expectRefusal(.failedPrecondition, "HOLD_DIFFERS") { try await shop.hold("ord_1", [], requestID: "other") }
    }
  }

  private static let ring = KeyRing(keyID: "k1", secret: Array(repeating: 7, count: 32))

  @Test func `a request id used with another body is refused, and another client may use the same`() async throws {
    try await Shop.open(keyRing: Self.ring) { shop in
      let gateway = shop.service.options(as: Caller(clientID: "gateway", scopes: ["saga"]))
      let other = shop.service.options(as: Caller(clientID: "other", scopes: ["saga"]))
      _ = try await shop.saga.hold(Shop.holdRequest("ord_1", [], requestID: "same"), options: gateway)
      await expectRefusal(.alreadyExists, "REQUEST_ID_REUSED") {
        _ = try await shop.saga.hold(Shop.holdRequest("ord_2", [], requestID: "same"), options: gateway)
      }
      let reply = try await shop.saga.hold(Shop.holdRequest("ord_2", [], requestID: "same"), options: other)
      #expect(reply.orderID == "ord_2")
    }
  }

  @Test func `only who holds the scope takes part in the saga or changes rules`() async throws {
    try await Shop.open(keyRing: Self.ring) { shop in
      let till = shop.service.options(as: Caller(clientID: "cli_till", scopes: ["pos.checkout"]))
      await expectRefusal(.permissionDenied, "SCOPE_MISSING") {
        _ = try await shop.saga.hold(Shop.holdRequest("ord_1", []), options: till)
      }
      await expectRefusal(.permissionDenied, "SCOPE_MISSING") {
        _ = try await shop.campaign.publishPromotion(
          CampaignV1.PublishPromotionRequest(requestID: "a", promotion: Shop.promotion()), options: till)
      }
      let evaluation = try await shop.campaign.evaluate(
        CampaignV1.EvaluateRequest(storeID: "sto_1", currencyCode: "USD"), options: till)
      #expect(evaluation.discounts.isEmpty)
    }
  }

  // MARK: Out of order

  @Test func `a cancel before the hold leaves a tombstone`() async throws {
    try await Shop.open { shop in
      let promotion = try await shop.publish(Shop.promotion()).promotionID
      try await shop.cancel("ord_1")
      await expectRefusal(.failedPrecondition, "HOLD_CANCELLED") { try await shop.hold("ord_1", [Shop.use(promotion: promotion)]) }
      await expectRefusal(.failedPrecondition, "HOLD_CANCELLED") { try await shop.commit("ord_1") }
      try await shop.cancel("ord_1", requestID: "again")
      #expect(try await shop.promotion(promotion).heldUses == 0)
    }
  }

  @Test func `a commit after the cancel is refused, and a cancel after the commit`() async throws {
    try await Shop.open { shop in
      let promotion = try await shop.publish(Shop.promotion()).promotionID
      try await shop.hold("ord_1", [Shop.use(promotion: promotion)])
      try await shop.cancel("ord_1")
      await expectRefusal(.failedPrecondition, "HOLD_CANCELLED") { try await shop.commit("ord_1") }
      try await shop.hold("ord_2", [Shop.use(promotion: promotion)])
      try await shop.commit("ord_2")
      await expectRefusal(.failedPrecondition, "HOLD_COMMITTED") { try await shop.cancel("ord_2") }
      #expect(try await shop.promotion(promotion).committedUses == 1)
    }
  }

  @Test func `a commit of what was never held is refused`() async throws {
    try await Shop.open { shop in
      await expectRefusal(.failedPrecondition, "HOLD_UNKNOWN") { try await shop.commit("ord_1") }
    }
  }

  // MARK: Bad input

  struct Invalid: Sendable {
    var request = Shop.holdRequest("ord_1", [Shop.use(promotion: "prm_1")])
    let fields: [String]

    init(_ fields: [String], _ change: (inout CampaignV1.HoldRequest) -> Void) {
      self.fields = fields
      change(&request)
    }
  }

  @Test(arguments: [
    Invalid(["order_id"]) { $0.orderID = "" },
    Invalid(["store_id"]) { $0.storeID = "" },
    Invalid(["client_id"]) { $0.clientID = "" },
    Invalid(["currency_code"]) { $0.currencyCode = "US" },
    Invalid(["discounts[0]"]) { $0.discounts[0].source = nil },
    Invalid(["discounts[0]"]) { $0.discounts[0].source = .promotionID("") },
    Invalid(["discounts[0]"]) { $0.discounts[0].source = .couponID("cpn_1") },
    Invalid(["discounts[0].version"]) { $0.discounts[0].version = 0 },
    Invalid(["discounts[0].lines"]) { $0.discounts[0].lines = [] },
    Invalid(["discounts[0].lines"]) { $0.discounts[0].lines[0].amountMinorUnits = 99 },
    Invalid(["discounts[0].lines"]) {
      $0.discounts[0].lines = [(1, 200), (2, -100)].map { CampaignV1.LineDiscount(lineNumber: $0, amountMinorUnits: $1) }
    },
    Invalid(["discounts[0].lines"]) {
      $0.discounts[0].lines = [(1, .max), (2, .max)].map { CampaignV1.LineDiscount(lineNumber: $0, amountMinorUnits: $1) }
    },
    Invalid(["discounts[0].amount_minor_units"]) {
      $0.discounts[0].amountMinorUnits = 0
      $0.discounts[0].lines = []
    },
    Invalid(["discounts[1]"]) { $0.discounts.append($0.discounts[0]) },
  ])
  func `a hold whose parts do not make sense is refused field by field`(_ invalid: Invalid) async throws {
    try await Shop.open { shop in
      await expectInvalid(invalid.fields) { _ = try await shop.saga.hold(invalid.request) }
    }
  }
}
