import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Loyalty

@Suite struct TierSchemePublishingTests {
  private static let rich = LoyaltyV1.TierScheme(
    tiers: [
      LoyaltyV1.Tier(code: "base", name: "Base", admission: .earned),
      LoyaltyV1.Tier(
        code: "gold", name: "Gold", thresholdGrowthValue: 10_000, thresholdVisits: 5, thresholdPoints: 7, thresholdTenureDays: 30,
        anyIsEnough: true, admission: .earned,
        benefits: [
          LoyaltyV1.TierBenefit(kind: .discountBasisPoints(950)),
          LoyaltyV1.TierBenefit(kind: .pointsMultiplier(LoyaltyV1.TierPointsMultiplier(numerator: 3, denominator: 2))),
          LoyaltyV1.TierBenefit(kind: .freeDeliveryFromMinorUnits(0)),
          LoyaltyV1.TierBenefit(kind: .gift(LoyaltyV1.TierGift(occasion: .birthday, what: "a cake"))),
          LoyaltyV1.TierBenefit(kind: .priority("till 1")), LoyaltyV1.TierBenefit(kind: .dedicatedAgent("desk 7")),
        ]),
      LoyaltyV1.Tier(code: "plus", name: "Plus", admission: .paid),
      LoyaltyV1.Tier(code: "circle", name: "Circle", admission: .invited),
    ])

  @Test(
    "A scheme is read as it was published, and a balance carries the tier's benefits",
    arguments: [
      (.rolling, 7, .atOnce, 0, .unspecified), (.rolling, 12, .oneStep, 27, .month), (.rolling, 12, .toEarned, 89, .quarter),
      (.calendarQuarter, 0, .toEarned, 10, .unspecified), (.calendarYear, 0, .oneStep, 364, .unspecified),
      (.anniversary, 0, .toEarned, 0, .unspecified), (.lifetime, 0, .atOnce, 0, .unspecified),
    ] as [(LoyaltyV1.TierWindow, Int32, LoyaltyV1.TierFall, Int32, LoyaltyV1.TierPeriod)])
  func roundTrip(
    window: LoyaltyV1.TierWindow, months: Int32, fall: LoyaltyV1.TierFall, graceDays: Int32, review: LoyaltyV1.TierPeriod
  ) async throws {
    try await LoyaltyRig.run { rig in
      var scheme = Self.rich
      (scheme.window, scheme.windowMonths) = (window, months)
      scheme.downgrade = LoyaltyV1.TierDowngrade(fall: fall, graceDays: graceDays, review: review)
      var expected = try await rig.publish(scheme)
      #expect(try await rig.loyalty.getProgram(LoyaltyV1.GetProgramRequest()).tierScheme == expected)
      (expected.version, expected.publishTime) = (0, nil)
      #expect(expected == scheme)
      #expect(try await rig.balance().tierBenefits.isEmpty)
      #expect(try await rig.sell("ord_1", netSpend: 10_000).balance?.tierBenefits == scheme.tiers[1].benefits)
      #expect(try await rig.tier().benefits == scheme.tiers[1].benefits)
    }
  }

  @Test("A scheme of the shape that there was before means what it meant")
  func formerShape() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publishTiers([("basic", 0), ("vip", 1_000)], windowMonths: 6)
      let scheme = try #require(try await rig.loyalty.getProgram(LoyaltyV1.GetProgramRequest()).tierScheme)
      #expect((scheme.window, scheme.windowMonths, scheme.downgrade?.fall) == (.rolling, 6, .atOnce))
      #expect(try await rig.sell("ord_1", netSpend: 1_000).balance?.tierCode == "vip")
    }
  }

  @Test(
    "A scheme that cannot work is refused by its field",
    arguments: [
      InvalidScheme("scheme.window_months") { $0.windowMonths = 0 },
      InvalidScheme("scheme.window_months") { ($0.window, $0.windowMonths) = (.calendarYear, 12) },
      InvalidScheme("scheme.window") { $0.window = .unrecognized(99) },
      InvalidScheme("scheme.downgrade.review") { $0.downgrade = LoyaltyV1.TierDowngrade(fall: .toEarned) },
      InvalidScheme("scheme.downgrade.review") { $0.downgrade = LoyaltyV1.TierDowngrade(review: .month) },
      InvalidScheme("scheme.downgrade.grace_days") { $0.downgrade = LoyaltyV1.TierDowngrade(graceDays: 3) },
      InvalidScheme("scheme.downgrade.grace_days") {
        $0.downgrade = LoyaltyV1.TierDowngrade(fall: .oneStep, graceDays: 28, review: .month)
      },
      InvalidScheme("scheme.downgrade.grace_days") {
        $0.downgrade = LoyaltyV1.TierDowngrade(fall: .oneStep, graceDays: -1, review: .month)
      },
      InvalidScheme("scheme.downgrade.fall") {
        ($0.window, $0.windowMonths, $0.downgrade) = (.lifetime, 0, LoyaltyV1.TierDowngrade(fall: .toEarned))
      },
      InvalidScheme("scheme.tiers[0].threshold_growth_value") { $0.tiers[0].thresholdVisits = 1 },
      InvalidScheme("scheme.tiers[0].threshold_growth_value") { $0.tiers[0].admission = .invited },
      InvalidScheme("scheme.tiers[1].threshold_visits") { $0.tiers[1].thresholdVisits = -1 },
      InvalidScheme("scheme.tiers[1].threshold_tenure_days") { $0.tiers[1].thresholdTenureDays = 40_000 },
      InvalidScheme("scheme.tiers[1].admission") { $0.tiers[1].admission = .paid },
      InvalidScheme("scheme.tiers[2].threshold_growth_value") { $0.tiers[2].thresholdGrowthValue = 10_000 },
      InvalidScheme("scheme.tiers[1].benefits[0].discount_basis_points") {
        $0.tiers[1].benefits = [LoyaltyV1.TierBenefit(kind: .discountBasisPoints(10_001))]
      },
      InvalidScheme("scheme.tiers[1].benefits[0].gift.occasion") {
        $0.tiers[1].benefits = [LoyaltyV1.TierBenefit(kind: .gift(LoyaltyV1.TierGift(what: "a cake")))]
      },
      InvalidScheme("scheme.tiers[1].benefits[0].kind") { $0.tiers[1].benefits = [LoyaltyV1.TierBenefit()] },
    ] as [InvalidScheme])
  func invalid(_ invalid: InvalidScheme) async throws {
    try await LoyaltyRig.run { rig async throws in
      var scheme = LoyaltyV1.TierScheme.ladder(.rolling, months: 12)
      invalid.change(&scheme)
      await #expect { try await rig.publish(scheme) } throws: { error in
        (error as? RPCError)?.fieldViolations.map(\.field) == [invalid.field]
      }
    }
  }
}

/// A scheme with one field that cannot work.
struct InvalidScheme: Sendable {
  let field: String
  let change: @Sendable (inout LoyaltyV1.TierScheme) -> Void

  init(_ field: String, _ change: @escaping @Sendable (inout LoyaltyV1.TierScheme) -> Void) {
    self.field = field
    self.change = change
  }
}
