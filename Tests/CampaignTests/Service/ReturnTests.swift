import PatronAPI
import Testing

@testable import Campaign

@Suite struct ReturnTests {
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
}
