internal import Database
internal import Foundation

/// The saga's four commands, each inside the transaction of its request id. Each is idempotent under the order (or return) as
/// well: a caller that lost its request id gets the recorded answer, and nothing happens twice.
///
/// Each takes the rows of wallets and cards first, in the order of their ids, and then the member's, or those of several members in the order of
/// theirs: two of them never wait in a circle.
enum OrderHolds {
  struct Committed: Equatable {
    var hold: OrderHold
    /// Nil where the order does not concern points.
    var balance: Balance?
    /// The wallets and cards that paid.
    var accounts: [ValueAccount]
  }

  struct Reversed: Equatable {
    var reversal: OrderReversal
    var balance: Balance?
    var values: [ValueHoldStore.Reversal]
  }

  static func hold(
    _ orderID: String, _ terms: OrderHold.Terms, earning decision: EarnDecision, paying tenders: [OrderValues.Tender],
    at instant: Date, ids: MovementIDs, _ transaction: Transaction
  ) throws {
    let record = terms.concernsPoints ? EarnRecords.encode(decision) : nil
    guard try OrderHoldStore.insert(orderID, terms, record: record, at: instant, transaction) else {
      return try answerAgain(orderID, terms, tenders, transaction)
    }
    let rule = try terms.concernsPoints ? check(terms, decision, paidByValue: tenders.reduce(0) { $0 + $1.amount }, transaction) : nil
    var ids = ids
    try OrderValues.hold(tenders, forOrder: orderID, terms, at: instant, ids: &ids, transaction)
    let cappedBy = terms.earnPoints > 0 && rule?.caps.concernMember == true ? rule : nil
    guard terms.spendPoints > 0 || cappedBy != nil else { return }
    var member = try MemberLedger.open(terms.memberID, at: instant, ids: ids, transaction)
    if let cappedBy {
      let day = try member.reserveRoom(for: terms.earnPoints, by: cappedBy)
      try OrderHoldStore.setCapDay(day, of: orderID, transaction)
    }
    try member.hold(terms.spendPoints, forOrder: orderID)
  }

  static func commit(_ orderID: String, at instant: Date, ids: MovementIDs, _ transaction: Transaction) throws -> Committed {
    guard var hold = try OrderHoldStore.resolve(orderID, as: .committed, at: instant, transaction) else {
      let hold = try committed(orderID, ifHeld: LedgerFault("a held order was not resolved"), transaction)
      return Committed(
        hold: hold, balance: try balance(of: hold, at: instant, transaction), accounts: try OrderValues.accounts(of: orderID, transaction))
    }
    var ids = ids
    let accounts = try OrderValues.commit(hold, at: instant, ids: &ids, transaction)
    guard hold.terms.concernsPoints else { return Committed(hold: hold, balance: nil, accounts: accounts) }
    var member = try MemberLedger.open(hold.terms.memberID, at: instant, ids: ids, transaction)
    let (balance, previousTierCode) = try member.commit(hold)
    hold.previousTierCode = previousTierCode
    return Committed(hold: hold, balance: balance, accounts: accounts)
  }

  static func cancel(_ orderID: String, at instant: Date, ids: MovementIDs, _ transaction: Transaction) throws {
    if try OrderHoldStore.insertTombstone(orderID, at: instant, transaction) { return }
    guard let hold = try OrderHoldStore.resolve(orderID, as: .cancelled, at: instant, transaction) else {
      if try OrderHoldStore.find(orderID, transaction)?.state == .committed { throw LoyaltyRefusal.holdCommitted }
      return
    }
    var ids = ids
    try OrderValues.cancel(hold, at: instant, ids: &ids, transaction)
    if hold.terms.spendPoints > 0 {
      var member = try MemberLedger.open(hold.terms.memberID, at: instant, ids: ids, transaction)
      try member.cancel(hold)
    }
    try giveRoomBack(hold.terms.earnPoints, of: hold, transaction)
  }

  static func reverse(
    _ returnID: String, _ terms: OrderReversal.Terms, shares: OrderReversal.Shares, refunds: [OrderReversal.ValueRefund],
    by caller: LedgerOrigin, at instant: Date, ids: MovementIDs, _ transaction: Transaction
  ) throws -> Reversed {
    let hold = try committed(terms.orderID, ifHeld: LoyaltyRefusal.holdNotCommitted, transaction)
    if let recorded = try OrderReversalStore.find(returnID, transaction) {
      let values = try ValueHoldStore.reversals(of: returnID, transaction)
      let asked = refunds.sorted { $0.accountID < $1.accountID }
      guard recorded.terms == terms, values.map({ .init(accountID: $0.accountID, amount: $0.amount) }) == asked else {
        throw LoyaltyRefusal.returnDiffers
      }
      return Reversed(reversal: recorded, balance: try balance(of: hold, at: instant, transaction), values: values)
    }
    var ids = ids
    let values = try OrderValues.giveBack(refunds, of: hold, as: returnID, by: caller, at: instant, ids: &ids, transaction)
    let (reversal, balance) = try reversePoints(
      of: hold, as: returnID, terms, shares: shares, by: caller, at: instant, ids: ids, transaction)
    for value in values { try ValueHoldStore.insert(value, of: returnID, orderID: hold.orderID, transaction) }
    return Reversed(reversal: reversal, balance: balance, values: values)
  }

  /// Writes the return down, also where no points are concerned.
  private static func reversePoints(
    of hold: OrderHold, as returnID: String, _ terms: OrderReversal.Terms, shares: OrderReversal.Shares, by caller: LedgerOrigin,
    at instant: Date, ids: MovementIDs, _ transaction: Transaction
  ) throws -> (reversal: OrderReversal, balance: Balance?) {
    // Before the member's standing is computed.
    if shares.money.isWhole { try OrderHoldStore.markReturned(hold.orderID, transaction) }
    guard hold.terms.concernsPoints else {
      let reversal = OrderReversal(
        returnID: returnID, terms: terms, pointsTakenBack: 0, pointsGivenBack: 0, growthTakenBack: 0, debt: 0)
      try OrderReversalStore.insert(reversal, at: instant, transaction)
      return (reversal, nil)
    }
    let taken = shares.earned.share(of: hold.terms.earnPoints, alreadyTaken: hold.pointsTakenBack)
    var member = try openForReturn(of: hold, taking: taken, as: returnID, by: caller, at: instant, ids: ids, transaction)
    let (reversal, balance) = try member.reverse(hold, as: returnID, terms: terms, shares: shares, by: caller)
    try giveRoomBack(reversal.pointsTakenBack, of: hold, transaction)
    return (reversal, balance)
  }

  /// What is not earned after all leaves its room to the next order. The caps bound what a member keeps.
  private static func giveRoomBack(_ points: Int64, of hold: OrderHold, _ transaction: Transaction) throws {
    guard let day = hold.capDay else { return }
    try EarnCapStore.giveBack(points, of: hold.terms.memberID, countedOn: day, transaction)
  }

  // MARK: Parts

  private static func answerAgain(
    _ orderID: String, _ terms: OrderHold.Terms, _ tenders: [OrderValues.Tender], _ transaction: Transaction
  ) throws {
    guard let existing = try OrderHoldStore.find(orderID, transaction) else { throw LedgerFault("a hold vanished") }
    switch existing.state {
    case .held, .committed:
      let paid = try ValueHoldStore.spent(byOrder: orderID, transaction).map { ($0.accountID, $0.spent.drawn.total) }
      let asked = Dictionary(tenders.map { ($0.accountID, $0.amount) }, uniquingKeysWith: +)
      guard existing.terms == terms, Dictionary(uniqueKeysWithValues: paid) == asked else { throw LoyaltyRefusal.holdDiffers }
    case .cancelled, .tombstone: throw LoyaltyRefusal.holdCancelled
    }
  }

  private static func balance(of hold: OrderHold, at instant: Date, _ transaction: Transaction) throws -> Balance? {
    guard hold.terms.concernsPoints else { return nil }
    return try BalanceReader.balance(of: hold.terms.memberID, at: instant, transaction)
  }

  /// The decision and the tender against the rule version that they name, not against the rule in force. That version.
  private static func check(
    _ terms: OrderHold.Terms, _ decision: EarnDecision, paidByValue: Int64, _ transaction: Transaction
  ) throws -> EarnRule {
    guard let rule = try ProgramStore.rule(version: terms.ruleVersion, transaction) else {
      throw LoyaltyRefusal.ruleVersionUnknown(terms.ruleVersion)
    }
    guard rule.currencyCode == terms.currencyCode else { throw LoyaltyRefusal.currencyMismatch(programme: rule.currencyCode) }
    let expected = rule.minorUnits(paidBy: terms.spendPoints)
    guard expected == terms.spendMinorUnits else {
      throw LoyaltyRefusal.pointsAmountMismatch(expected: expected, found: terms.spendMinorUnits)
    }
    let clauses = try ProgramStore.clauses(of: rule, transaction)
    guard decision.isConsistent(with: rule, clauses: clauses, paidBesides: terms.spendMinorUnits + paidByValue) else {
      throw LoyaltyRefusal.earnDecisionMismatch
    }
    return rule
  }

  private static func committed(
    _ orderID: String, ifHeld heldError: any Error, _ transaction: Transaction
  ) throws -> OrderHold {
    guard let hold = try OrderHoldStore.find(orderID, transaction) else { throw LoyaltyRefusal.holdUnknown }
    switch hold.state {
    case .committed: return hold
    case .held: throw heldError
    case .cancelled, .tombstone: throw LoyaltyRefusal.holdCancelled
    }
  }
}
