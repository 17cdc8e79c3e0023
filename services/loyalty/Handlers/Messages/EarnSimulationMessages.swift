internal import PatronAPI

extension LoyaltyV1.EarnComparison {
  init(_ comparison: EarnSimulation.Comparison) {
    self.init(
      orders: comparison.orders, recordedPoints: comparison.recorded, currentPoints: comparison.current, draftPoints: comparison.draft)
  }
}

extension LoyaltyV1.SimulateEarnRuleResponse {
  init(_ simulation: EarnSimulation, currentVersion: Int64, ordersWithoutRecord: Int64, isTruncated: Bool) {
    self.init(
      currentVersion: currentVersion, total: LoyaltyV1.EarnComparison(simulation.total),
      tiers: simulation.tiers.map {
        LoyaltyV1.TierEarnComparison(tierCode: $0.name, comparison: LoyaltyV1.EarnComparison($0.comparison))
      },
      mostChanged: simulation.mostChanged.map {
        LoyaltyV1.MemberEarnComparison(memberID: $0.name, comparison: LoyaltyV1.EarnComparison($0.comparison))
      }, ordersWithoutRecord: ordersWithoutRecord, truncated: isTruncated)
  }
}
