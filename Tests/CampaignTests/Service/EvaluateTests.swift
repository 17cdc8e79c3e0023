import Foundation
import PatronAPI
import Testing

@testable import Campaign

@Suite struct EvaluateTests {
  @Test func `a basket gets its promotions and coupons, itemised`() async throws {
    try await Shop.open { shop in
      let promotion = try await shop.publish(Shop.promotion(benefit: .amountOff(TypeV1.Money(1000, "USD"))))
      let template = try await shop.publish(Shop.template(benefit: .percentBasisPoints(5_000)))
      let coupon = try #require(try await shop.issue(template.templateID, to: ["mem_1"]).first)
      let reply = try await shop.evaluate([500, 500, 500], member: "mem_1", codes: [coupon.code, "nonsense"])
      #expect(
        reply.discounts == [
          CampaignV1.AppliedDiscount(
            source: .promotionID(promotion.promotionID), version: 1, name: "Ten percent", amountMinorUnits: 1000,
            lines: [(1, 334), (2, 333), (3, 333)].map { CampaignV1.LineDiscount(lineNumber: $0, amountMinorUnits: $1) }),
          CampaignV1.AppliedDiscount(
            source: .couponID(coupon.couponID), templateID: template.templateID, version: 1, name: "Five percent",
            amountMinorUnits: 250,
            lines: [(1, 83), (2, 84), (3, 83)].map { CampaignV1.LineDiscount(lineNumber: $0, amountMinorUnits: $1) }),
        ])
      #expect(reply.rejectedCoupons.map(\.code) == ["nonsense"])
      #expect(reply.rejectedCoupons.map(\.reason) == ["COUPON_UNKNOWN"])
    }
  }

  @Test func `what is published, stopped and published again holds from its answer on`() async throws {
    try await Shop.open { shop in
      #expect(try await shop.evaluate().discounts.isEmpty)
      var promotion = try await shop.publish(Shop.promotion())
      #expect(try await shop.evaluate().discounts.map(\.version) == [1])
      promotion.benefit = CampaignV1.Benefit(kind: .percentBasisPoints(3_000))
      promotion = try await shop.publish(promotion)
      #expect(try await shop.evaluate().discounts.map(\.amountMinorUnits) == [300])
      try await shop.stop(promotion.promotionID)
      #expect(try await shop.evaluate().discounts.isEmpty)
    }
  }

  @Test func `a restart evaluates as before`() async throws {
    try await Shop.open { shop in
      let conditions = CampaignV1.Conditions(
        storeIDs: ["sto_1"], endDate: TypeV1.Date(year: 2026, month: 3, day: 31), timeZone: "Asia/Shanghai",
        minimumAmount: TypeV1.Money(900, "USD"))
      try await shop.publish(
        Shop.promotion(products: CampaignV1.ProductSet(departments: ["GROCERY"], brands: ["National"]), conditions: conditions))
      let template = try await shop.publish(Shop.template())
      let code = try #require(try await shop.issue(template.templateID, count: 1).first).code
      let before = try await shop.evaluate(codes: [code])
      #expect(before.discounts.count == 2)
      try await shop.service.restart()
      #expect(try await shop.evaluate(codes: [code]) == before)
    }
  }

  @Test func `the last day ends with its last instant in the zone - lifterlms 552, edd 7492`() async throws {
    try await Shop.open { shop in
      // 2026-03-31 in Shanghai ends at 16:00 UTC.
      let end = TypeV1.Date(year: 2026, month: 3, day: 31)
      let conditions = CampaignV1.Conditions(endDate: end, timeZone: "Asia/Shanghai")
      try await shop.publish(Shop.promotion(conditions: conditions))
      let template = try await shop.publish(Shop.template(conditions: conditions))
      let code = try #require(try await shop.issue(template.templateID, count: 1).first).code
      shop.service.clock.set(instant("2026-03-31T15:59:59.999Z"))
      #expect(try await shop.evaluate(codes: [code]).discounts.count == 2)
      shop.service.clock.set(instant("2026-03-31T16:00:00Z"))
      let after = try await shop.evaluate(codes: [code])
      #expect(after.discounts.isEmpty)
      #expect(after.rejectedCoupons.map(\.reason) == ["COUPON_EXPIRED"])
    }
  }

  @Test func `a coupon follows its template to the next version`() async throws {
    try await Shop.open { shop in
      var template = try await shop.publish(Shop.template())
      let code = try #require(try await shop.issue(template.templateID, count: 1).first).code
      template.benefit = CampaignV1.Benefit(kind: .percentBasisPoints(2_500))
      template = try await shop.publish(template)
      let discount = try #require(try await shop.evaluate(codes: [code]).discounts.first)
      #expect(discount.version == 2)
      #expect(discount.amountMinorUnits == 250)
    }
  }

  @Test func `re-evaluation does not count itself - vendure 1807`() async throws {
    try await Shop.open { shop in
      let template = try await shop.publish(Shop.template(conditions: CampaignV1.Conditions(totalLimit: 1, memberLimit: 1)))
      let coupon = try #require(try await shop.issue(template.templateID, to: ["mem_1"]).first)
      for _ in 0..<10 {
        #expect(try await shop.evaluate(member: "mem_1", codes: [coupon.code]).discounts.count == 1)
      }
      let discounts = try await shop.evaluate(member: "mem_1", codes: [coupon.code]).discounts
      try await shop.hold("ord_1", discounts, member: "mem_1")
      #expect(try await shop.evaluate(member: "mem_1", codes: [coupon.code]).rejectedCoupons.map(\.reason) == ["COUPON_USED"])
    }
  }

  @Test func `limits that are held or used show in the evaluation`() async throws {
    try await Shop.open { shop in
      let total = try await shop.publish(Shop.promotion("Total", conditions: CampaignV1.Conditions(totalLimit: 1)))
      let perMember = try await shop.publish(Shop.promotion("Member", conditions: CampaignV1.Conditions(memberLimit: 1)))
      let discounts = try await shop.evaluate(member: "mem_1").discounts
      #expect(discounts.count == 2)
      try await shop.hold("ord_1", discounts, member: "mem_1")
      #expect(try await shop.evaluate(member: "mem_1").discounts.isEmpty)
      #expect(try await shop.evaluate(member: "mem_2").discounts.map(\.name) == ["Member"])
      try await shop.cancel("ord_1")
      #expect(try await shop.evaluate(member: "mem_1").discounts == discounts)
      #expect(try await shop.promotion(total.promotionID).heldUses == 0)
      #expect(try await shop.promotion(perMember.promotionID).heldUses == 0)
    }
  }

  // MARK: Bad input

  struct Invalid: Sendable {
    var request = CampaignV1.EvaluateRequest(storeID: "sto_1", currencyCode: "USD", lines: Shop.lines([100, 200]))
    let fields: [String]

    init(_ fields: [String], _ change: (inout CampaignV1.EvaluateRequest) -> Void) {
      self.fields = fields
      change(&request)
    }
  }

  @Test(arguments: [
    Invalid(["store_id"]) { $0.storeID = "" },
    Invalid(["currency_code"]) { $0.currencyCode = "dollars" },
    Invalid(["currency_code"]) { $0.currencyCode = "" },
    Invalid(["member_id"]) { $0.memberID = String(repeating: "m", count: 129) },
    Invalid(["lines[1].line_number"]) { $0.lines[1].lineNumber = 1 },
    Invalid(["lines[0].line_number"]) { $0.lines[0].lineNumber = 0 },
    Invalid(["lines[1].amount_minor_units"]) { $0.lines[1].amountMinorUnits = .max },
    Invalid(["lines[1].amount_minor_units"]) { $0.lines[1].amountMinorUnits = .min },
    Invalid(["lines[0].kind"]) { $0.lines[0].kind = .unrecognized(9) },
    Invalid(["lines[0].department"]) { $0.lines[0].department = String(repeating: "d", count: 257) },
    Invalid(["lines"]) { $0.lines = Shop.lines(Array(repeating: 1, count: 2_001)) },
    Invalid(["coupon_codes"]) { $0.couponCodes = Array(repeating: "A", count: 21) },
  ])
  func `a basket that is none is refused field by field`(_ invalid: Invalid) async throws {
    try await Shop.open { shop in
      await expectInvalid(invalid.fields) { _ = try await shop.campaign.evaluate(invalid.request) }
    }
  }

  @Test func `lines in any order give the same answer`() async throws {
    try await Shop.open { shop in
      try await shop.publish(Shop.promotion(benefit: .amountOff(TypeV1.Money(2, "USD"))))
      let lines = Shop.lines([5, 5, 5])
      let forwards = try await shop.campaign.evaluate(
        CampaignV1.EvaluateRequest(storeID: "sto_1", currencyCode: "USD", lines: lines))
      let backwards = try await shop.campaign.evaluate(
        CampaignV1.EvaluateRequest(storeID: "sto_1", currencyCode: "USD", lines: lines.reversed()))
      #expect(forwards == backwards)
    }
  }
}
