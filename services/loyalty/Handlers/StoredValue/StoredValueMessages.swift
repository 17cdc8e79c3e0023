internal import Database
internal import Foundation
internal import GoogleProto
internal import PatronAPI

/// Accounts, statements and programmes as the contract has them.
enum StoredValueMessages {
  /// An account at `instant`. Past its last day nothing is left of a card, posted or not; what is held lives on.
  static func account(_ account: ValueAccount, at instant: Date, _ reader: some Queryable) throws -> LoyaltyV1.StoredValueAccount {
    let (spendable, remaining) = (account.spendable(at: instant), account.remaining(at: instant))
    // A right PIN, and most accounts, have no tries to compare with the policy's.
    let isLocked =
      try account.pinTries > 0 && account.pinTries >= ValueProgramStore.policyInForce(in: account.jurisdiction, reader).pinTries
    return LoyaltyV1.StoredValueAccount(
      accountID: account.accountID, kind: account.kind.message, state: account.state.message, memberID: account.memberID,
      jurisdiction: account.jurisdiction, currencyCode: account.currencyCode, numberLastFour: account.numberLastFour,
      spendablePrincipal: spendable.principal, spendableBonus: spendable.bonus, heldPrincipal: account.held.principal,
      heldBonus: account.held.bonus, principal: remaining.principal, bonus: remaining.bonus,
      expireTime: account.expiresAt == ProgramCalendar.never ? nil : GoogleProtobuf.Timestamp(account.expiresAt),
      hasPin: account.hasPIN, pinLocked: isLocked, asOfTime: GoogleProtobuf.Timestamp(instant))
  }

  static func account(_ accountID: String, at instant: Date, _ reader: some Queryable) throws -> LoyaltyV1.StoredValueAccount {
    guard let account = try ValueAccountStore.find(accountID, reader) else { throw StoredValueRefusal.accountUnknown }
    return try self.account(account, at: instant, reader)
  }
}

extension ValueAccount.Kind {
  var message: LoyaltyV1.StoredValueKind {
    switch self {
    case .wallet: .wallet
    case .giftCard: .giftCard
    }
  }
}

extension ValueAccount.State {
  var message: LoyaltyV1.StoredValueState {
    switch self {
    case .inactive: .inactive
    case .active: .active
    case .frozen: .frozen
    case .blocked: .blocked
    }
  }
}

extension ValueTransaction.Kind {
  var message: LoyaltyV1.StoredValueEntryKind {
    switch self {
    case .topUp: .topUp
    case .import: .import
    case .spend: .spend
    case .spendReversal: .spendReversal
    case .refund: .refund
    case .transferOut: .transferOut
    case .transferIn: .transferIn
    case .adjust: .adjust
    case .expire: .expire
    }
  }
}

extension LoyaltyV1.StoredValueEntry {
  init(_ line: ValueLedgerStore.StatementLine) {
    self.init(
      entryID: line.entryID, kind: line.kind.message, principal: line.parts.principal, bonus: line.parts.bonus,
      currencyCode: line.currencyCode, orderID: line.origin.orderID, returnID: line.origin.returnID, storeID: line.origin.storeID,
      actor: line.origin.actor, reference: line.reference, policyVersion: line.origin.ruleVersion, reason: line.reason,
      entryTime: GoogleProtobuf.Timestamp(line.postedAt), effectiveTime: GoogleProtobuf.Timestamp(line.effectiveAt))
  }

  init(_ entry: ValueTransaction, currencyCode: String) {
    self.init(
      entryID: entry.entryID, kind: entry.kind.message, principal: entry.parts.principal, bonus: entry.parts.bonus,
      currencyCode: currencyCode, orderID: entry.origin.orderID, returnID: entry.origin.returnID, storeID: entry.origin.storeID,
      actor: entry.origin.actor, reference: entry.reference, policyVersion: entry.origin.ruleVersion, reason: entry.reason,
      entryTime: GoogleProtobuf.Timestamp(entry.postedAt), effectiveTime: GoogleProtobuf.Timestamp(entry.effectiveAt))
  }
}

extension LoyaltyV1.StoredValuePayment {
  init(_ payment: TopUpStore.Payment) {
    self.init(kind: TypeV1.TenderKind(rawValue: Int32(payment.kind)), externalReference: payment.reference)
  }
}

extension LoyaltyV1.StoredValueSums {
  init(_ sums: ValueSums) {
    self.init(
      currencyCode: sums.currencyCode, loadedPrincipal: sums.loaded.principal, loadedBonus: sums.loaded.bonus,
      importedPrincipal: sums.imported.principal, importedBonus: sums.imported.bonus, adjustedPrincipal: sums.adjusted.principal,
      adjustedBonus: sums.adjusted.bonus, spentPrincipal: sums.spent.principal, spentBonus: sums.spent.bonus,
      givenBackPrincipal: sums.givenBack.principal, givenBackBonus: sums.givenBack.bonus, refundedPrincipal: sums.refunded.principal,
      refundedBonus: sums.refunded.bonus, expiredPrincipal: sums.expired.principal, expiredBonus: sums.expired.bonus,
      outstandingPrincipal: sums.outstanding.principal, outstandingBonus: sums.outstanding.bonus)
  }
}
