internal import Foundation

/// What an order earns by a rule version and its clauses, and why.
///
/// Net spend is what the lines sum to, less what points and stored value pay, and at least 0; each line has its share of it. Points by rates
/// and multipliers are one sum of exact fractions over all lines, floored once an order, and spread over the lines by largest remainder: a
/// line that brings in nothing, or is excluded, gets none. Bonus points are spread over the lines that they are for. What is above a cap is
/// cut off, and the rest spread as it was earned. Growth value is net spend, whatever the clauses say.
struct EarnEvaluation: Equatable, Sendable {
  struct Explanation: Equatable, Sendable {
    enum Effect: Equatable, Sendable { case rate, multiplier, bonus, excluded, cap }

    var lineNumber: Int32
    var effect: Effect
    /// Empty for the rule's own rate.
    var clause: String
    var points: Int64
  }

  private(set) var decision: EarnDecision
  /// Line by line; those of a line sum to its points.
  private(set) var explanations: [Explanation] = []

  /// - Parameter room: what the member's caps leave.
  init(
    lines: [EarnDecision.Line], paidBesides: Int64, rule: EarnRule, clauses: [EarnClause], facts: EarnFacts, room: Int64 = .max
  ) {
    let netSpend = max(0, lines.reduce(0) { $0 + $1.netSpend } - paidBesides)
    let calendar = rule.calendar
    let clauses = clauses.filter { $0.conditions.hold(for: facts, in: calendar) }
    let terms = lines.map { Terms(of: $0.product, rule, clauses) }
    let bySpend = Self.pointsBySpend(lines, terms, netSpend: netSpend, rule)
    let bonuses = netSpend > 0 ? clauses.compactMap { Bonus($0, lines, terms) } : []
    let uncut = bySpend.indices.map { index in bonuses.reduce(bySpend[index]) { $0 + $1.parts[index] } }
    let whole = uncut.reduce(0, +)
    let orderCap = min(rule.caps.order ?? .max, LoyaltyLimits.maximumPoints)
    let points = min(whole, orderCap, max(0, room))
    let parts = points < whole ? LargestRemainder.spread(points, over: uncut) : uncut
    decision = EarnDecision(
      ruleVersion: rule.version, points: points, growthValue: netSpend, lines: lines, facts: facts)
    for index in lines.indices { decision.lines[index].points = parts[index] }
    let cap = orderCap <= max(0, room) ? "order" : "member"
    for (index, line) in lines.enumerated() {
      explain(line.lineNumber, terms[index], bySpend: bySpend[index])
      for bonus in bonuses { add(line.lineNumber, .bonus, bonus.clause, bonus.parts[index]) }
      add(line.lineNumber, .cap, cap, parts[index] - uncut[index])
    }
  }

  /// What the clauses make of one line.
  private struct Terms {
    var excludedBy: String?
    var rate: (clause: String, numerator: Int64)
    var multiplier: (clause: String, percent: Int64) = ("", 100)

    init(of product: EarnProduct, _ rule: EarnRule, _ clauses: [EarnClause]) {
      rate = ("", rule.pointsNumerator)
      var hasRate = false
      for clause in clauses where clause.products.contain(product) {
        switch clause.effect {
        case .exclude: if excludedBy == nil { excludedBy = clause.name }
        case .rate(let numerator):
          if !hasRate { rate = (clause.name, numerator) }
          hasRate = true
        case .multiply(let percent): if percent > multiplier.percent { multiplier = (clause.name, percent) }
        case .bonus: break
        }
      }
    }
  }

  /// Each line's points by its rate and multiplier.
  private static func pointsBySpend(
    _ lines: [EarnDecision.Line], _ terms: [Terms], netSpend: Int64, _ rule: EarnRule
  ) -> [Int64] {
    // Within the limits of one request: 10¹² × 1,000 × 1,000 below 2⁶³, and the products below 2¹²⁷.
    let weights = zip(lines, terms).map { line, terms in
      terms.excludedBy == nil ? max(0, line.netSpend) * terms.rate.numerator * terms.multiplier.percent : 0
    }
    let positive = lines.reduce(Int128(0)) { $0 + Int128(max(0, $1.netSpend)) }
    let weight = weights.reduce(Int128(0)) { $0 + Int128($1) }
    guard positive > 0, weight > 0 else { return lines.map { _ in 0 } }
    let scale = Int128(rule.pointsDenominator) * Int128(CurrencyExponent.minorUnitsPerUnit(of: rule.currencyCode)) * 100
    let points = min(Int128(LoyaltyLimits.maximumPoints), Int128(netSpend) * weight / (positive * scale))
    return LargestRemainder.spread(Int64(points), over: weights)
  }

  /// The bonus points of a clause, spread over the lines that it is for.
  private struct Bonus {
    let clause: String
    let parts: [Int64]

    /// Nil where the clause gives none, or the order has no line for it.
    init?(_ clause: EarnClause, _ lines: [EarnDecision.Line], _ terms: [Terms]) {
      guard case .bonus(let points) = clause.effect else { return nil }
      let weights = zip(lines, terms).map { line, terms in
        terms.excludedBy == nil && clause.products.contain(line.product) ? max(0, line.netSpend) : 0
      }
      guard weights.contains(where: { $0 > 0 }) else { return nil }
      self.clause = clause.name
      parts = LargestRemainder.spread(points, over: weights)
    }
  }

  // MARK: Why

  private mutating func explain(_ lineNumber: Int32, _ terms: Terms, bySpend points: Int64) {
    if let clause = terms.excludedBy {
      explanations.append(Explanation(lineNumber: lineNumber, effect: .excluded, clause: clause, points: 0))
      return
    }
    let byRate = points * 100 / terms.multiplier.percent
    add(lineNumber, .rate, terms.rate.clause, byRate)
    add(lineNumber, .multiplier, terms.multiplier.clause, points - byRate)
  }

  private mutating func add(_ lineNumber: Int32, _ effect: Explanation.Effect, _ clause: String, _ points: Int64) {
    guard points != 0 else { return }
    explanations.append(Explanation(lineNumber: lineNumber, effect: effect, clause: clause, points: points))
  }
}
