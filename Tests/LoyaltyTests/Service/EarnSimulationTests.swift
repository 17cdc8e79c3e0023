import Foundation
import GoogleProto
import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Loyalty

@Suite struct EarnSimulationTests {
  private func sell(
    _ order: String, _ lines: [LoyaltyV1.EarnLine], to member: String, _ rig: LoyaltyRig, facts: LoyaltyV1.EarnFacts? = nil
  ) async throws {
    let decision = try #require(try await rig.evaluate(lines, of: member, facts: facts).decision)
    try await rig.hold(earning: decision, order, member)
    try await rig.commit(order)
  }

  private func simulate(
    _ rig: LoyaltyRig, from start: Date? = nil, until end: Date? = nil, _ change: (inout LoyaltyV1.EarnRule) -> Void
  ) async throws -> LoyaltyV1.SimulateEarnRuleResponse {
    var rule = LoyaltyV1.EarnRule(EarnRule.example(), EarnTerms())
    rule.expireAfterMonths = 0
    change(&rule)
    return try await rig.loyalty.simulateEarnRule(
      LoyaltyV1.SimulateEarnRuleRequest(
        rule: rule, startTime: start.map(GoogleProtobuf.Timestamp.init), endTime: end.map(GoogleProtobuf.Timestamp.init)))
  }

  @Test("A draft is tried on what was sold, beside the version in force, and publishes nothing")
  func history() async throws {
    try await LoyaltyRig.run { rig in
      let wine = EarnClauseTests.order([(1_000, "wine", "DRINKS"), (1_000, "", "FOOD")])
      let tobacco = EarnClauseTests.order([(500, "", "TOBACCO")])
      try await sell("ord_1", wine, to: "mem_a", rig)
      try await sell("ord_2", tobacco, to: "mem_b", rig)
      rig.advance(days: 1)
      let second = rig.now
      try await sell("ord_3", wine, to: "mem_b", rig, facts: LoyaltyV1.EarnFacts(tenderKinds: [.card], birthdayWeek: true))
      // Neither held nor cancelled, nor one that earns nothing for lack of a member.
      try await rig.hold("ord_4", netSpend: 9_000)
      try await rig.hold("ord_5", netSpend: 9_000)
      try await rig.cancel("ord_5")
      // In force by now: two points a dollar.
      try await rig.publish { $0.pointsNumerator = 2 }
      let books = try await rig.verify()

      let found = try await simulate(rig) { $0.clauses = EarnClauseTests.clauses }
      // 20 + 5 + 20 recorded; doubled; and 40 without the tobacco, 40 and 7 for the card.
      let total = LoyaltyV1.EarnComparison(orders: 3, recordedPoints: 45, currentPoints: 90, draftPoints: 87)
      #expect(found.total == total && found.currentVersion == 2)
      #expect(found.tiers == [LoyaltyV1.TierEarnComparison(tierCode: "member", comparison: total)])
      #expect(
        found.mostChanged == [
          LoyaltyV1.MemberEarnComparison(
            memberID: "mem_b", comparison: .init(orders: 2, recordedPoints: 25, currentPoints: 50, draftPoints: 47))
        ])
      #expect(found.ordersWithoutRecord == 0 && !found.truncated)
      let birthdays = [LoyaltyV1.EarnClause(name: "b", conditions: .init(birthdayWeek: true), effect: .multiplierPercent(300))]
      #expect(try await simulate(rig) { $0.clauses = birthdays }.total?.draftPoints == 20 + 5 + 60)
      #expect(try await simulate(rig, from: second) { _ in }.total?.orders == 1)
      #expect(try await simulate(rig, until: second) { _ in }.total?.orders == 2)
      #expect(try await simulate(rig) { $0.caps = .init(dayPoints: 15) }.total?.draftPoints == 15 + 5 + 15)
      #expect(try await rig.verify() == books)
      let euros = Refused(code: .invalidArgument, reason: "CURRENCY_MISMATCH")
      #expect(try await refusal { _ = try await simulate(rig) { $0.currencyCode = "EUR" } } == euros)
      #expect(try await refusal { _ = try await simulate(rig) { $0.pointsDenominator = 0 } } == .invalidFields)
    }
  }

  @Test("The members who change most are named, the largest change first, and no more than twenty")
  func mostChanged() throws {
    func side(_ numerator: Int64) -> (EarnRule, [EarnClause]) { (EarnRule.example(numerator: numerator), []) }
    var simulation = EarnSimulation(current: side(1), draft: side(3))
    let facts = EarnFacts(tierCode: "gold", instant: .distantPast)
    for number in 1...30 {
      let spend = Int64(number % 15) * 100
      simulation.add(
        EarnSimulation.Order(
          memberID: "mem_\(100 + number)", heldAt: instant("2026-11-22T12:00:00Z"), recordedPoints: 1, growthValue: spend,
          lines: [EarnDecision.Line(lineNumber: 1, netSpend: spend, points: 0)], facts: facts))
    }
    #expect(simulation.mostChanged.map(\.name).prefix(3) == ["mem_114", "mem_129", "mem_113"])
    #expect(simulation.mostChanged.count == EarnSimulation.membersNamed)
    #expect(simulation.mostChanged.first?.comparison == .init(orders: 1, recorded: 1, current: 14, draft: 42))
    #expect(simulation.tiers == [.init(name: "gold", comparison: simulation.total)])
  }

  @Test("What is kept of an order comes back as it was, and is small")
  func record() throws {
    let departments = ["GROCERY", "PRODUCE", "MEAT"]
    let lines: [EarnDecision.Line] = (0..<10).map { (index: Int) -> EarnDecision.Line in
      let product = EarnProduct(
        productID: "prd_0k3v9h2m5n7p8q4r6s1t2w3x\(index)", category: "CATEGORY \(index / 2)",
        brand: index.isMultiple(of: 2) ? "National" : "Private", department: departments[index % 3])
      let netSpend: Int64 = index == 9 ? -50 : Int64(199 + index * 37)
      return EarnDecision.Line(lineNumber: Int32(index + 1), netSpend: netSpend, points: 0, product: product)
    }
    let facts = EarnFacts(
      storeID: "sto_1", tenders: [.cash, .points], promotionIDs: ["prm_1", "cpt_2"], isBirthdayWeek: true, tierCode: "gold",
      instant: instant("2026-11-22T12:00:00.123456Z"))
    let decision = EarnDecision(ruleVersion: 1, points: 0, growthValue: 0, lines: lines, facts: facts)
    let bytes = try #require(EarnRecords.encode(decision))
    let found = try #require(try EarnRecords.decode(bytes, storeID: "sto_1"))
    #expect(found.lines == lines && found.facts == facts)
    #expect(bytes.count <= 550, "\(bytes.count)")
    #expect(try EarnRecords.decode(LoyaltyV1.EarnRecord(netSpendMinorUnits: [1], products: [7]).encoded(), storeID: "") == nil)
  }
}
