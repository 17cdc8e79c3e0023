internal import Database
internal import Foundation

extension AccountLedger {
  /// What a store sold, how it was paid, and what it calls it.
  struct Load: Equatable, Sendable {
    var amount: Int64
    var currencyCode: String
    var payment: TopUpStore.Payment
    var reference: String
    var origin: LedgerOrigin
  }

  /// Takes the customer's money in; a wallet gets the bonus of the scheme in force. The entry's id.
  mutating func topUp(_ load: Load, expectedBonus: Int64?) throws -> String {
    try require(currencyCode: load.currencyCode)
    let scheme = try ValueProgramStore.schemeInForce(in: account.jurisdiction, transaction)
    let bonus = account.kind == .wallet ? scheme.bonus(forCharging: load.amount) : 0
    if let expectedBonus, expectedBonus != bonus { throw StoredValueRefusal.bonusChanged(bonus: bonus) }
    guard policy.maximumLoad == 0 || load.amount <= policy.maximumLoad else {
      throw StoredValueRefusal.loadLimit(most: policy.maximumLoad)
    }
    let parts = ValueParts(principal: load.amount, bonus: bonus)
    try bring(parts, countingDay: true)
    let lot = try newLot(parts, storeID: load.origin.storeID)
    var entry = entry(.topUp, origin: load.origin, reference: load.reference)
    entry.move(parts, of: lot.lotID, from: .sold, to: .customer)
    try post(entry)
    try TopUpStore.insert(
      TopUpStore.TopUp(
        entryID: entry.entryID, accountID: accountID, lotID: lot.lotID, payment: load.payment,
        amounts: TopUpRefund.TopUp(loaded: parts, refunded: .nothing), schemeVersion: bonus > 0 ? scheme.version : 0), transaction)
    return entry.entryID
  }

  /// Gives unspent principal of a top-up back to how it was paid, and takes its bonus back.
  mutating func refund(
    _ amount: Int64, of topUp: TopUpStore.TopUp, reference: String, reason: String, origin: LedgerOrigin
  ) throws -> (entryID: String, plan: TopUpRefund) {
    guard account.state == .active else { throw StoredValueRefusal.accountState(account.state) }
    // An expired lot has nothing left: its value was posted as expired when the account was opened.
    guard let lot = try ValueLotStore.find(topUp.lotID, transaction),
      let plan = TopUpRefund.plan(amount, of: topUp.amounts, lot: lot.parts),
      try TopUpStore.refund(plan.counted, of: topUp.entryID, transaction)
    else { throw StoredValueRefusal.refundExceedsTopUp }
    guard try ValueAccountStore.take(plan.taken, of: accountID, transaction) else { throw LedgerFault("a lot has more than its account") }
    try ValueLotStore.change(lot.lotID, by: -plan.taken, transaction)
    var entry = entry(.refund, origin: origin, reference: reference, reason: reason)
    // Spent bonus that comes off the money is kept for the goods that it paid.
    let kept = ValueParts(principal: plan.taken.principal - plan.paidOut)
    entry.move(plan.taken - kept, of: lot.lotID, from: .customer, to: .refunded)
    entry.move(kept, of: lot.lotID, from: .customer, to: .adjusted)
    try post(entry)
    return (entry.entryID, plan)
  }

  /// Takes over what another system had sold. Held to the balance's limit, and to no load's.
  mutating func takeOver(_ parts: ValueParts, origin: LedgerOrigin) throws {
    guard !parts.isNothing else { return }
    try bring(parts)
    let lot = try newLot(parts, storeID: origin.storeID)
    var entry = entry(.import, origin: origin, reason: "taken over")
    entry.move(parts, of: lot.lotID, from: .imported, to: .customer)
    try post(entry)
  }

  /// Adds or takes by hand. The entry's id.
  mutating func adjust(_ parts: ValueParts, reference: String, reason: String, origin: LedgerOrigin) throws -> String {
    guard account.state == .active else { throw StoredValueRefusal.accountState(account.state) }
    let added = ValueParts(principal: max(0, parts.principal), bonus: max(0, parts.bonus))
    let removed = added - parts
    var entry = entry(.adjust, origin: origin, reference: reference, reason: reason)
    if !removed.isNothing {
      guard try ValueAccountStore.take(removed, of: accountID, transaction) else { throw try insufficient() }
      entry.move(try drawLots(removed), from: .customer, to: .adjusted)
    }
    if !added.isNothing {
      try bring(added)
      let lot = try newLot(added, storeID: origin.storeID)
      entry.move(added, of: lot.lotID, from: .adjusted, to: .customer)
    }
    try post(entry)
    return entry.entryID
  }

  /// Puts `parts` into the row, within the policy's limits.
  func bring(_ parts: ValueParts, countingDay: Bool = false) throws {
    guard try ValueAccountStore.load(parts, into: account, by: policy, countingDay: countingDay, at: instant, transaction) else {
      throw try loadRefusal(parts)
    }
  }

  // MARK: Why not

  func require(currencyCode: String) throws {
    guard account.currencyCode == currencyCode else { throw StoredValueRefusal.currencyMismatch(account: account.currencyCode) }
  }

  func insufficient() throws -> StoredValueRefusal {
    let account = try current()
    guard account.state == .active else { return .accountState(account.state) }
    guard account.expiresAt > instant else { return .expired }
    return .insufficient(spendable: account.parts.total)
  }

  /// Why the statement that loads said no: it tells that it did, and the row tells why.
  private func loadRefusal(_ parts: ValueParts) throws -> StoredValueRefusal {
    let account = try current()
    guard account.state == .active else { return .accountState(account.state) }
    guard account.expiresAt > instant else { return .expired }
    let most = policy.maximumBalance(isNamed: account.isNamed)
    if most > 0, account.parts.principal + account.held.principal + parts.principal > most { return .balanceLimit(most: most) }
    return .dailyLimit(most: policy.maximumDailyLoad)
  }
}
