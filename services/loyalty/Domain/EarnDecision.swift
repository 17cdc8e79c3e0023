/// What one order earns, at a stated rule version. Decided when the order is priced, held as it stands, posted as it stands.
struct EarnDecision: Equatable, Sendable {
  struct Line: Equatable, Sendable {
    var lineNumber: Int32
    /// May be negative where a coupon exceeds the line.
    var netSpend: Int64
    var points: Int64
  }

  var ruleVersion: Int64
  var points: Int64
  /// The order's net spend in minor units, 0 or more.
  var growthValue: Int64
  var lines: [Line]

  /// Net spend is what the lines sum to, less what points and stored value pay, and at least 0. The order's points are floored once and then
  /// spread over the lines by largest remainder; a line that brings in nothing gets none.
  static func evaluate(lines: [Line], paidBesides: Int64, rule: EarnRule) -> EarnDecision {
    let netSpend = max(0, lines.reduce(0) { $0 + $1.netSpend } - paidBesides)
    let points = rule.points(forNetSpend: netSpend)
    let parts = LargestRemainder.spread(points, over: lines.map(\.netSpend))
    return EarnDecision(
      ruleVersion: rule.version, points: points, growthValue: netSpend,
      lines: zip(lines, parts).map { Line(lineNumber: $0.lineNumber, netSpend: $0.netSpend, points: $1) })
  }

  /// Whether the decision is what its own rule version makes of it: the points of its growth value, in parts that sum to the
  /// whole, and no more growth value than the lines bring in, less what points and stored value pay.
  func isConsistent(with rule: EarnRule, paidBesides: Int64) -> Bool {
    guard rule.version == ruleVersion, points == rule.points(forNetSpend: growthValue) else { return false }
    guard !lines.isEmpty else { return true }
    return lines.reduce(0) { $0 + $1.points } == points
      && growthValue <= max(0, lines.reduce(0) { $0 + $1.netSpend } - paidBesides)
  }
}
