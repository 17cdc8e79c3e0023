internal import Database
internal import Foundation

/// The saga's four commands, each inside the transaction of its request id. Each is idempotent under the order (or return) as
/// well: a caller that lost its request id gets the recorded answer, and nothing happens twice.
enum OrderHolds {
  struct Committed: Equatable {
    var hold: OrderHold
    var balance: Balance
  }

  static func hold(
    _ orderID: String, _ terms: OrderHold.Terms, earning decision: EarnDecision, at instant: Date, ids: MovementIDs,
    _ transaction: Transaction
  ) throws {
    guard try OrderHoldStore.insert(orderID, terms, at: instant, transaction) else {
      return try answerAgain(orderID, terms, transaction)
    }
    try check(terms, decision, transaction)
    guard terms.spendPoints > 0 else { return }
    var member = try MemberLedger.open(terms.memberID, at: instant, ids: ids, transaction)
    try member.hold(terms.spendPoints, forOrder: orderID)
  }

  static func commit(_ orderID: String, at instant: Date, ids: MovementIDs, _ transaction: Transaction) throws -> Committed {
    guard var hold = try OrderHoldStore.resolve(orderID, as: .committed, at: instant, transaction) else {
      // One that was placed between the two looks was not there yet when this began.
      let hold = try committed(orderID, ifHeld: LoyaltyRefusal.holdUnknown, transaction)
      return Committed(hold: hold, balance: try standing(of: hold, at: instant, transaction))
    }
    var member = try MemberLedger.open(hold.terms.memberID, at: instant, ids: ids, transaction)
    let (balance, previousTierCode) = try member.commit(hold)
    hold.previousTierCode = previousTierCode
    return Committed(hold: hold, balance: balance)
  }

  static func cancel(_ orderID: String, at instant: Date, ids: MovementIDs, _ transaction: Transaction) throws {
    if try OrderHoldStore.insertTombstone(orderID, at: instant, transaction) { return }
    guard let hold = try OrderHoldStore.resolve(orderID, as: .cancelled, at: instant, transaction) else {
      if try OrderHoldStore.take(orderID, transaction)?.state == .committed { throw LoyaltyRefusal.holdCommitted }
      return
    }
    guard hold.terms.spendPoints > 0 else { return }
    var member = try MemberLedger.open(hold.terms.memberID, at: instant, ids: ids, transaction)
    try member.cancel(hold)
  }

  static func reverse(
    _ returnID: String, _ terms: OrderReversal.Terms, share: CumulativeShare, by caller: LedgerOrigin, at instant: Date,
    ids: MovementIDs, _ transaction: Transaction
  ) throws -> (reversal: OrderReversal, balance: Balance) {
    let hold = try committed(terms.orderID, ifHeld: LoyaltyRefusal.holdNotCommitted, transaction)
    if let recorded = try OrderReversalStore.find(returnID, transaction) {
      guard recorded.terms == terms else { throw LoyaltyRefusal.returnDiffers }
      return (recorded, try standing(of: hold, at: instant, transaction))
    }
    var member = try MemberLedger.open(hold.terms.memberID, at: instant, ids: ids, transaction)
    return try member.reverse(hold, as: returnID, terms: terms, share: share, by: caller)
  }

  // MARK: Parts

  /// Where the member of a committed order stands, when nothing is to be written.
  private static func standing(of hold: OrderHold, at instant: Date, _ transaction: Transaction) throws -> Balance {
    guard let account = try MemberAccountStore.take(hold.terms.memberID, transaction) else { throw LedgerFault("a member's row is gone") }
    return try BalanceReader.balance(of: account, at: instant, by: ProgramStore.inForce(transaction), transaction)
  }

  private static func answerAgain(_ orderID: String, _ terms: OrderHold.Terms, _ transaction: Transaction) throws {
    guard let existing = try OrderHoldStore.take(orderID, transaction) else { throw LedgerFault("a hold vanished") }
    switch existing.state {
    case .held, .committed: guard existing.terms == terms else { throw LoyaltyRefusal.holdDiffers }
    case .cancelled, .tombstone: throw LoyaltyRefusal.holdCancelled
    }
  }

  /// The decision and the tender against the rule version that they name, not against the rule in force.
  private static func check(_ terms: OrderHold.Terms, _ decision: EarnDecision, _ transaction: Transaction) throws {
    guard let rule = try ProgramStore.rule(version: terms.ruleVersion, transaction) else {
      throw LoyaltyRefusal.ruleVersionUnknown(terms.ruleVersion)
    }
    guard rule.currencyCode == terms.currencyCode else { throw LoyaltyRefusal.currencyMismatch(programme: rule.currencyCode) }
    let expected = rule.minorUnits(paidBy: terms.spendPoints)
    guard expected == terms.spendMinorUnits else {
      throw LoyaltyRefusal.pointsAmountMismatch(expected: expected, found: terms.spendMinorUnits)
    }
    guard decision.isConsistent(with: rule, paidByPoints: terms.spendMinorUnits) else { throw LoyaltyRefusal.earnDecisionMismatch }
  }

  private static func committed(
    _ orderID: String, ifHeld heldError: any Error, _ transaction: Transaction
  ) throws -> OrderHold {
    guard let hold = try OrderHoldStore.take(orderID, transaction) else { throw LoyaltyRefusal.holdUnknown }
    switch hold.state {
    case .committed: return hold
    case .held: throw heldError
    case .cancelled, .tombstone: throw LoyaltyRefusal.holdCancelled
    }
  }
}
