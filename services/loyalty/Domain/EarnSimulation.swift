internal import Foundation

/// What two rules make of the same orders, one after the other: the version in force, and a draft. Caps of members count the orders of the
/// simulation and nothing else.
struct EarnSimulation: Sendable {
  /// How many of the members whose points change are named.
  static let membersNamed = 20

  /// An order as it was sold.
  struct Order: Equatable, Sendable {
    var memberID: String
    var heldAt: Date
    var recordedPoints: Int64
    var growthValue: Int64
    var lines: [EarnDecision.Line]
    var facts: EarnFacts
  }

  struct Comparison: Equatable, Sendable {
    var orders: Int64 = 0
    var recorded: Int64 = 0
    var current: Int64 = 0
    var draft: Int64 = 0

    static func += (sum: inout Comparison, order: Comparison) {
      sum.orders += order.orders
      sum.recorded += order.recorded
      sum.current += order.current
      sum.draft += order.draft
    }
  }

  struct Named: Equatable, Sendable {
    var name: String
    var comparison: Comparison
  }

  private(set) var total = Comparison()
  private var byTier: [String: Comparison] = [:]
  private var members: [String: Comparison] = [:]
  private var current: Side
  private var draft: Side

  init(current: (rule: EarnRule, clauses: [EarnClause]), draft: (rule: EarnRule, clauses: [EarnClause])) {
    self.current = Side(rule: current.rule, clauses: current.clauses)
    self.draft = Side(rule: draft.rule, clauses: draft.clauses)
  }

  mutating func add(_ order: Order) {
    let comparison = Comparison(
      orders: 1, recorded: order.recordedPoints, current: current.points(of: order), draft: draft.points(of: order))
    total += comparison
    byTier[order.facts.tierCode, default: Comparison()] += comparison
    members[order.memberID, default: Comparison()] += comparison
  }

  /// By their codes.
  var tiers: [Named] { byTier.map(Named.init).sorted { $0.name < $1.name } }

  /// Those whose points would change, the largest change first, then by their ids.
  var mostChanged: [Named] {
    let changed = members.filter { $0.value.draft != $0.value.current }.map(Named.init)
    return Array(
      changed.sorted { first, second in
        let (one, other) = (
          abs(first.comparison.draft - first.comparison.current), abs(second.comparison.draft - second.comparison.current)
        )
        return one == other ? first.name < second.name : one > other
      }.prefix(Self.membersNamed))
  }

  /// One rule, and what members have used of its caps.
  private struct Side: Sendable {
    let rule: EarnRule
    let clauses: [EarnClause]
    private let calendar: ProgramCalendar
    private var uses: [String: EarnCapUse] = [:]

    init(rule: EarnRule, clauses: [EarnClause]) {
      (self.rule, self.clauses, calendar) = (rule, clauses, rule.calendar)
    }

    mutating func points(of order: Order) -> Int64 {
      let day = calendar.dayNumber(of: order.heldAt)
      let use = uses[order.memberID] ?? EarnCapUse()
      let sum = order.lines.reduce(0) { $0 + $1.netSpend }
      let points = EarnEvaluation(
        lines: order.lines, paidBesides: max(0, sum - order.growthValue), rule: rule, clauses: clauses, facts: order.facts,
        room: rule.caps.room(after: use, on: day)
      ).decision.points
      if rule.caps.concernMember { uses[order.memberID] = use.adding(points, on: day) }
      return points
    }
  }
}
