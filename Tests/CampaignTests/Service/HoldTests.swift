import Database
import Foundation
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

  // MARK: Limits

  @Test func `10,000 callers on a limit of 100 get exactly 100 - saleor 544, medusa 16097`() async throws {
    try await Shop.open { shop in
      let promotion = try await shop.publish(Shop.promotion(conditions: CampaignV1.Conditions(totalLimit: 100))).promotionID
      let admitted = try await Self.race(callers: 10_000) { number in
        try await shop.hold("ord_\(number)", [Shop.use(promotion: promotion)])
      }
      #expect(admitted == 100)
      #expect(try await shop.promotion(promotion).heldUses == 100)
      #expect(try await shop.evaluate().discounts.isEmpty)
    }
  }

  @Test func `a coupon for one use goes to one of many tills - django-oscar 2101, magento2 38017`() async throws {
    try await Shop.open { shop in
      let template = try await shop.publish(Shop.template())
      let coupon = try #require(try await shop.issue(template.templateID, count: 1).first)
      let admitted = try await Self.race(callers: 100, refusedWith: "COUPON_USED") { number in
        try await shop.hold("ord_\(number)", [Shop.use(coupon: coupon)])
      }
      #expect(admitted == 1)
    }
  }

  @Test func `a member's limit holds for that member alone`() async throws {
    try await Shop.open { shop in
      let promotion = try await shop.publish(Shop.promotion(conditions: CampaignV1.Conditions(memberLimit: 3))).promotionID
      let admitted = try await Self.race(callers: 50) { number in
        try await shop.hold("ord_\(number)", [Shop.use(promotion: promotion)], member: "mem_1")
      }
      #expect(admitted == 3)
      try await shop.hold("ord_other", [Shop.use(promotion: promotion)], member: "mem_2")
      #expect(try await shop.promotion(promotion).heldUses == 4)
    }
  }

  @Test func `a template's limit holds over all its codes`() async throws {
    try await Shop.open { shop in
      let template = try await shop.publish(Shop.template(conditions: CampaignV1.Conditions(totalLimit: 2)))
      let coupons = try await shop.issue(template.templateID, count: 3)
      try await shop.hold("ord_0", [Shop.use(coupon: coupons[0])])
      try await shop.hold("ord_1", [Shop.use(coupon: coupons[1])])
      await expectRefusal(.resourceExhausted, "LIMIT_REACHED") { try await shop.hold("ord_2", [Shop.use(coupon: coupons[2])]) }
      #expect(try await shop.coupon(coupons[2].couponID).heldUses == 0)
    }
  }

  @Test func `a code for several uses is used that often`() async throws {
    try await Shop.open { shop in
      let template = try await shop.publish(Shop.template(usesPerCode: 2))
      let coupon = try #require(try await shop.issue(template.templateID, count: 1).first)
      try await shop.hold("ord_1", [Shop.use(coupon: coupon)])
      try await shop.commit("ord_1")
      try await shop.hold("ord_2", [Shop.use(coupon: coupon)])
      await expectRefusal(.failedPrecondition, "COUPON_USED") { try await shop.hold("ord_3", [Shop.use(coupon: coupon)]) }
      let read = try await shop.coupon(coupon.couponID)
      #expect(read.heldUses == 1)
      #expect(read.committedUses == 1)
    }
  }

  @Test func `a limit published later counts what was used before it`() async throws {
    try await Shop.open { shop in
      var promotion = try await shop.publish(Shop.promotion())
      try await shop.hold("ord_1", [Shop.use(promotion: promotion.promotionID)], member: "mem_1")
      promotion.conditions = CampaignV1.Conditions(totalLimit: 5, memberLimit: 1)
      promotion = try await shop.publish(promotion)
      await expectRefusal(.resourceExhausted, "LIMIT_REACHED") {
        try await shop.hold("ord_2", [Shop.use(promotion: promotion.promotionID, version: 2)], member: "mem_1")
      }
    }
  }

  @Test func `a hold takes all or none`() async throws {
    try await Shop.open { shop in
      let open = try await shop.publish(Shop.promotion()).promotionID
      let limited = try await shop.publish(Shop.promotion(conditions: CampaignV1.Conditions(totalLimit: 1))).promotionID
      let template = try await shop.publish(Shop.template())
      let coupon = try #require(try await shop.issue(template.templateID, count: 1).first)
      try await shop.hold("ord_1", [Shop.use(promotion: limited)])
      await expectRefusal(.resourceExhausted, "LIMIT_REACHED") {
        try await shop.hold("ord_2", [Shop.use(promotion: open), Shop.use(coupon: coupon), Shop.use(promotion: limited)])
      }
      #expect(try await shop.promotion(open).heldUses == 0)
      #expect(try await shop.coupon(coupon.couponID).heldUses == 0)
      // The refusal left nothing behind: the same order may try again with what it can have.
      try await shop.hold("ord_2", [Shop.use(promotion: open), Shop.use(coupon: coupon)])
    }
  }

  @Test func `a released hold gives its uses back`() async throws {
    try await Shop.open { shop in
      let promotion = try await shop.publish(Shop.promotion(conditions: CampaignV1.Conditions(totalLimit: 1, memberLimit: 1)))
      for number in 1...3 {
        try await shop.hold("ord_\(number)", [Shop.use(promotion: promotion.promotionID)], member: "mem_1")
        try await shop.cancel("ord_\(number)")
      }
      #expect(try await shop.promotion(promotion.promotionID).heldUses == 0)
    }
  }

  @Test func `a failed payment does not burn a coupon for one use - easy-digital-downloads 3859, magento2 33100`() async throws {
    try await Shop.open { shop in
      let template = try await shop.publish(Shop.template())
      let coupon = try #require(try await shop.issue(template.templateID, to: ["mem_1"]).first)
      let quoted = try await shop.evaluate(member: "mem_1", codes: [coupon.code]).discounts
      try await shop.hold("ord_1", quoted, member: "mem_1")
      try await shop.cancel("ord_1")
      let again = try await shop.evaluate(member: "mem_1", codes: [coupon.code]).discounts
      #expect(again == quoted)
      try await shop.hold("ord_2", again, member: "mem_1")
      try await shop.commit("ord_2")
      #expect(try await shop.coupon(coupon.couponID).committedUses == 1)
    }
  }

  // MARK: What was quoted

  @Test func `a quote is honoured after its promotion was stopped or published anew`() async throws {
    try await Shop.open { shop in
      var promotion = try await shop.publish(Shop.promotion())
      let quoted = try await shop.evaluate().discounts
      promotion.benefit = CampaignV1.Benefit(kind: .percentBasisPoints(1))
      try await shop.publish(promotion)
      try await shop.stop(promotion.promotionID)
      try await shop.hold("ord_1", quoted)
      try await shop.commit("ord_1")
      #expect(try await shop.promotion(promotion.promotionID).committedUses == 1)
    }
  }

  @Test func `a quote taken in time is honoured after the last day ended - odoo 222428`() async throws {
    try await Shop.open { shop in
      let conditions = CampaignV1.Conditions(
        endDate: TypeV1.Date(year: 2026, month: 3, day: 31), timeZone: "America/New_York")
      let promotion = try await shop.publish(Shop.promotion(conditions: conditions)).promotionID
      shop.service.clock.set(instant("2026-04-01T03:59:59Z"))
      let quoted = try await shop.evaluate().discounts
      shop.service.clock.set(instant("2026-04-01T04:00:30Z"))
      #expect(try await shop.evaluate().discounts.isEmpty)
      try await shop.hold("ord_1", quoted)
      try await shop.commit("ord_1")
      #expect(try await shop.promotion(promotion).committedUses == 1)
    }
  }

  @Test func `a limit that is lowered holds at once, also for what was quoted before`() async throws {
    try await Shop.open { shop in
      var promotion = try await shop.publish(Shop.promotion(conditions: CampaignV1.Conditions(totalLimit: 10)))
      let quoted = try await shop.evaluate().discounts
      try await shop.hold("ord_1", quoted)
      promotion.conditions = CampaignV1.Conditions(totalLimit: 1)
      promotion = try await shop.publish(promotion)
      await expectRefusal(.resourceExhausted, "LIMIT_REACHED") { try await shop.hold("ord_2", quoted) }
      promotion.conditions = CampaignV1.Conditions(totalLimit: 2)
      try await shop.publish(promotion)
      try await shop.hold("ord_2", quoted)
    }
  }

  @Test func `a version that was never published is a stale quote`() async throws {
    try await Shop.open { shop in
      let promotion = try await shop.publish(Shop.promotion()).promotionID
      let template = try await shop.publish(Shop.template())
      let coupon = try #require(try await shop.issue(template.templateID, count: 1).first)
      await expectRefusal(.failedPrecondition, "QUOTE_STALE") {
        try await shop.hold("ord_1", [Shop.use(promotion: promotion, version: 2)])
      }
      await expectRefusal(.failedPrecondition, "QUOTE_STALE") { try await shop.hold("ord_1", [Shop.use(promotion: "prm_unknown")]) }
      await expectRefusal(.failedPrecondition, "QUOTE_STALE") { try await shop.hold("ord_1", [Shop.use(coupon: coupon, version: 9)]) }
      // A template is no promotion.
      await expectRefusal(.failedPrecondition, "QUOTE_STALE") {
        try await shop.hold("ord_1", [Shop.use(promotion: template.templateID)])
      }
    }
  }

  @Test func `a coupon that is void, another member's, or not of its template is refused`() async throws {
    try await Shop.open { shop in
      let template = try await shop.publish(Shop.template())
      let otherTemplate = try await shop.publish(Shop.template())
      var coupon = try #require(try await shop.issue(template.templateID, to: ["mem_1"]).first)
      await expectRefusal(.failedPrecondition, "COUPON_OTHER_MEMBER") {
        try await shop.hold("ord_1", [Shop.use(coupon: coupon)], member: "mem_2")
      }
      await expectRefusal(.failedPrecondition, "COUPON_OTHER_MEMBER") { try await shop.hold("ord_1", [Shop.use(coupon: coupon)]) }
      try await shop.void(coupon.couponID)
      await expectRefusal(.failedPrecondition, "COUPON_VOID") {
        try await shop.hold("ord_1", [Shop.use(coupon: coupon)], member: "mem_1")
      }
      coupon.templateID = otherTemplate.templateID
      await expectRefusal(.notFound, "COUPON_UNKNOWN") { try await shop.hold("ord_1", [Shop.use(coupon: coupon)], member: "mem_1") }
    }
  }

  @Test(arguments: [CampaignV1.Conditions(membersOnly: true), CampaignV1.Conditions(memberLimit: 1)])
  func `what is for members is not held for nobody`(conditions: CampaignV1.Conditions) async throws {
    try await Shop.open { shop in
      let promotion = try await shop.publish(Shop.promotion(conditions: conditions)).promotionID
      await expectRefusal(.failedPrecondition, "MEMBER_REQUIRED") { try await shop.hold("ord_1", [Shop.use(promotion: promotion)]) }
      try await shop.hold("ord_1", [Shop.use(promotion: promotion)], member: "mem_1")
    }
  }

  @Test func `a coupon that is withdrawn while held is committed all the same`() async throws {
    try await Shop.open { shop in
      let template = try await shop.publish(Shop.template())
      let coupon = try #require(try await shop.issue(template.templateID, count: 1).first)
      try await shop.hold("ord_1", [Shop.use(coupon: coupon)])
      try await shop.void(coupon.couponID)
      try await shop.commit("ord_1")
      #expect(try await shop.coupon(coupon.couponID).committedUses == 1)
    }
  }

  // MARK: Returns

  @Test func `the return that completes an order gives its uses back, once`() async throws {
    try await Shop.open { shop in
      let promotion = try await shop.publish(Shop.promotion(conditions: CampaignV1.Conditions(memberLimit: 1))).promotionID
      let template = try await shop.publish(Shop.template())
      let coupon = try #require(try await shop.issue(template.templateID, to: ["mem_1"]).first)
      let discounts = [Shop.use(promotion: promotion), Shop.use(coupon: coupon)]
      try await shop.hold("ord_1", discounts, member: "mem_1")
      try await shop.commit("ord_1")
      #expect(try await shop.reverse("ord_1", by: "ret_1", whole: false) == 0)
      #expect(try await shop.coupon(coupon.couponID).committedUses == 1)
      #expect(try await shop.reverse("ord_1", by: "ret_2", whole: true) == 2)
      #expect(try await shop.reverse("ord_1", by: "ret_2", whole: true) == 2)
      #expect(try await shop.coupon(coupon.couponID).committedUses == 0)
      // The member may use both again - Setono gift cards 284.
      try await shop.hold("ord_2", discounts, member: "mem_1")
    }
  }

  @Test func `two returns that both say they complete the order give its uses back once`() async throws {
    try await Shop.open { shop in
      let promotion = try await shop.publish(Shop.promotion()).promotionID
      try await shop.hold("ord_1", [Shop.use(promotion: promotion)])
      try await shop.commit("ord_1")
      async let one = shop.reverse("ord_1", by: "ret_1", whole: true)
      async let other = shop.reverse("ord_1", by: "ret_2", whole: true)
      #expect(try await one + other == 1)
      #expect(try await shop.promotion(promotion).committedUses == 0)
    }
  }

  @Test func `a give-back that runs beside new uses loses none of them - medusa 16595`() async throws {
    try await Shop.open { shop in
      let promotion = try await shop.publish(Shop.promotion()).promotionID
      for number in 0..<50 {
        try await shop.hold("ord_\(number)", [Shop.use(promotion: promotion)])
        try await shop.commit("ord_\(number)")
      }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<50 {
          group.addTask { try await shop.reverse("ord_\(number)", by: "ret_\(number)", whole: true) }
          group.addTask {
            try await shop.hold("ord_new_\(number)", [Shop.use(promotion: promotion)])
            try await shop.commit("ord_new_\(number)")
          }
        }
        try await group.waitForAll()
      }
      let read = try await shop.promotion(promotion)
      #expect(read.committedUses == 50)
      #expect(read.heldUses == 0)
    }
  }

  @Test func `a return is never refused`() async throws {
    try await Shop.open { shop in
      #expect(try await shop.reverse("ord_unknown", by: "ret_1", whole: true) == 0)
      try await shop.cancel("ord_cancelled")
      #expect(try await shop.reverse("ord_cancelled", by: "ret_2", whole: true) == 0)
      // A return proves that its order completed: a hold that a restore left open is committed first.
      let promotion = try await shop.publish(Shop.promotion()).promotionID
      try await shop.hold("ord_1", [Shop.use(promotion: promotion)])
      #expect(try await shop.reverse("ord_1", by: "ret_3", whole: false) == 0)
      #expect(try await shop.promotion(promotion).committedUses == 1)
      try await shop.hold("ord_2", [Shop.use(promotion: promotion)])
      #expect(try await shop.reverse("ord_2", by: "ret_4", whole: true) == 1)
      #expect(try await shop.promotion(promotion).committedUses == 1)
    }
  }

  // MARK: Restart

  @Test func `holds, counters and replies outlive a restart`() async throws {
    try await Shop.open { shop in
      let promotion = try await shop.publish(Shop.promotion(conditions: CampaignV1.Conditions(totalLimit: 2))).promotionID
      try await shop.hold("ord_1", [Shop.use(promotion: promotion)])
      try await shop.hold("ord_2", [Shop.use(promotion: promotion)])
      try await shop.service.restart()
      try await shop.hold("ord_1", [Shop.use(promotion: promotion)])
      await expectRefusal(.resourceExhausted, "LIMIT_REACHED") { try await shop.hold("ord_3", [Shop.use(promotion: promotion)]) }
      try await shop.commit("ord_1")
      try await shop.service.restart()
      try await shop.commit("ord_1")
      let read = try await shop.promotion(promotion)
      #expect(read.heldUses == 1)
      #expect(read.committedUses == 1)
    }
  }

  // MARK: The world

  @Test func `a full disk refuses with a reason and leaves no part of the command`() async throws {
    try await Shop.open(maximumPageCount: 200) { shop in
      let template = try await shop.publish(Shop.template())
      var issued: Int64 = 0
      await expectRefusal(.resourceExhausted, "STORAGE_FULL") {
        for _ in 0..<100 { issued += Int64(try await shop.issue(template.templateID, count: 100).count) }
      }
      let count = SQL("test.count-coupons", "SELECT (SELECT COUNT(*) FROM coupons), (SELECT COUNT(*) FROM database_outbox)")
      let counts = try await shop.service.database.read { try $0.first(count) { [$0.int64(0), $0.int64(1)] } }
      #expect(counts == [issued, issued])
      #expect(issued > 0)
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

  /// How many of many callers at once were admitted; the others must have been refused with `reason`.
  private static func race(
    callers: Int, refusedWith reason: String = "LIMIT_REACHED", _ call: @escaping @Sendable (Int) async throws -> Void
  ) async throws -> Int {
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for number in 0..<callers {
        group.addTask {
          do {
            try await call(number)
            return true
          } catch let error as RPCError where error.reason == reason {
            return false
          }
        }
      }
      return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
  }
}
