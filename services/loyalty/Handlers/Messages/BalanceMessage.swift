internal import GoogleProto
internal import PatronAPI

extension LoyaltyV1.Balance {
  init(_ balance: Balance) {
    self.init(
      memberID: balance.memberID, spendablePoints: balance.spendable, pendingPoints: balance.pending, heldPoints: balance.held,
      debtPoints: balance.debt, growthValue: balance.growthValue, tierCode: balance.tier.code,
      nextTier: balance.next.map { LoyaltyV1.NextTier(tierCode: $0.tier.code, missingGrowthValue: $0.missing) },
      asOfTime: GoogleProtobuf.Timestamp(balance.asOf), lifetimeEarnedPoints: balance.lifetimeEarned,
      lifetimeSpentPoints: balance.lifetimeSpent)
  }
}
