import Database
import Foundation
import PatronAPI
import Testing

@testable import Campaign

@Suite struct PublishTests {
  @Test func `a published promotion is read back as it was published`() async throws {
    try await Shop.open { shop in
      let wanted = CampaignV1.Promotion(
        name: "Bread week", products: CampaignV1.ProductSet(productIDs: ["prd_1"], departments: ["GROCERY"], brands: ["National"]),
        benefit: CampaignV1.Benefit(kind: .amountOff(TypeV1.Money(150, "USD"))),
        conditions: CampaignV1.Conditions(
          storeIDs: ["sto_1", "sto_2"], startDate: TypeV1.Date(year: 2026, month: 3, day: 1),
          endDate: TypeV1.Date(year: 2026, month: 3, day: 31), timeZone: "America/New_York", membersOnly: true,
          minimumAmount: TypeV1.Money(500, "USD"), totalLimit: 100, memberLimit: 2), priority: -3)
      let published = try await shop.publish(wanted)
      #expect(published.promotionID.hasPrefix("prm_"))
      #expect(published.version == 1)
      #expect(published.state == .published)
      #expect(published.publishTime?.date == shop.service.clock.now())
      #expect(published.name == wanted.name)
      #expect(published.products == wanted.products)
      #expect(published.benefit == wanted.benefit)
      #expect(published.conditions == wanted.conditions)
      #expect(published.priority == wanted.priority)
      #expect(try await shop.promotion(published.promotionID) == published)
    }
  }

  @Test func `publishing what was read makes the next version and puts it in force again`() async throws {
    try await Shop.open { shop in
      let first = try await shop.publish(Shop.promotion())
      let stopped = try await shop.stop(first.promotionID)
      #expect(stopped.state == .stopped)
      #expect(try await shop.evaluate().discounts.isEmpty)
      var changed = stopped
      changed.benefit = CampaignV1.Benefit(kind: .percentBasisPoints(2_000))
      let second = try await shop.publish(changed)
      #expect(second.promotionID == first.promotionID)
      #expect(second.version == 2)
      #expect(second.state == .published)
      let discount = try #require(try await shop.evaluate().discounts.first)
      #expect(discount.version == 2)
      #expect(discount.amountMinorUnits == 200)
    }
  }

  @Test func `saving without a change never moves the dates - woocommerce-ios 6254`() async throws {
    try await Shop.open { shop in
      let conditions = CampaignV1.Conditions(
        startDate: TypeV1.Date(year: 2026, month: 3, day: 8), endDate: TypeV1.Date(year: 2026, month: 11, day: 1),
        timeZone: "America/New_York")
      var promotion = try await shop.publish(Shop.promotion(conditions: conditions))
      for version in 2...5 {
        promotion = try await shop.publish(promotion)
        #expect(promotion.version == Int64(version))
        #expect(promotion.conditions == conditions)
      }
    }
  }

  @Test func `a published version never changes`() async throws {
    try await Shop.open { shop in
      let promotion = try await shop.publish(Shop.promotion(products: CampaignV1.ProductSet(departments: ["GROCERY"])))
      for sql in [
        SQL("test.update-version", "UPDATE rule_versions SET percent_basis_points = 1"),
        SQL("test.delete-version", "DELETE FROM rule_versions"),
        SQL("test.update-value", "UPDATE rule_version_values SET value = 'DRUG GM'"),
        SQL("test.delete-value", "DELETE FROM rule_version_values"),
      ] {
        await #expect(throws: DatabaseError.constraint(.trigger, sql: sql.name)) {
          try await shop.service.database.write { try $0.run(sql) }
        }
      }
      #expect(try await shop.promotion(promotion.promotionID) == promotion)
    }
  }

  @Test func `stopping twice is stopping once`() async throws {
    try await Shop.open { shop in
      let promotion = try await shop.publish(Shop.promotion())
      let once = try await shop.stop(promotion.promotionID)
      let twice = try await shop.stop(promotion.promotionID)
      #expect(once == twice)
    }
  }

  @Test func `promotions are listed page by page in the order of their making`() async throws {
    try await Shop.open { shop in
      var ids: [String] = []
      for number in 1...5 { ids.append(try await shop.publish(Shop.promotion("Promotion \(number)")).promotionID) }
      var listed: [String] = []
      var token = ""
      repeat {
        let page = try await shop.campaign.listPromotions(CampaignV1.ListPromotionsRequest(pageSize: 2, pageToken: token))
        #expect(page.promotions.count <= 2)
        listed += page.promotions.map(\.promotionID)
        token = page.nextPageToken
      } while !token.isEmpty
      #expect(listed == ids)
      await expectRefusal(.invalidArgument, "PAGE_TOKEN_INVALID") {
        _ = try await shop.campaign.listPromotions(CampaignV1.ListPromotionsRequest(pageToken: "nonsense"))
      }
    }
  }

  @Test func `what does not stand cannot be published anew, stopped or read`() async throws {
    try await Shop.open { shop in
      var unknown = Shop.promotion()
      unknown.promotionID = "prm_unknown"
      await expectRefusal(.notFound, "PROMOTION_UNKNOWN") { _ = try await shop.publish(unknown) }
      await expectRefusal(.notFound, "PROMOTION_UNKNOWN") { _ = try await shop.stop("prm_unknown") }
      await expectRefusal(.notFound, "PROMOTION_UNKNOWN") { _ = try await shop.promotion("prm_unknown") }
      var template = Shop.template()
      template.templateID = "cpt_unknown"
      await expectRefusal(.notFound, "TEMPLATE_UNKNOWN") { _ = try await shop.publish(template) }
      await expectRefusal(.notFound, "TEMPLATE_UNKNOWN") {
        _ = try await shop.campaign.getCouponTemplate(CampaignV1.GetCouponTemplateRequest(templateID: "cpt_unknown"))
      }
      // A template is no promotion, whatever its id says.
      let published = try await shop.publish(Shop.template())
      await expectRefusal(.notFound, "PROMOTION_UNKNOWN") { _ = try await shop.stop(published.templateID) }
    }
  }

  @Test func `a template is published, read back and versioned like a promotion`() async throws {
    try await Shop.open { shop in
      let first = try await shop.publish(Shop.template(conditions: CampaignV1.Conditions(totalLimit: 7), usesPerCode: 3))
      #expect(first.templateID.hasPrefix("cpt_"))
      #expect(first.usesPerCode == 3)
      let second = try await shop.publish(first)
      #expect(second.version == 2)
      let read = try await shop.campaign.getCouponTemplate(CampaignV1.GetCouponTemplateRequest(templateID: first.templateID))
      #expect(read.template == second)
      #expect(try await shop.publish(Shop.template(usesPerCode: 0)).usesPerCode == 1)
    }
  }

  // MARK: Validation

  struct Invalid: Sendable {
    var promotion = Shop.promotion()
    let fields: [String]

    init(_ fields: [String], _ change: (inout CampaignV1.Promotion) -> Void) {
      self.fields = fields
      change(&promotion)
    }

    static func conditions(_ fields: [String], _ change: (inout CampaignV1.Conditions) -> Void) -> Invalid {
      Invalid(fields.map { "promotion.conditions.\($0)" }) { promotion in
        var conditions = CampaignV1.Conditions()
        change(&conditions)
        promotion.conditions = conditions
      }
    }
  }

  @Test(arguments: [
    Invalid(["promotion.name"]) { $0.name = "" },
    Invalid(["promotion.name"]) { $0.name = String(repeating: "é", count: 101) },
    Invalid(["promotion.benefit"]) { $0.benefit = nil },
    Invalid(["promotion.benefit"]) { $0.benefit = CampaignV1.Benefit() },
    Invalid(["promotion.benefit.percent_basis_points"]) { $0.benefit = CampaignV1.Benefit(kind: .percentBasisPoints(0)) },
    Invalid(["promotion.benefit.percent_basis_points"]) { $0.benefit = CampaignV1.Benefit(kind: .percentBasisPoints(-1)) },
    Invalid(["promotion.benefit.percent_basis_points"]) { $0.benefit = CampaignV1.Benefit(kind: .percentBasisPoints(10_001)) },
    Invalid(["promotion.benefit.amount_off.minor_units"]) { $0.benefit = CampaignV1.Benefit(kind: .amountOff(TypeV1.Money(0, "USD"))) },
    Invalid(["promotion.benefit.amount_off.minor_units"]) { $0.benefit = CampaignV1.Benefit(kind: .amountOff(TypeV1.Money(-5, "USD"))) },
    Invalid(["promotion.benefit.amount_off.currency_code"]) { $0.benefit = CampaignV1.Benefit(kind: .amountOff(TypeV1.Money(5, "usd"))) },
    Invalid(["promotion.products.departments[1]"]) { $0.products = CampaignV1.ProductSet(departments: ["GROCERY", ""]) },
    Invalid(["promotion.products.product_ids"]) {
      $0.products = CampaignV1.ProductSet(productIDs: (0...5_000).map { "prd_\($0)" })
    },
    Invalid.conditions(["start_date"]) {
      $0.startDate = TypeV1.Date(year: 2026, month: 2, day: 29); $0.timeZone = "UTC"
    },
    Invalid.conditions(["end_date"]) {
      $0.endDate = TypeV1.Date(year: 2026, month: 4, day: 31); $0.timeZone = "UTC"
    },
    Invalid.conditions(["end_date"]) {
      $0.startDate = TypeV1.Date(year: 2026, month: 3, day: 2)
      $0.endDate = TypeV1.Date(year: 2026, month: 3, day: 1)
      $0.timeZone = "UTC"
    },
    Invalid.conditions(["time_zone"]) { $0.endDate = TypeV1.Date(year: 2026, month: 3, day: 1) },
    Invalid.conditions(["time_zone"]) { $0.timeZone = "GMT+8" },
    Invalid.conditions(["time_zone"]) { $0.timeZone = "Mars/Olympus" },
    Invalid.conditions(["minimum_amount.minor_units"]) { $0.minimumAmount = TypeV1.Money(-1, "USD") },
    Invalid.conditions(["total_limit"]) { $0.totalLimit = -1 },
    Invalid.conditions(["member_limit"]) { $0.memberLimit = -1 },
    Invalid.conditions(["store_ids[0]"]) { $0.storeIDs = [String(repeating: "s", count: 129)] },
    Invalid(["promotion.name", "promotion.benefit"]) {
      $0.name = ""; $0.benefit = nil
    },
  ])
  func `a promotion that cannot hold is refused field by field`(_ invalid: Invalid) async throws {
    try await Shop.open { shop in
      await expectInvalid(invalid.fields) { _ = try await shop.publish(invalid.promotion) }
      let listed = try await shop.campaign.listPromotions(CampaignV1.ListPromotionsRequest())
      #expect(listed.promotions.isEmpty)
    }
  }

  @Test func `29 February of a leap year is a date`() async throws {
    try await Shop.open { shop in
      let day = TypeV1.Date(year: 2028, month: 2, day: 29)
      let published = try await shop.publish(
        Shop.promotion(conditions: CampaignV1.Conditions(startDate: day, endDate: day, timeZone: "Asia/Shanghai")))
      #expect(published.conditions?.endDate == day)
    }
  }

  @Test func `an amount off and a minimum in two currencies are refused`() async throws {
    try await Shop.open { shop in
      await expectRefusal(.invalidArgument, "CURRENCY_MISMATCH") {
        _ = try await shop.publish(
          Shop.promotion(
            benefit: .amountOff(TypeV1.Money(100, "USD")), conditions: CampaignV1.Conditions(minimumAmount: TypeV1.Money(500, "EUR"))))
      }
    }
  }

  @Test func `uses per code are checked`() async throws {
    try await Shop.open { shop in
      await expectInvalid(["template.uses_per_code"]) { _ = try await shop.publish(Shop.template(usesPerCode: -1)) }
    }
  }

  @Test func `a member limit implies members only`() async throws {
    try await Shop.open { shop in
      let published = try await shop.publish(Shop.promotion(conditions: CampaignV1.Conditions(memberLimit: 1)))
      #expect(published.conditions?.membersOnly == true)
    }
  }

  @Test func `no more promotions are open at one time than the configuration allows`() async throws {
    try await Shop.open(["open-promotions-at-most": "2"]) { shop in
      let first = try await shop.publish(Shop.promotion())
      let ended = CampaignV1.Conditions(endDate: TypeV1.Date(year: 2026, month: 1, day: 1), timeZone: "UTC")
      try await shop.publish(Shop.promotion(conditions: ended))
      try await shop.publish(Shop.promotion())
      await expectRefusal(.resourceExhausted, "TOO_MANY_PROMOTIONS") { try await shop.publish(Shop.promotion()) }
      // A new version of one that is open adds none.
      try await shop.publish(first)
      try await shop.stop(first.promotionID)
      try await shop.publish(Shop.promotion())
    }
  }

  @Test func `a promotion that was stopped before its next version could take it is not opened uncounted`() async throws {
    try await Shop.open { shop in
      let id = try await shop.publish(Shop.promotion()).promotionID
      try await shop.stop(id)
      let now = shop.service.clock.now()
      await #expect(throws: DatabaseError.busy(sql: "campaign.take-open-promotion")) {
        try await shop.service.database.write(locking: CampaignLocks.order) {
          try RuleStore.takeOpenPromotion(id, at: now, in: $0)
        }
      }
    }
  }

  // MARK: Request ids

  @Test func `a repeated publication answers as the first and publishes once`() async throws {
    try await Shop.open { shop in
      let first = try await shop.publish(Shop.promotion(), requestID: "same")
      let again = try await shop.publish(Shop.promotion(), requestID: "same")
      #expect(first == again)
      #expect(try await shop.campaign.listPromotions(CampaignV1.ListPromotionsRequest()).promotions.count == 1)
      await expectRefusal(.alreadyExists, "REQUEST_ID_REUSED") {
        _ = try await shop.publish(Shop.promotion("Another"), requestID: "same")
      }
    }
  }

  @Test func `a change needs a request id`() async throws {
    try await Shop.open { shop in
      await expectRefusal(.invalidArgument, "REQUEST_ID_REQUIRED") { _ = try await shop.publish(Shop.promotion(), requestID: "") }
    }
  }
}
