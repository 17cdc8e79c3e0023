import GoogleProto
import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Loyalty

@Suite struct EarnClauseTests {
  static let clauses = [
    LoyaltyV1.EarnClause(
      name: "no tobacco", products: LoyaltyV1.EarnProducts(departments: ["TOBACCO"]), effect: .exclude(true)),
    LoyaltyV1.EarnClause(name: "wine 3", products: LoyaltyV1.EarnProducts(categories: ["wine"]), effect: .pointsNumerator(3)),
    LoyaltyV1.EarnClause(
      name: "gold double", conditions: LoyaltyV1.EarnConditions(tierCodes: ["gold"]), effect: .multiplierPercent(200)),
    LoyaltyV1.EarnClause(
      name: "card", conditions: LoyaltyV1.EarnConditions(tenderKinds: [.card]), effect: .bonusPoints(7)),
  ]

  static func order(_ amounts: [(amount: Int64, category: String, department: String)]) -> [LoyaltyV1.EarnLine] {
    amounts.enumerated().map { index, line in
      LoyaltyV1.EarnLine(
        lineNumber: Int32(index + 1), netSpendMinorUnits: line.amount, productID: "prd_\(index)", category: line.category,
        department: line.department)
    }
  }

  @Test("A published version carries its clauses and caps, as they were published")
  func roundTrip() async throws {
    try await LoyaltyRig.run { rig in
      let everything = LoyaltyV1.EarnClause(
        name: "all of it",
        products: LoyaltyV1.EarnProducts(productIDs: ["p"], categories: ["c"], brands: ["b"], departments: ["d"]),
        conditions: LoyaltyV1.EarnConditions(
          storeIDs: ["s"], tenderKinds: [.cash, .voucher], tierCodes: ["gold"], weekdays: [1, 7], birthdayWeek: true,
          promotionIDs: ["prm_1"], startTime: GoogleProtobuf.Timestamp(rig.now),
          endTime: GoogleProtobuf.Timestamp(rig.now.addingTimeInterval(60))), effect: .multiplierPercent(1_000))
      let caps = LoyaltyV1.EarnCaps(orderPoints: 1, dayPoints: 2, monthPoints: 3, memberPoints: 4)
      let published = try await rig.publish { ($0.clauses, $0.caps) = (Self.clauses + [everything], caps) }
      #expect(published.clauses == Self.clauses + [everything])
      let program = try await rig.loyalty.getProgram(LoyaltyV1.GetProgramRequest())
      #expect(program.earnRule == published)
      #expect(try await rig.publish { $0.pointsNumerator = 1 }.caps == nil)
    }
  }

  @Test(
    "A clause or a cap that cannot work is refused by its field",
    arguments: [
      InvalidRule("rule.clauses[0].name") { $0.clauses = [.init(name: "", effect: .exclude(true))] },
      InvalidRule("rule.clauses") { $0.clauses = [.init(name: "a", effect: .exclude(true)), .init(name: "a", effect: .exclude(true))] },
      InvalidRule("rule.clauses[0].effect") { $0.clauses = [.init(name: "a")] },
      InvalidRule("rule.clauses[0].effect") { $0.clauses = [.init(name: "a", effect: .exclude(false))] },
      InvalidRule("rule.clauses[0].multiplier_percent") { $0.clauses = [.init(name: "a", effect: .multiplierPercent(100))] },
      InvalidRule("rule.clauses[0].multiplier_percent") { $0.clauses = [.init(name: "a", effect: .multiplierPercent(1_001))] },
      InvalidRule("rule.clauses[0].points_numerator") { $0.clauses = [.init(name: "a", effect: .pointsNumerator(-1))] },
      InvalidRule("rule.clauses[0].bonus_points") { $0.clauses = [.init(name: "a", effect: .bonusPoints(0))] },
      InvalidRule("rule.clauses[0].conditions.weekdays") {
        $0.clauses = [.init(name: "a", conditions: .init(weekdays: [8]), effect: .exclude(true))]
      },
      InvalidRule("rule.clauses[0].conditions.tender_kinds") {
        $0.clauses = [.init(name: "a", conditions: .init(tenderKinds: [.unspecified]), effect: .exclude(true))]
      },
      InvalidRule("rule.clauses[0].conditions.end_time") {
        let time = GoogleProtobuf.Timestamp(seconds: 1)
        $0.clauses = [.init(name: "a", conditions: .init(startTime: time, endTime: time), effect: .exclude(true))]
      },
      InvalidRule("rule.clauses[0].products.brands") {
        $0.clauses = [.init(name: "a", products: .init(brands: .init(repeating: "b", count: 101)), effect: .exclude(true))]
      },
      InvalidRule("rule.caps.day_points") { $0.caps = .init(dayPoints: -1) },
    ] as [InvalidRule])
  func invalid(_ invalid: InvalidRule) async throws {
    try await LoyaltyRig.run { rig async throws in
      await #expect { try await rig.publish(invalid.change) } throws: { error in
        (error as? RPCError)?.fieldViolations.map(\.field) == [invalid.field]
      }
    }
  }

  @Test("What is evaluated is what is held, posted and taken back, whatever is published meanwhile (refund reverses by today's rule)")
  func recorded() async throws {
    try await LoyaltyRig.run { rig in
      let version = try await rig.publish { $0.clauses = Self.clauses }.version
      let lines = Self.order([(1_000, "wine", "DRINKS"), (1_000, "", "TOBACCO"), (2_000, "", "FOOD")])
      let evaluated = try await rig.evaluate(lines, facts: LoyaltyV1.EarnFacts(storeID: "sto_1", tenderKinds: [.card]))
      let decision = try #require(evaluated.decision)
      #expect((decision.points, decision.growthValue, decision.ruleVersion) == (57, 4_000, version))
      // The bonus of 7 lies on the lines that are not excluded, in proportion.
      #expect(decision.lines.map(\.points) == [32, 0, 25])
      #expect(decision.dependsOnTenders && decision.facts?.tierCode == "member")
      #expect(
        evaluated.explanations.map { "\($0.lineNumber) \($0.effect) \($0.clause) \($0.points)" } == [
          "1 rate wine 3 30", "1 bonus card 2", "2 excluded no tobacco 0", "3 rate  20", "3 bonus card 5",
        ])

      // Another rule by now: what was decided stands.
      try await rig.publish { $0.pointsNumerator = 100 }
      try await rig.hold(earning: decision, "ord_1")
      #expect(try await rig.commit("ord_1").pointsEarned == 57)
      #expect(try await rig.balance().spendablePoints == 57)
      #expect(try await rig.reverse("ret_1", of: "ord_1", from: 0, to: 50, of: 100).pointsTakenBack == 28)
      #expect(try await rig.reverse("ret_2", of: "ord_1", from: 50, to: 100, of: 100).pointsTakenBack == 29)
      #expect(try await rig.balance().spendablePoints == 0)
      try await rig.expectSound()
    }
  }

  @Test("The tier and the week are those of the member and of the rule's zone, and a quoted order keeps them")
  func facts() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publish { $0.clauses = Self.clauses }
      try await rig.sell("ord_1", netSpend: 200_000)
      #expect(try await rig.balance().tierCode == "gold")
      let lines = Self.order([(1_000, "", "FOOD")])
      let quoted = try #require(try await rig.evaluate(lines).decision)
      #expect(quoted.points == 20)
      try await rig.publishTiers([("nobody", 0)])
      #expect(try await rig.evaluate(lines).decision?.points == 10)
      // Decided again for another payment: by the quote's tier and version.
      let again = try await rig.evaluate(quoted.lines, facts: quoted.facts, ruleVersion: quoted.ruleVersion, paidBesides: 500)
      #expect(again.decision?.points == 10 && again.decision?.growthValue == 500)
      #expect(
        try await refusal { _ = try await rig.evaluate(lines, ruleVersion: 9) } == Refused(code: .failedPrecondition, reason: "QUOTE_STALE")
      )
    }
  }

  @Test("A decision that its clauses do not make is refused")
  func mismatch() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publish { $0.clauses = Self.clauses }
      let lines = Self.order([(1_000, "", "TOBACCO"), (1_000, "", "FOOD")])
      let decision = try #require(try await rig.evaluate(lines).decision)
      let mismatch = Refused(code: .invalidArgument, reason: "EARN_DECISION_MISMATCH")
      let changes: [(inout LoyaltyV1.EarnDecision) -> Void] = [
        { $0.points += 1 }, { $0.lines[0].department = "FOOD" }, { $0.facts?.tierCode = "gold" },
        { ($0.lines[0].points, $0.lines[1].points) = (10, 0) }, { $0.facts?.tenderKinds = [.card] }, { $0.lines = [] }, { $0.points -= 1 },
      ]
      for change in changes {
        var changed = decision
        change(&changed)
        #expect(try await refusal { try await rig.hold(earning: changed, "ord_1") } == mismatch)
      }
      try await rig.hold(earning: decision, "ord_1")
    }
  }
}

extension LoyaltyRig {
  func evaluate(
    _ lines: [LoyaltyV1.EarnLine], of member: String = "mem_a", facts: LoyaltyV1.EarnFacts? = nil, ruleVersion: Int64 = 0,
    paidBesides: Int64 = 0
  ) async throws -> LoyaltyV1.EvaluateEarnResponse {
    try await loyalty.evaluateEarn(
      LoyaltyV1.EvaluateEarnRequest(
        currencyCode: "USD", lines: lines, paidByPointsMinorUnits: paidBesides, memberID: member, facts: facts, ruleVersion: ruleVersion))
  }

  func hold(
    earning decision: LoyaltyV1.EarnDecision, _ order: String, _ member: String = "mem_a", requestID: String? = nil
  ) async throws {
    _ = try await holds.hold(
      LoyaltyV1.HoldRequest(
        requestID: requestID ?? freshID(), orderID: order, memberID: member, storeID: "sto_1", clientID: "cli_1", currencyCode: "USD",
        earn: decision, occurredTime: GoogleProtobuf.Timestamp(now)))
  }
}
