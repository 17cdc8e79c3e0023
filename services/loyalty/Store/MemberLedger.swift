internal import Database
internal import Foundation

/// One write of one member, inside one transaction.
///
/// Life: `open` takes the member's row and writes down what lapsed; an operation (the extensions: hold, commit, cancel, reverse, adjust)
/// posts transactions to the ledger and moves points between lots; `close` writes the member's row once, with everything that
/// came together. In between, `account` is the row as it will be.
///
/// Two things are true after every `close`, and the schema checks what it can of them: no balance is below zero, and a debt stands
/// beside no points that could repay it.
struct MemberLedger {
  let transaction: Transaction
  let instant: Date
  let program: Program
  private(set) var account: MemberAccount
  var ids: MovementIDs
  private var change = MemberAccountStore.Change()

  static func open(
    _ memberID: String, at instant: Date, ids: MovementIDs, _ transaction: Transaction
  ) throws -> MemberLedger {
    let program = try ProgramStore.inForce(transaction)
    let account = try MemberAccountStore.take(memberID, lowestTierCode: program.scheme.tiers[0].code, transaction)
    var ledger = MemberLedger(transaction: transaction, instant: instant, program: program, account: account, ids: ids)
    if account.held > 0 { try ledger.releaseLapsedHolds() }
    try ledger.postLapsedLots()
    return ledger
  }

  private init(transaction: Transaction, instant: Date, program: Program, account: MemberAccount, ids: MovementIDs) {
    self.transaction = transaction
    self.instant = instant
    self.program = program
    self.account = account
    self.ids = ids
  }

  var memberID: String { account.memberID }

  // MARK: Posting

  func entry(
    _ kind: LedgerTransaction.Kind, subject: String? = nil, id: String, origin: LedgerOrigin, reason: String = "",
    effectiveAt: Date? = nil
  ) -> LedgerTransaction {
    LedgerTransaction(
      entryID: id, kind: kind, subject: subject ?? id, origin: origin, reason: reason, postedAt: instant, effectiveAt: effectiveAt)
  }

  /// Appends to the ledger and folds into the member's row.
  ///
  /// - Parameters:
  ///   - fromHeld: how many of the points that leave were held, and so were not among the row's `points`.
  ///   - alreadyTaken: how many of them a guarded statement has taken off the row's `points` already.
  mutating func post(_ entry: LedgerTransaction, fromHeld: Int64 = 0, alreadyTaken: Int64 = 0) throws {
    account.lastNumber += 1
    change.transactions += 1
    try LedgerStore.append(entry, of: memberID, number: account.lastNumber, transaction)
    account.points += entry.points + fromHeld
    change.points += entry.points + fromHeld + alreadyTaken
    account.held -= fromHeld
    change.held -= fromHeld
    account.debt += entry.debt
    change.debt += entry.debt
  }

  mutating func countLifetime(earned: Int64 = 0, spent: Int64 = 0) {
    account.lifetimeEarned += earned
    change.lifetimeEarned += earned
    account.lifetimeSpent += spent
    change.lifetimeSpent += spent
  }

  /// The order that is being committed is the member's latest.
  mutating func countOrder() {
    account.lastOrderAt = instant
    change.orderAt = instant
  }

  /// The member was given a tier.
  mutating func countGrant() throws {
    account.tierGrants += 1
    try MemberAccountStore.countGrant(of: memberID, transaction)
  }

  mutating func setOnLeaderboards(_ isOn: Bool) throws {
    account.isOnLeaderboards = isOn
    try MemberAccountStore.set(onLeaderboards: isOn, memberID, transaction)
  }

  /// Held points become the member's own again.
  mutating func releaseHeld(_ points: Int64) {
    account.held -= points
    change.held -= points
    account.points += points
    change.points += points
  }

  /// Sets points aside, or refuses. The statement decides on the row and the lots as they are in the database, so what came
  /// together so far goes there first.
  mutating func holdSpendable(_ points: Int64) throws {
    try flush()
    guard try MemberAccountStore.hold(points, of: memberID, at: instant, transaction) else { throw try insufficientPoints() }
    account.points -= points
    account.held += points
  }

  /// Takes points off the row, or refuses; `post` is told with `alreadyTaken`.
  mutating func takeSpendable(_ points: Int64) throws {
    try flush()
    guard try MemberAccountStore.take(points, of: memberID, at: instant, transaction) else { throw try insufficientPoints() }
  }

  private func insufficientPoints() throws -> LoyaltyRefusal {
    let (lapsed, pending) = try MemberAccountStore.unspendable(memberID, at: instant, transaction)
    return .insufficientPoints(spendable: account.points - lapsed - pending)
  }

  // MARK: Closing

  /// The member's standing as it will be.
  func balance() throws -> Balance {
    try BalanceReader.balance(of: account, at: instant, by: program, transaction)
  }

  /// The tier without the order that is being committed.
  func tier(without hold: OrderHold) throws -> TierStanding {
    let fact = OrderFact(at: instant, growthValue: hold.terms.growthValue, points: hold.terms.earnPoints, isVisit: true)
    return try TierReader.standing(of: account, at: instant, by: program, without: fact, transaction)
  }

  /// Writes the row, and makes a changed tier known.
  mutating func close() throws -> Balance {
    let balance = try balance()
    let code = balance.tier.tier.code
    if code != account.announcedTierCode {
      try announceTier(of: balance)
      account.announcedTierCode = code
      try applyChange()
    } else {
      try flush()
    }
    return balance
  }

  /// Writes the row where neither a balance is asked for nor a tier can have changed.
  mutating func closeQuietly() throws { try flush() }

  private mutating func flush() throws {
    if change != MemberAccountStore.Change() { try applyChange() }
  }

  private mutating func applyChange() throws {
    try MemberAccountStore.apply(change, to: memberID, announcing: account.announcedTierCode, transaction)
    change = MemberAccountStore.Change()
  }
}
