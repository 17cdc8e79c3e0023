internal import GoogleProto
internal import PatronAPI

extension LoyaltyV1.Balance {
  init(_ balance: Balance) {
    self.init(
      memberID: balance.memberID, spendablePoints: balance.spendable, pendingPoints: balance.pending, heldPoints: balance.held,
      debtPoints: balance.debt, growthValue: balance.growthValue, tierCode: balance.tier.tier.code,
      nextTier: balance.tier.next.map(LoyaltyV1.NextTier.init),
      asOfTime: GoogleProtobuf.Timestamp(balance.asOf), lifetimeEarnedPoints: balance.lifetimeEarned,
      lifetimeSpentPoints: balance.lifetimeSpent,
      tierBenefits: balance.tier.tier.benefits.map(LoyaltyV1.TierBenefit.init))
  }
}
