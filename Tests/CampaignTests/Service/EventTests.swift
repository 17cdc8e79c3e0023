import Database
import PatronAPI
import Testing

@testable import Campaign

@Suite struct EventTests {
  private static func events(of shop: Shop) async throws -> [OutboxEvent] {
    try await shop.service.database.events(after: 0, limit: 1_000).map(\.event)
  }

  @Test func `each fact is published once, however often its command came`() async throws {
    try await Shop.open { shop in
      let promotion = try await shop.publish(Shop.promotion(), requestID: "publish").promotionID
      try await shop.publish(Shop.promotion(), requestID: "publish")
      let template = try await shop.publish(Shop.template())
      let coupon = try #require(try await shop.issue(template.templateID, to: ["mem_1"]).first)
      for requestID in ["a", "b"] {
        try await shop.hold(
          "ord_1", [Shop.use(promotion: promotion), Shop.use(coupon: coupon)], member: "mem_1", requestID: requestID)
        try await shop.commit("ord_1", requestID: requestID)
        try await shop.reverse("ord_1", by: "ret_1", whole: true, requestID: requestID)
        try await shop.stop(promotion)
      }
      let events = try await Self.events(of: shop)
      #expect(
        events.map(\.type) == [
          "campaign.promotion_published.v1", "campaign.coupon_issued.v1", "campaign.coupon_used.v1", "campaign.use_reversed.v1",
          "campaign.use_reversed.v1", "campaign.promotion_published.v1",
        ])
      #expect(
        events.map(\.aggregateID) == [
          promotion, coupon.couponID, coupon.couponID, promotion, coupon.couponID, promotion,
        ])
      #expect(Set(events.map(\.id)).count == events.count)

      let used = try CampaignV1.CouponUsed(decoding: events[2].payload)
      #expect(
        used
          == CampaignV1.CouponUsed(
            couponID: coupon.couponID, templateID: template.templateID, version: 1, orderID: "ord_1", memberID: "mem_1",
            storeID: "sto_1", currencyCode: "USD", amountMinorUnits: 50))
      let reversed = try CampaignV1.UseReversed(decoding: events[4].payload)
      #expect(
        reversed
          == CampaignV1.UseReversed(
            source: .couponID(coupon.couponID), templateID: template.templateID, version: 1, orderID: "ord_1", returnID: "ret_1",
            memberID: "mem_1"))
      #expect(try CampaignV1.PromotionPublished(decoding: events[5].payload).stopped)
    }
  }

  @Test func `an event names a coupon by its id, never by its code`() async throws {
    try await Shop.open { shop in
      let template = try await shop.publish(Shop.template())
      let coupon = try #require(try await shop.issue(template.templateID, count: 1).first)
      try await shop.hold("ord_1", [Shop.use(coupon: coupon)])
      try await shop.commit("ord_1")
      let canonical = coupon.code.replacing("-", with: "")
      for event in try await Self.events(of: shop) {
        let text = String(decoding: event.payload, as: UTF8.self)
        #expect(!text.contains(coupon.code) && !text.contains(canonical))
      }
    }
  }

  @Test func `a refused command publishes nothing`() async throws {
    try await Shop.open { shop in
      await expectRefusal(.notFound, "TEMPLATE_UNKNOWN") { _ = try await shop.issue("cpt_unknown", count: 1) }
      await expectRefusal(.failedPrecondition, "HOLD_UNKNOWN") { try await shop.commit("ord_1") }
      let events = try await Self.events(of: shop)
      #expect(events.isEmpty)
    }
  }
}
