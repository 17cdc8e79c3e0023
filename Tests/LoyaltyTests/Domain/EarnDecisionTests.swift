import Testing

@testable import Loyalty

@Suite struct EarnDecisionTests {
  private func lines(_ netSpends: [Int64]) -> [EarnDecision.Line] {
    netSpends.enumerated().map { EarnDecision.Line(lineNumber: Int32($0 + 1), netSpend: $1, points: 0) }
  }

  @Test(
    "An order's points are floored once and spread so that the parts sum to the whole",
    arguments: [
      // Three lines of 0.50: one point, although no line alone would earn one. The first of equals takes it.
      ([50, 50, 50], 0, 1, 150, [1, 0, 0]),
      // 6.67 × 3 = 20.01: twenty points, 7 + 7 + 6, never 6 + 6 + 6 (shopware#19070).
      ([667, 667, 667], 0, 20, 2_001, [7, 7, 6]),
      // The largest remainder wins, not the largest line.
      ([1_000, 190, 10], 0, 12, 1_200, [10, 2, 0]),
      // A negative line lowers the whole and takes nothing.
      ([1_000, -350], 0, 6, 650, [6, 0]),
      ([-100, 50], 0, 0, 0, [0, 0]),
      // What points paid earns nothing.
      ([1_000, 1_000], 500, 15, 1_500, [8, 7]),
      ([1_000], 1_000, 0, 0, [0]),
      ([1_000], 5_000, 0, 0, [0]),
      ([0, 0], 0, 0, 0, [0, 0]),
    ] as [([Int64], Int64, Int64, Int64, [Int64])])
  func evaluate(netSpends: [Int64], paidByPoints: Int64, points: Int64, growth: Int64, parts: [Int64]) {
    let decision = EarnEvaluation(
      lines: lines(netSpends), paidBesides: paidByPoints, rule: .example(), clauses: [], facts: EarnFacts(instant: .distantPast)
    ).decision
    #expect(decision.points == points)
    #expect(decision.growthValue == growth)
    #expect(decision.lines.map(\.points) == parts)
    #expect(decision.isConsistent(with: .example(), paidBesides: paidByPoints))
  }

  @Test("Parts sum to the whole and never differ from the exact share by one or more")
  func spreadProperty() {
    var random = SeededRandom(seed: 20_261_122)
    for _ in 0..<2_000 {
      let weights = (0..<Int.random(in: 1...40, using: &random)).map { _ in Int64.random(in: -500...5_000, using: &random) }
      let positive = weights.reduce(0) { $0 + max(0, $1) }
      let total = positive == 0 ? 0 : Int64.random(in: 0...3 * positive, using: &random)
      let parts = LargestRemainder.spread(total, over: weights)
      #expect(parts.reduce(0, +) == total)
      for (part, weight) in zip(parts, weights) where positive > 0 {
        let difference = part * positive - total * max(0, weight)
        #expect(abs(difference) < positive, "\(weights) \(total)")
      }
    }
  }

  @Test("A decision that is not what its rule makes of it is inconsistent")
  func inconsistent() {
    let good = EarnEvaluation(
      lines: lines([1_000, 250]), paidBesides: 100, rule: .example(), clauses: [], facts: EarnFacts(instant: .distantPast)
    ).decision
    func changed(_ change: (inout EarnDecision) -> Void) -> EarnDecision {
      var decision = good
      change(&decision)
      return decision
    }
    #expect(good.isConsistent(with: .example(), paidBesides: 100))
    #expect(!changed { $0.points += 1 }.isConsistent(with: .example(), paidBesides: 100))
    #expect(!changed { $0.ruleVersion = 2 }.isConsistent(with: .example(), paidBesides: 100))
    #expect(!changed { $0.lines[0].points += 1 }.isConsistent(with: .example(), paidBesides: 100))
    // More growth than the lines bring in, less what points pay; less of it is fine, since stored value may pay a part.
    #expect(!changed { $0.growthValue = 1_199 }.isConsistent(with: .example(), paidBesides: 100))
    #expect(changed { $0.growthValue = 1_149 }.isConsistent(with: .example(), paidBesides: 100))
    // Without lines the rule alone is checked.
    #expect(changed { $0.lines = [] }.isConsistent(with: .example(), paidBesides: 100))
  }
}
