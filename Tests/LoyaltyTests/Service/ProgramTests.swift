import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Loyalty

@Suite struct ProgramTests {
  @Test("A new service has the default rule and tiers")
  func defaults() async throws {
    try await LoyaltyRig.run { rig in
      let program = try await rig.loyalty.getProgram(LoyaltyV1.GetProgramRequest())
      let rule = try #require(program.earnRule)
      #expect((rule.version, rule.currencyCode, rule.pointsNumerator, rule.pointsDenominator) == (1, "USD", 1, 1))
      #expect((rule.expireAfterMonths, rule.timeZone, rule.activateAfterDays, rule.minorUnitsPerPoint) == (12, "America/New_York", 0, 1))
      #expect(program.tierScheme?.tiers.map(\.thresholdGrowthValue) == [0, 50_000, 150_000, 500_000])
      #expect(program.tierScheme?.windowMonths == 12)
    }
  }

  @Test("Published rules count their versions and are in force at once")
  func publishing() async throws {
    try await LoyaltyRig.run { rig in
      #expect(try await rig.publish { $0.pointsNumerator = 2 }.version == 2)
      #expect(try await rig.publish { $0.pointsNumerator = 3 }.version == 3)
      #expect(try await rig.decision(1_000).points == 30)
      #expect(try await rig.decision(1_000).ruleVersion == 3)
      try await rig.publishTiers([("basic", 0), ("vip", 1_000)], windowMonths: 6)
      let scheme = try await rig.loyalty.getProgram(LoyaltyV1.GetProgramRequest()).tierScheme
      #expect((scheme?.version, scheme?.windowMonths, scheme?.tiers.map(\.code)) == (2, 6, ["basic", "vip"]))
      #expect(scheme?.publishTime?.date == rig.now)
    }
  }

  @Test(
    "A rule that cannot work is refused by its field",
    arguments: [
      InvalidRule("rule.currency_code") { $0.currencyCode = "usd" },
      InvalidRule("rule.points_numerator") { $0.pointsNumerator = -1 },
      InvalidRule("rule.points_denominator") { $0.pointsDenominator = 0 },
      InvalidRule("rule.minor_units_per_point") { $0.minorUnitsPerPoint = 0 },
      InvalidRule("rule.expire_after_months") { $0.expireAfterMonths = -1 },
      InvalidRule("rule.activate_after_days") { $0.activateAfterDays = -1 },
      InvalidRule("rule.activate_after_days") { ($0.expireAfterMonths, $0.activateAfterDays) = (1, 28) },
      InvalidRule("rule.time_zone") { $0.timeZone = "Mars/Olympus_Mons" },
      InvalidRule("rule.time_zone") { $0.timeZone = "" },
    ] as [InvalidRule])
  func invalidRule(_ invalid: InvalidRule) async throws {
    try await LoyaltyRig.run { rig async throws in
      await #expect { try await rig.publish(invalid.change) } throws: { error in
        (error as? RPCError)?.fieldViolations.map(\.field) == [invalid.field]
      }
      #expect(try await rig.loyalty.getProgram(LoyaltyV1.GetProgramRequest()).earnRule?.version == 1)
    }
  }

  @Test(
    "Tiers that cannot work are refused",
    arguments: [[], [("a", 1)], [("a", 0), ("b", 0)], [("a", 0), ("b", 5), ("c", 4)], [("a", 0), ("a", 5)], [("", 0)]]
      as [[(String, Int64)]])
  func invalidTiers(tiers: [(String, Int64)]) async throws {
    try await LoyaltyRig.run { rig in
      let refused = try await refusal { try await rig.publishTiers(tiers.map { (code: $0.0, threshold: $0.1) }) }
      #expect(refused == .invalidFields)
    }
  }

  @Test("Points are counted in the programme's currency; it changes only while nobody has any")
  func currency() async throws {
    try await LoyaltyRig.run { rig in
      let euros = LoyaltyV1.EvaluateEarnRequest(
        currencyCode: "EUR", lines: [LoyaltyV1.EarnLine(lineNumber: 1, netSpendMinorUnits: 100)])
      let mismatch = Refused(code: .invalidArgument, reason: "CURRENCY_MISMATCH")
      #expect(try await refusal { _ = try await rig.loyalty.evaluateEarn(euros) } == mismatch)
      try await rig.publish { $0.currencyCode = "EUR" }
      #expect(try await rig.loyalty.evaluateEarn(euros).decision?.points == 1)
      try await rig.publish { $0.currencyCode = "USD" }
      var hold = try await rig.holdRequest("ord_1", netSpend: 5_000)
      hold.currencyCode = "EUR"
      #expect(try await refusal { _ = try await rig.holds.hold(hold) } == mismatch)

      try await rig.hold("ord_1", netSpend: 5_000)
      let fixed = Refused(code: .failedPrecondition, reason: "CURRENCY_FIXED")
      #expect(try await refusal { try await rig.publish { $0.currencyCode = "EUR" } } == fixed)
      try await rig.commit("ord_1")
      #expect(try await refusal { try await rig.publish { $0.currencyCode = "EUR" } } == fixed)
    }
  }

  @Test("An evaluation spreads the points over the lines and shows the member's standing")
  func evaluation() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.adjust(25)
      let reply = try await rig.loyalty.evaluateEarn(
        LoyaltyV1.EvaluateEarnRequest(
          currencyCode: "USD",
          lines: [(3, 667), (1, 667), (2, -100), (9, 667)].map { LoyaltyV1.EarnLine(lineNumber: $0, netSpendMinorUnits: $1) },
          paidByPointsMinorUnits: 101, memberID: "mem_a"))
      #expect((reply.decision?.points, reply.decision?.growthValue) == (18, 1_800))
      #expect(reply.decision?.lines.map(\.lineNumber) == [3, 1, 2, 9])
      #expect(reply.decision?.lines.map(\.points) == [6, 6, 0, 6])
      #expect(reply.balance?.spendablePoints == 25)
      #expect(reply.minorUnitsPerPoint == 1)
      #expect(try await rig.verify().entriesChecked == 2)
    }
  }

  @Test("An evaluation without lines, with too many or with absurd ones is refused")
  func invalidEvaluation() async throws {
    try await LoyaltyRig.run { rig async throws in
      let line = LoyaltyV1.EarnLine(lineNumber: 1, netSpendMinorUnits: 1)
      for lines in [[], Array(repeating: line, count: 2_001), [LoyaltyV1.EarnLine(lineNumber: 1, netSpendMinorUnits: .max)]] {
        let request = LoyaltyV1.EvaluateEarnRequest(currencyCode: "USD", lines: lines)
        #expect(try await refusal { _ = try await rig.loyalty.evaluateEarn(request) } == .invalidFields)
      }
    }
  }

  @Test("A member with no entries has nothing, in the lowest tier")
  func unknownMember() async throws {
    try await LoyaltyRig.run { rig in
      let balance = try await rig.balance("mem_nobody")
      #expect((balance.spendablePoints, balance.growthValue, balance.tierCode) == (0, 0, "member"))
      #expect(balance.nextTier?.missingGrowthValue == 50_000)
      #expect(try await rig.entries("mem_nobody").isEmpty)
      #expect(try await refusal { _ = try await rig.balance("") } == .invalidFields)
    }
  }
}

/// A rule with one field out of bounds.
struct InvalidRule: Sendable {
  let field: String
  let change: @Sendable (inout LoyaltyV1.EarnRule) -> Void

  init(_ field: String, _ change: @escaping @Sendable (inout LoyaltyV1.EarnRule) -> Void) {
    self.field = field
    self.change = change
  }
}
