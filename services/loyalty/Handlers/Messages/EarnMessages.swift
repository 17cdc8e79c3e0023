internal import PatronAPI
internal import ServiceKit

extension LoyaltyV1.EarnDecision {
  init(_ decision: EarnDecision) {
    self.init(
      ruleVersion: decision.ruleVersion, points: decision.points, growthValue: decision.growthValue,
      lines: decision.lines.map {
        LoyaltyV1.EarnLine(lineNumber: $0.lineNumber, netSpendMinorUnits: $0.netSpend, points: $0.points)
      })
  }
}

extension EarnDecision {
  init(_ message: LoyaltyV1.EarnDecision, _ errors: inout FieldErrors) {
    errors.require((0...LoyaltyLimits.maximumPoints).contains(message.points), "earn.points", LoyaltyLimits.pointsRange)
    errors.require(
      (0...LoyaltyLimits.maximumMinorUnits).contains(message.growthValue), "earn.growth_value", LoyaltyLimits.range)
    self.init(
      ruleVersion: message.ruleVersion, points: message.points, growthValue: message.growthValue,
      lines: EarnDecision.Line.read(message.lines, "earn.lines", atLeast: 0, &errors))
  }
}

extension EarnDecision.Line {
  /// Lines in the order sent. Each amount, and so their sum, stays within 64 bits; the sum within the limit of an order.
  static func read(
    _ messages: [LoyaltyV1.EarnLine], _ field: String, atLeast fewest: Int, _ errors: inout FieldErrors
  ) -> [EarnDecision.Line] {
    let count = fewest...LoyaltyLimits.maximumLines
    guard errors.require(count.contains(messages.count), field, "must have \(fewest) to \(LoyaltyLimits.maximumLines) lines")
    else { return [] }
    let amounts = -LoyaltyLimits.maximumMinorUnits...LoyaltyLimits.maximumMinorUnits
    for (index, line) in messages.enumerated() {
      errors.require(amounts.contains(line.netSpendMinorUnits), "\(field)[\(index)].net_spend_minor_units", LoyaltyLimits.range)
      errors.require(
        (0...LoyaltyLimits.maximumPoints).contains(line.points), "\(field)[\(index)].points", LoyaltyLimits.pointsRange)
    }
    guard errors.isEmpty else { return [] }
    errors.require(amounts.contains(messages.reduce(0) { $0 + $1.netSpendMinorUnits }), field, "must sum to \(LoyaltyLimits.range)")
    return messages.map { EarnDecision.Line(lineNumber: $0.lineNumber, netSpend: $0.netSpendMinorUnits, points: $0.points) }
  }
}

extension LoyaltyLimits {
  static let range = "at most \(maximumMinorUnits)"
  static let pointsRange = "must be 0 to \(maximumPoints)"
}
