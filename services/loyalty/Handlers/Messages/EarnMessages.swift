internal import Foundation
internal import GoogleProto
internal import PatronAPI
internal import ServiceKit

extension LoyaltyV1.EarnDecision {
  init(_ decision: EarnDecision, dependsOnTenders: Bool) {
    self.init(
      ruleVersion: decision.ruleVersion, points: decision.points, growthValue: decision.growthValue,
      lines: decision.lines.map {
        LoyaltyV1.EarnLine(
          lineNumber: $0.lineNumber, netSpendMinorUnits: $0.netSpend, points: $0.points, productID: $0.product.productID,
          category: $0.product.category, brand: $0.product.brand, department: $0.product.department)
      },
      facts: LoyaltyV1.EarnFacts(decision.facts), dependsOnTenders: dependsOnTenders)
  }
}

extension LoyaltyV1.EarnFacts {
  init(_ facts: EarnFacts) {
    self.init(
      storeID: facts.storeID, tenderKinds: facts.tenders.wire, promotionIDs: facts.promotionIDs.sorted(),
      birthdayWeek: facts.isBirthdayWeek, tierCode: facts.tierCode, evaluateTime: GoogleProtobuf.Timestamp(facts.instant))
  }
}

extension LoyaltyV1.EarnExplanation {
  init(_ explanation: EarnEvaluation.Explanation) {
    let effect: LoyaltyV1.EarnEffect =
      switch explanation.effect {
      case .rate: .rate
      case .multiplier: .multiplier
      case .bonus: .bonus
      case .excluded: .excluded
      case .cap: .cap
      }
    self.init(lineNumber: explanation.lineNumber, effect: effect, clause: explanation.clause, points: explanation.points)
  }
}

extension EarnFacts {
  /// What a request does not say is filled in from `instant`, and by whoever knows the member.
  static func read(_ message: LoyaltyV1.EarnFacts?, _ field: String, at instant: Date, _ errors: inout FieldErrors) -> EarnFacts {
    guard let message else { return EarnFacts(instant: instant) }
    let most = LoyaltyLimits.maximumPromotions
    errors.require(optionalText: message.storeID, "\(field).store_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
    errors.require(optionalText: message.tierCode, "\(field).tier_code", upTo: LoyaltyLimits.maximumTierCodeBytes)
    errors.require(message.evaluateTime?.isValid ?? true, "\(field).evaluate_time", "must be within the years 1 to 9999")
    if errors.require(message.promotionIDs.count <= most, "\(field).promotion_ids", "at most \(most)") {
      for (index, id) in message.promotionIDs.enumerated() {
        errors.require(text: id, "\(field).promotion_ids[\(index)]", upTo: LoyaltyLimits.maximumIdentifierBytes)
      }
    }
    return EarnFacts(
      storeID: message.storeID, tenders: Set(message.tenderKinds.compactMap(OrderTender.init)), promotionIDs: Set(message.promotionIDs),
      isBirthdayWeek: message.birthdayWeek, tierCode: message.tierCode, instant: message.evaluateTime?.date ?? instant)
  }
}

extension EarnDecision {
  /// - Parameter instant: Of the facts that a decision without any does not have.
  init(_ message: LoyaltyV1.EarnDecision, at instant: Date, _ errors: inout FieldErrors) {
    errors.require((0...LoyaltyLimits.maximumPoints).contains(message.points), "earn.points", LoyaltyLimits.pointsRange)
    errors.require(
      (0...LoyaltyLimits.maximumMinorUnits).contains(message.growthValue), "earn.growth_value", LoyaltyLimits.range)
    self.init(
      ruleVersion: message.ruleVersion, points: message.points, growthValue: message.growthValue,
      lines: EarnDecision.Line.read(message.lines, "earn.lines", atLeast: 0, &errors),
      facts: EarnFacts.read(message.facts, "earn.facts", at: instant, &errors))
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
      for (name, text) in [
        ("product_id", line.productID), ("category", line.category), ("brand", line.brand), ("department", line.department),
      ] {
        errors.require(optionalText: text, "\(field)[\(index)].\(name)", upTo: LoyaltyLimits.maximumAttributeBytes)
      }
    }
    guard errors.isEmpty else { return [] }
    errors.require(amounts.contains(messages.reduce(0) { $0 + $1.netSpendMinorUnits }), field, "must sum to \(LoyaltyLimits.range)")
    return messages.map { line in
      EarnDecision.Line(
        lineNumber: line.lineNumber, netSpend: line.netSpendMinorUnits, points: line.points,
        product: EarnProduct(productID: line.productID, category: line.category, brand: line.brand, department: line.department))
    }
  }
}

extension LoyaltyLimits {
  static let range = "at most \(maximumMinorUnits)"
  static let pointsRange = "must be 0 to \(maximumPoints)"
}

extension LoyaltyV1.EvaluateEarnResponse {
  init(_ answer: EarnReader.Answer) {
    self.init(
      decision: LoyaltyV1.EarnDecision(answer.evaluation.decision, dependsOnTenders: answer.dependsOnTenders),
      minorUnitsPerPoint: answer.rule.minorUnitsPerPoint, balance: answer.balance.map(LoyaltyV1.Balance.init),
      explanations: answer.evaluation.explanations.map(LoyaltyV1.EarnExplanation.init))
  }
}
