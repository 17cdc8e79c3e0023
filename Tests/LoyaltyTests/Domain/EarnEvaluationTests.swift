import Foundation
import Testing

@testable import Loyalty

/// What wins where clauses meet, and that parts sum to the whole.
@Suite struct EarnEvaluationTests {
  /// A line of wine of brand "b" in department "D", or of something else.
  private static func line(_ number: Int32, _ netSpend: Int64, _ category: String = "") -> EarnDecision.Line {
    EarnDecision.Line(
      lineNumber: number, netSpend: netSpend, points: 0,
      product: EarnProduct(productID: "prd_\(number)", category: category, brand: "b", department: "D"))
  }

  private static func clause(_ name: String, _ effect: EarnClause.Effect, category: String = "") -> EarnClause {
    EarnClause(name: name, products: EarnProducts(categories: category.isEmpty ? [] : [category]), effect: effect)
  }

  struct Case: Sendable {
    let name: String
    let lines: [(amount: Int64, category: String)]
    let clauses: [EarnClause]
    var paidBesides: Int64 = 0
    var caps = EarnCaps()
    var room = Int64.max
    let points: [Int64]
  }

  @Test(
    "Each line's points by exclusions, rates, multipliers, bonuses and caps",
    arguments: [
      Case(name: "no clause", lines: [(1_000, "wine"), (500, "")], clauses: [], points: [10, 5]),
      Case(
        name: "an excluded line earns nothing, and the others as before", lines: [(1_000, "wine"), (500, "tobacco")],
        clauses: [clause("no tobacco", .exclude, category: "tobacco")], points: [10, 0]),
      Case(
        name: "an exclusion wins over whatever else is said", lines: [(1_000, "tobacco"), (500, "")],
        clauses: [
          clause("welcome", .bonus(points: 50)), clause("all double", .multiply(percent: 200)),
          clause("tobacco rate", .rate(numerator: 9), category: "tobacco"), clause("no tobacco", .exclude, category: "tobacco"),
        ], points: [0, 60]),
      Case(
        name: "the first rate wins, also where it is the lower one", lines: [(1_000, "wine")],
        clauses: [
          clause("wine 0", .rate(numerator: 0), category: "wine"), clause("wine 5", .rate(numerator: 5), category: "wine"),
        ], points: [0]),
      Case(
        name: "a rate stands in place of the base", lines: [(1_000, "wine"), (1_000, "")],
        clauses: [clause("wine 5", .rate(numerator: 5), category: "wine")], points: [50, 10]),
      Case(
        name: "the largest multiplier, once: neither their product nor their sum", lines: [(1_000, "wine"), (1_000, "")],
        clauses: [
          clause("double", .multiply(percent: 200)), clause("wine triple", .multiply(percent: 300), category: "wine"),
          clause("half more", .multiply(percent: 150)),
        ], points: [30, 20]),
      Case(
        name: "a multiplier is for the clause's rate too", lines: [(1_000, "wine")],
        clauses: [clause("double", .multiply(percent: 200)), clause("wine 5", .rate(numerator: 5), category: "wine")], points: [100]),
      Case(
        name: "floored once an order: three lines of 0.33 doubled are 1.98", lines: [(33, "a"), (33, "b"), (33, "c")],
        clauses: [clause("double", .multiply(percent: 200))], points: [1, 0, 0]),
      Case(
        name: "fractions of different rates are added before the floor: 0.50 and 1.50", lines: [(50, ""), (50, "wine")],
        clauses: [clause("wine 3", .rate(numerator: 3), category: "wine")], points: [1, 1]),
      Case(
        name: "bonuses add up, each on its lines", lines: [(1_000, "wine"), (500, "")],
        clauses: [
          clause("wine week", .bonus(points: 100), category: "wine"), clause("welcome", .bonus(points: 9)),
        ], points: [116, 8]),
      Case(
        name: "no bonus without a line for it", lines: [(1_000, "")],
        clauses: [clause("wine week", .bonus(points: 100), category: "wine")], points: [10]),
      Case(
        name: "what points paid earns nothing, in proportion on every line", lines: [(1_000, "wine"), (1_000, "")],
        clauses: [clause("wine 5", .rate(numerator: 5), category: "wine")], paidBesides: 1_000, points: [25, 5]),
      Case(
        name: "an order that points paid whole earns no bonus either", lines: [(1_000, "")],
        clauses: [clause("welcome", .bonus(points: 50))], paidBesides: 1_000, points: [0]),
      Case(
        name: "a line that a coupon turned negative lowers the others", lines: [(1_000, ""), (-400, "")],
        clauses: [clause("double", .multiply(percent: 200))], points: [12, 0]),
      Case(
        name: "the order's cap cuts, and the rest is spread as it was earned", lines: [(1_000, "wine"), (500, "")],
        clauses: [clause("wine week", .bonus(points: 85), category: "wine")], caps: EarnCaps(order: 20), points: [19, 1]),
      Case(
        name: "the member's room cuts further", lines: [(1_000, ""), (1_000, "")], clauses: [], caps: EarnCaps(order: 15, day: 100),
        room: 3, points: [2, 1]),
      Case(name: "no room at all", lines: [(1_000, "")], clauses: [], caps: EarnCaps(day: 100), room: 0, points: [0]),
    ])
  func table(_ example: Case) {
    var rule = EarnRule.example()
    rule.caps = example.caps
    let lines = example.lines.enumerated().map { Self.line(Int32($0 + 1), $1.amount, $1.category) }
    let facts = EarnFacts(instant: instant("2026-11-22T12:00:00Z"))
    let evaluation = EarnEvaluation(
      lines: lines, paidBesides: example.paidBesides, rule: rule, clauses: example.clauses, facts: facts, room: example.room)
    let decision = evaluation.decision
    #expect(decision.lines.map(\.points) == example.points, "\(example.name)")
    #expect(decision.points == example.points.reduce(0, +), "\(example.name)")
    #expect(decision.isConsistent(with: rule, clauses: example.clauses, paidBesides: example.paidBesides), "\(example.name)")
    expectExplained(evaluation, "\(example.name)")
  }

  private func expectExplained(_ evaluation: EarnEvaluation, _ comment: Comment) {
    for line in evaluation.decision.lines {
      let explained = evaluation.explanations.reduce(0) { $1.lineNumber == line.lineNumber ? $0 + $1.points : $0 }
      #expect(explained == line.points, comment)
    }
  }

  @Test("The explanation names the clause of each part")
  func explanation() {
    var rule = EarnRule.example()
    rule.caps = EarnCaps(order: 70)
    let evaluation = EarnEvaluation(
      lines: [Self.line(1, 1_000, "wine"), Self.line(2, 1_000, "tobacco")], paidBesides: 0, rule: rule,
      clauses: [
        Self.clause("no tobacco", .exclude, category: "tobacco"), Self.clause("wine 2", .rate(numerator: 2), category: "wine"),
        Self.clause("triple", .multiply(percent: 300)), Self.clause("welcome", .bonus(points: 15)),
      ], facts: EarnFacts(instant: .distantPast))
    typealias Explanation = EarnEvaluation.Explanation
    #expect(
      evaluation.explanations == [
        Explanation(lineNumber: 1, effect: .rate, clause: "wine 2", points: 20),
        Explanation(lineNumber: 1, effect: .multiplier, clause: "triple", points: 40),
        Explanation(lineNumber: 1, effect: .bonus, clause: "welcome", points: 15),
        Explanation(lineNumber: 1, effect: .cap, clause: "order", points: -5),
        Explanation(lineNumber: 2, effect: .excluded, clause: "no tobacco", points: 0),
      ])
  }

  struct Condition: Sendable {
    let name: String
    let conditions: EarnConditions
    var holds = true
  }

  /// Sunday 22 November, 23:30 in New York, which is Monday in UTC.
  private static let facts = EarnFacts(
    storeID: "sto_1", tenders: [.cash, .points], promotionIDs: ["prm_1", "cpt_2"], isBirthdayWeek: true, tierCode: "gold",
    instant: instant("2026-11-23T04:30:00Z"))

  @Test(
    "A clause's conditions on the order",
    arguments: [
      Condition(name: "none", conditions: EarnConditions()),
      Condition(name: "store", conditions: EarnConditions(storeIDs: ["sto_1", "sto_2"])),
      Condition(name: "another store", conditions: EarnConditions(storeIDs: ["sto_2"]), holds: false),
      Condition(name: "one of the tenders", conditions: EarnConditions(tenders: [.points, .card])),
      Condition(name: "none of the tenders", conditions: EarnConditions(tenders: [.card]), holds: false),
      Condition(name: "tier", conditions: EarnConditions(tierCodes: ["gold"])),
      Condition(name: "another tier", conditions: EarnConditions(tierCodes: ["silver"]), holds: false),
      Condition(name: "the weekday of the rule's zone", conditions: EarnConditions(weekdays: [7])),
      Condition(name: "the weekday of another zone", conditions: EarnConditions(weekdays: [1]), holds: false),
      Condition(name: "birthday week", conditions: EarnConditions(birthdayWeek: true)),
      Condition(name: "one of the promotions", conditions: EarnConditions(promotionIDs: ["cpt_2", "prm_9"])),
      Condition(name: "none of the promotions", conditions: EarnConditions(promotionIDs: ["prm_9"]), holds: false),
      Condition(name: "from this instant", conditions: EarnConditions(start: instant("2026-11-23T04:30:00Z"))),
      Condition(name: "not yet", conditions: EarnConditions(start: instant("2026-11-23T04:30:00.000001Z")), holds: false),
      Condition(name: "the last instant", conditions: EarnConditions(end: instant("2026-11-23T04:30:00.000001Z"))),
      Condition(name: "over", conditions: EarnConditions(end: instant("2026-11-23T04:30:00Z")), holds: false),
      Condition(name: "all of them", conditions: EarnConditions(storeIDs: ["sto_1"], tierCodes: ["silver"]), holds: false),
    ])
  func conditions(_ condition: Condition) throws {
    let calendar = try #require(ProgramCalendar(timeZoneIdentifier: "America/New_York"))
    #expect(condition.conditions.hold(for: Self.facts, in: calendar) == condition.holds, "\(condition.name)")
  }

  @Test("Every list of a product set that is not empty must contain the line's value")
  func products() {
    let product = EarnProduct(productID: "prd_1", category: "wine", brand: "b", department: "D")
    #expect(EarnProducts().contain(product) && EarnProducts().contain(EarnProduct()))
    #expect(EarnProducts(productIDs: ["prd_1"], categories: ["wine"], brands: ["b"], departments: ["D"]).contain(product))
    #expect(!EarnProducts(productIDs: ["prd_1"], categories: ["beer"]).contain(product))
    #expect(!EarnProducts(brands: ["b"]).contain(EarnProduct()))
  }

  @Test("Random orders, clauses and caps: parts sum to the whole, are explained, and the decision is consistent")
  func property() {
    var random = SeededRandom(seed: 20_261_123)
    let categories = ["", "a", "b", "c"]
    for round in 0..<1_000 {
      func category() -> String { categories.randomElement(using: &random) ?? "" }
      let lines = (1...Int32.random(in: 1...12, using: &random)).map { number in
        Self.line(number, Int64.random(in: -300...5_000, using: &random), category())
      }
      let clauses = (0..<Int.random(in: 0...6, using: &random)).map { index in
        let effects: [EarnClause.Effect] = [
          .exclude, .rate(numerator: Int64.random(in: 0...9, using: &random)),
          .multiply(percent: Int64.random(in: 101...1_000, using: &random)), .bonus(points: Int64.random(in: 1...50, using: &random)),
        ]
        return Self.clause("\(index)", effects.randomElement(using: &random) ?? .exclude, category: category())
      }
      var rule = EarnRule.example(numerator: 7, denominator: 3)
      rule.caps = EarnCaps(order: Bool.random(using: &random) ? Int64.random(in: 1...200, using: &random) : nil, day: 100)
      let paid = Bool.random(using: &random) ? 0 : Int64.random(in: 0...8_000, using: &random)
      let room = Int64.random(in: 0...300, using: &random)
      let evaluation = EarnEvaluation(
        lines: lines, paidBesides: paid, rule: rule, clauses: clauses, facts: EarnFacts(instant: .distantPast), room: room)
      let decision = evaluation.decision
      let comment: Comment = "round \(round)"
      #expect(decision.points == decision.lines.reduce(0) { $0 + $1.points }, comment)
      #expect(decision.points <= min(room, rule.caps.order ?? .max), comment)
      #expect(decision.lines.allSatisfy { $0.points >= 0 && ($0.netSpend > 0 || $0.points == 0) }, comment)
      #expect(decision.isConsistent(with: rule, clauses: clauses, paidBesides: paid), comment)
      expectExplained(evaluation, comment)
    }
  }

  @Test("The largest order, by the most generous clauses, stays inside 64 bits")
  func largest() {
    let most = LoyaltyLimits.self
    let lines = [Self.line(1, most.maximumMinorUnits)] + (2...2_000).map { Self.line(Int32($0), 0) }
    let rule = EarnRule.example(currency: "JPY", numerator: most.maximumRuleNumerator)
    let evaluation = EarnEvaluation(
      lines: lines, paidBesides: 0, rule: rule, clauses: [Self.clause("ten times", .multiply(percent: most.maximumMultiplier))],
      facts: EarnFacts(instant: .distantPast))
    #expect(evaluation.decision.points == most.maximumPoints)
  }
}

@Suite struct EarnCapsTests {
  private let calendar = ProgramCalendar(timeZoneIdentifier: "America/New_York")

  @Test("What is left of a day, a month and a life, also after they ended")
  func room() throws {
    let calendar = try #require(calendar)
    let day = { (text: String) in calendar.dayNumber(of: instant(text)) }
    let caps = EarnCaps(day: 100, month: 150, member: 1_000)
    let use = EarnCapUse(day: day("2026-01-31T12:00:00-05:00"), dayPoints: 60, monthPoints: 140, memberPoints: 500)
    #expect(caps.room(after: use, on: day("2026-01-31T23:59:59-05:00")) == 10)
    #expect(caps.room(after: use, on: day("2026-02-01T00:00:00-05:00")) == 100)
    // A clock that is behind another's counts on the later day.
    #expect(caps.room(after: use, on: day("2026-01-30T12:00:00-05:00")) == 10)
    #expect(EarnCaps(member: 400).room(after: use, on: day("2027-01-01T12:00:00-05:00")) == 0)
    #expect(!EarnCaps(order: 5).concernMember && EarnCaps(member: 5).concernMember)
  }

  @Test("A month's number is its days', and a year later another")
  func months() throws {
    let calendar = try #require(calendar)
    func month(_ text: String) -> Int64 { ProgramCalendar.monthNumber(ofDay: calendar.dayNumber(of: instant(text))) }
    #expect(month("2026-12-01T00:00:00-05:00") == month("2026-12-31T23:59:59-05:00"))
    #expect(month("2026-12-31T23:59:59-05:00") + 1 == month("2027-01-01T00:00:00-05:00"))
    #expect(month("2026-01-15T12:00:00-05:00") + 12 == month("2027-01-15T12:00:00-05:00"))
  }
}
