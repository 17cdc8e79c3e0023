import PatronAPI
import Testing

@testable import Campaign

@Suite struct CouponTests {
  @Test func `each member named gets one coupon, and open codes belong to nobody`() async throws {
    try await Shop.open { shop in
      let template = try await shop.publish(Shop.template(usesPerCode: 2))
      let bound = try await shop.issue(template.templateID, to: ["mem_1", "mem_2"])
      #expect(bound.map(\.memberID) == ["mem_1", "mem_2"])
      let open = try await shop.issue(template.templateID, count: 3)
      #expect(open.map(\.memberID) == ["", "", ""])
      for coupon in bound + open {
        #expect(coupon.couponID.hasPrefix("cpn_"))
        #expect(coupon.templateID == template.templateID)
        #expect(coupon.useLimit == 2)
        #expect(try await shop.coupon(coupon.couponID) == coupon)
      }
    }
  }

  @Test func `a thousand codes are all different`() async throws {
    try await Shop.open { shop in
      let template = try await shop.publish(Shop.template())
      let coupons = try await shop.issue(template.templateID, count: 1_000)
      #expect(Set(coupons.map(\.code)).count == 1_000)
      #expect(Set(coupons.map(\.couponID)).count == 1_000)
    }
  }

  @Test func `a repeated issue answers with the same codes and makes no others`() async throws {
    try await Shop.open { shop in
      let template = try await shop.publish(Shop.template())
      let request = CampaignV1.IssueCouponsRequest(requestID: "same", templateID: template.templateID, memberIDs: ["mem_1"])
      let first = try await shop.campaign.issueCoupons(request)
      let again = try await shop.campaign.issueCoupons(request)
      #expect(first == again)
      #expect(try await shop.campaign.listCoupons(CampaignV1.ListCouponsRequest(memberID: "mem_1")).coupons == first.coupons)
    }
  }

  @Test func `what cannot be issued is refused`() async throws {
    try await Shop.open { shop in
      let template = try await shop.publish(Shop.template()).templateID
      await expectInvalid(["count"]) { _ = try await shop.issue(template, count: 0) }
      await expectInvalid(["count"]) { _ = try await shop.issue(template, count: 1_001) }
      await expectInvalid(["count"]) { _ = try await shop.issue(template, count: -1) }
      await expectInvalid(["member_ids"]) { _ = try await shop.issue(template, to: (0...1_000).map { "mem_\($0)" }) }
      await expectInvalid(["member_ids"]) { _ = try await shop.issue(template, to: ["mem_1", "mem_1"]) }
      await expectInvalid(["member_ids[0]"]) { _ = try await shop.issue(template, to: [""]) }
      await expectInvalid(["count"]) {
        _ = try await shop.campaign.issueCoupons(
          CampaignV1.IssueCouponsRequest(requestID: "both", templateID: template, memberIDs: ["mem_1"], count: 1))
      }
      await expectRefusal(.notFound, "TEMPLATE_UNKNOWN") { _ = try await shop.issue("cpt_unknown", count: 1) }
    }
  }

  @Test func `a code is found however it is typed`() async throws {
    try await Shop.open { shop in
      let template = try await shop.publish(Shop.template())
      let coupon = try #require(try await shop.issue(template.templateID, count: 1).first)
      for typed in [coupon.code, coupon.code.lowercased(), coupon.code.replacing("-", with: ""), " \(coupon.code) "] {
        #expect(try await shop.campaign.getCoupon(CampaignV1.GetCouponRequest(key: .code(typed))).coupon == coupon)
      }
      for typed in ["", "AAAA-AAAA-AAAA-AAAA", "AAAA-AAAA-AAAA-AAAB", String(repeating: "A", count: 10_000)] {
        await expectRefusal(.notFound, "COUPON_UNKNOWN") {
          _ = try await shop.campaign.getCoupon(CampaignV1.GetCouponRequest(key: .code(typed)))
        }
      }
      await expectRefusal(.notFound, "COUPON_UNKNOWN") { _ = try await shop.coupon("cpn_unknown") }
      await expectInvalid(["key"]) { _ = try await shop.campaign.getCoupon(CampaignV1.GetCouponRequest()) }
    }
  }

  @Test func `a member's coupons are listed newest first, page by page, and no one else's`() async throws {
    try await Shop.open { shop in
      let template = try await shop.publish(Shop.template())
      var ids: [String] = []
      for _ in 0..<5 {
        let coupons = try await shop.issue(template.templateID, to: ["mem_1", "mem_2"])
        ids.append(try #require(coupons.first).couponID)
      }
      var listed: [String] = []
      var token = ""
      repeat {
        let page = try await shop.campaign.listCoupons(
          CampaignV1.ListCouponsRequest(memberID: "mem_1", pageSize: 2, pageToken: token))
        listed += page.coupons.map(\.couponID)
        token = page.nextPageToken
      } while !token.isEmpty
      #expect(listed == ids.reversed())

      let first = try await shop.campaign.listCoupons(CampaignV1.ListCouponsRequest(memberID: "mem_1", pageSize: 2))
      await expectRefusal(.invalidArgument, "PAGE_TOKEN_INVALID") {
        _ = try await shop.campaign.listCoupons(
          CampaignV1.ListCouponsRequest(memberID: "mem_2", pageSize: 2, pageToken: first.nextPageToken))
      }
      await expectInvalid(["member_id"]) { _ = try await shop.campaign.listCoupons(CampaignV1.ListCouponsRequest()) }
    }
  }

  @Test func `the usable coupons are those that a basket could use now, on whatever page the others would stand`() async throws {
    try await Shop.open { shop in
      let open = try await shop.publish(Shop.template()).templateID
      var ended = Shop.template()
      ended.name = "ended"
      ended.conditions = CampaignV1.Conditions(endDate: TypeV1.Date(year: 2001, month: 1, day: 1), timeZone: "UTC")
      var later = ended
      later.name = "later"
      later.conditions = CampaignV1.Conditions(startDate: TypeV1.Date(year: 2999, month: 1, day: 1), timeZone: "UTC")
      let oldest = try #require(try await shop.issue(open, to: ["mem_1"]).first).couponID
      let void = try #require(try await shop.issue(open, to: ["mem_1"]).first).couponID
      try await shop.void(void)
      for template in [ended, later] {
        let templateID = try await shop.publish(template).templateID
        for _ in 0..<3 { _ = try await shop.issue(templateID, to: ["mem_1"]) }
      }
      let newest = try #require(try await shop.issue(open, to: ["mem_1"]).first).couponID
      let one = try await shop.campaign.listCoupons(.init(memberID: "mem_1", pageSize: 1, usableOnly: true))
      #expect(one.coupons.map(\.couponID) == [newest])
      let two = try await shop.campaign.listCoupons(
        .init(memberID: "mem_1", pageSize: 1, pageToken: one.nextPageToken, usableOnly: true))
      #expect(two.coupons.map(\.couponID) == [oldest] && two.nextPageToken.isEmpty)
      #expect(try await shop.campaign.listCoupons(.init(memberID: "mem_1")).coupons.count == 9)
    }
  }

  @Test func `a withdrawn coupon stays withdrawn`() async throws {
    try await Shop.open { shop in
      let template = try await shop.publish(Shop.template())
      let coupon = try #require(try await shop.issue(template.templateID, count: 1).first)
      try await shop.void(coupon.couponID)
      try await shop.void(coupon.couponID)
      #expect(try await shop.coupon(coupon.couponID).void)
      #expect(try await shop.evaluate(codes: [coupon.code]).rejectedCoupons.map(\.reason) == ["COUPON_VOID"])
      await expectRefusal(.notFound, "COUPON_UNKNOWN") { try await shop.void("cpn_unknown") }
    }
  }
}
