internal import Foundation

/// What one order earns, at a stated rule version. Decided when the order is priced, held as it stands, posted as it stands.
struct EarnDecision: Equatable, Sendable {
  struct Line: Equatable, Sendable {
    var lineNumber: Int32
    /// May be negative where a coupon exceeds the line.
    var netSpend: Int64
    var points: Int64
    var product = EarnProduct()
  }

  var ruleVersion: Int64
  var points: Int64
  /// The order's net spend in minor units, 0 or more.
  var growthValue: Int64
  var lines: [Line]
  /// By which it was decided.
  var facts: EarnFacts

  /// Whether the decision is what its own rule version makes of it: the points of its lines and facts at its growth value, cut by the order's
  /// cap, or further where the member's caps cut; and no more growth value than the lines bring in, less what points and stored value pay.
  func isConsistent(with rule: EarnRule, clauses: [EarnClause] = [], paidBesides: Int64) -> Bool {
    guard rule.version == ruleVersion, growthValue >= 0 else { return false }
    guard !lines.isEmpty else {
      return clauses.isEmpty && rule.caps.isEmpty && points == rule.points(forNetSpend: growthValue)
    }
    let sum = lines.reduce(0) { $0 + $1.netSpend }
    guard growthValue <= max(0, sum - paidBesides) else { return false }
    let own = EarnEvaluation(
      lines: lines, paidBesides: max(0, sum - growthValue), rule: rule, clauses: clauses, facts: facts,
      room: rule.caps.concernMember ? points : .max)
    return own.decision == self
  }
}
