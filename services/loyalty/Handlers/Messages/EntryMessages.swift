internal import GoogleProto
internal import PatronAPI

extension LoyaltyV1.Entry {
  init(_ line: LedgerStore.StatementLine) {
    self.init(
      entryID: line.entryID, kind: LoyaltyV1.EntryKind(line.kind), points: line.points, growthValue: line.growthValue,
      orderID: line.origin.orderID, returnID: line.origin.returnID, storeID: line.origin.storeID, actor: line.origin.actor,
      ruleVersion: line.origin.ruleVersion, reason: line.reason, entryTime: GoogleProtobuf.Timestamp(line.postedAt),
      debtPoints: line.debt, effectiveTime: GoogleProtobuf.Timestamp(line.effectiveAt), transferID: line.origin.transferID)
  }
}

extension LoyaltyV1.EntryKind {
  init(_ kind: LedgerTransaction.Kind) {
    self =
      switch kind {
      case .earn: .earn
      case .spend: .spend
      case .expire: .expire
      case .earnReversal: .earnReversal
      case .spendReversal: .spendReversal
      case .adjust: .adjust
      case .debtRepayment: .debtRepayment
      case .transferOut: .transferOut
      case .transferIn: .transferIn
      case .transferFee: .transferFee
      case .transferReversal: .transferReversal
      case .extension: .extension
      case .reinstatement: .reinstatement
      case .reward: .reward
      case .rewardReversal: .rewardReversal
      case .ticket: .ticket
      case .ticketReversal: .ticketReversal
      case .prize: .prize
      }
  }
}
