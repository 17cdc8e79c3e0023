import PatronAPI
import Testing

@testable import Campaign

@Suite struct QuoteTests {
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
}
