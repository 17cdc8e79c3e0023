internal import Foundation
internal import GoogleProto
internal import PatronAPI

extension ReportSpan.Period {
  /// Nil for a value of a later version.
  init?(_ period: LoyaltyV1.ReportPeriod) {
    switch period {
    case .unspecified: self = .whole
    case .day: self = .day
    case .week: self = .week
    case .month: self = .month
    case .quarter: self = .quarter
    case .year: self = .year
    default: return nil
    }
  }
}

extension PointsReport.Dimension {
  /// Nil for a value of a later version.
  init?(_ dimension: LoyaltyV1.ReportDimension) {
    switch dimension {
    case .unspecified: self = .none
    case .store: self = .store
    case .issuingStore: self = .issuingStore
    case .tier: self = .tier
    case .ruleVersion: self = .ruleVersion
    default: return nil
    }
  }
}

extension LoyaltyV1.ReportLine {
  init(_ line: PointsReport.Line, minorUnitsPerPoint: Int64) {
    let flows = line.flows
    let money = line.closing.multipliedReportingOverflow(by: minorUnitsPerPoint)
    self.init(
      startTime: GoogleProtobuf.Timestamp(line.start), endTime: GoogleProtobuf.Timestamp(line.end), key: line.key,
      openingPoints: line.opening, earnedPoints: flows.earned, awardedPoints: flows.awarded, takenBackPoints: flows.takenBack,
      spentPoints: flows.spent, givenBackPoints: flows.givenBack, expiredPoints: flows.expired, adjustedPoints: flows.adjusted,
      closingPoints: line.closing, closingMinorUnits: money.overflow ? (line.closing > 0 ? .max : .min) : money.partialValue,
      expiredPerMille: flows.expiredPerMille, reinstatedPoints: flows.reinstated, transferredPoints: flows.transferred,
      transferFeePoints: flows.transferFees)
  }
}

extension LoyaltyV1.ExplainEntryResponse {
  init(_ explanation: EntryExplanation, at instant: Date) {
    self.init(
      memberID: explanation.memberID, entry: LoyaltyV1.Entry(explanation.line),
      movements: explanation.movements.map { LoyaltyV1.EntryMovement(account: $0.account, lotID: $0.lotID, amount: $0.amount) },
      lots: explanation.lots.map { LotMessages.message($0, of: explanation.memberID, at: instant) },
      rule: explanation.rule.map { LoyaltyV1.EarnRule($0.rule, $0.terms) },
      decision: explanation.evaluation.map {
        LoyaltyV1.EarnDecision(
          $0.decision, dependsOnTenders: explanation.rule?.terms.clauses.contains { !$0.conditions.tenders.isEmpty } ?? false)
      },
      explanations: explanation.evaluation?.explanations.map(LoyaltyV1.EarnExplanation.init) ?? [],
      returnTerms: explanation.reversal.map(LoyaltyV1.ReturnTerms.init))
  }
}

extension LoyaltyV1.ReturnTerms {
  init(_ reversal: OrderReversal) {
    let terms = reversal.terms
    self.init(
      refundedBefore: terms.refundedBefore, refundedAfter: terms.refundedAfter, refundedTotal: terms.refundedTotal,
      earnedBefore: terms.earnedBefore, earnedAfter: terms.earnedAfter, earnedTotal: terms.earnedTotal,
      pointsTakenBack: reversal.pointsTakenBack, pointsGivenBack: reversal.pointsGivenBack, growthTakenBack: reversal.growthTakenBack,
      debtPoints: reversal.debt)
  }
}
