internal import GoogleProto
internal import PatronAPI

extension LoyaltyV1.VerifyResponse {
  init(_ audit: LedgerAudit) {
    self.init(
      differences: audit.differences, accountsChecked: audit.accountsChecked, entriesChecked: audit.entriesChecked,
      asOfTime: GoogleProtobuf.Timestamp(audit.asOf), pointsEarned: audit.sums.earned, pointsSpent: audit.sums.spent,
      pointsTakenBack: audit.sums.takenBack, pointsGivenBack: audit.sums.givenBack, pointsAdjusted: audit.sums.adjusted,
      pointsExpired: audit.sums.expired, storedValue: audit.valueSums.map(LoyaltyV1.StoredValueSums.init),
      pointsAwarded: audit.sums.awarded, pointsTransferFees: audit.sums.fees, pointsRedeemed: audit.sums.redeemed,
      pointsWon: audit.sums.won)
  }
}
