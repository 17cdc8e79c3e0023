import PatronAPI
import RPC
import Testing

@testable import Campaign

@Suite struct LimitTests {
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
