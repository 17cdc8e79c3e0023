internal import Database
internal import Foundation
internal import PatronAPI

/// One write of one wallet or card, inside one transaction.
///
/// Life: `open` takes the account's row and posts what expired; an operation (the extensions) decides in one guarded statement, moves value
/// between lots and posts to the ledger. Every operation leaves the row, the lots and the ledger in agreement, so nothing is closed.
struct AccountLedger {
  let transaction: Transaction
  let instant: Date
  let policy: ValuePolicy
  /// As the row was when it was taken, with what `apply` has changed since. What a guarded statement takes or brings is in the row alone.
  private(set) var account: ValueAccount
  var ids: MovementIDs

  /// - Throws: ACCOUNT_UNKNOWN.
  static func open(_ accountID: String, at instant: Date, ids: MovementIDs, _ transaction: Transaction) throws -> AccountLedger {
    guard let account = try ValueAccountStore.take(accountID, transaction) else { throw StoredValueRefusal.accountUnknown }
    let policy = try ValueProgramStore.policyInForce(in: account.jurisdiction, transaction)
    var ledger = AccountLedger(transaction: transaction, instant: instant, policy: policy, account: account, ids: ids)
    try ledger.postExpiry()
    return ledger
  }

  private init(transaction: Transaction, instant: Date, policy: ValuePolicy, account: ValueAccount, ids: MovementIDs) {
    self.transaction = transaction
    self.instant = instant
    self.policy = policy
    self.account = account
    self.ids = ids
  }

  var accountID: String { account.accountID }

  /// The row as it is by now.
  func current() throws -> ValueAccount {
    guard let account = try ValueAccountStore.find(accountID, transaction) else { throw LedgerFault("an account's row is gone") }
    return account
  }

  // MARK: Posting

  mutating func entry(
    _ kind: ValueTransaction.Kind, subject: String? = nil, origin: LedgerOrigin, reference: String = "", reason: String = "",
    effectiveAt: Date? = nil
  ) -> ValueTransaction {
    var origin = origin
    if origin.ruleVersion == 0 { origin.ruleVersion = policy.version }
    return ValueTransaction(
      entryID: ids.nextEntry(), kind: kind, subject: subject, origin: origin, reference: reference, reason: reason, postedAt: instant,
      effectiveAt: effectiveAt)
  }

  /// Appends to the ledger, changes the row by what a guarded statement has not changed already, and makes the line known.
  mutating func post(_ entry: ValueTransaction, changing change: ValueAccountStore.Change = .init()) throws {
    try ValueLedgerStore.append(entry, of: account, number: account.lastNumber + 1, transaction)
    var change = change
    change.transactions = 1
    try apply(change)
    try announce(entry)
  }

  mutating func apply(_ change: ValueAccountStore.Change) throws {
    try ValueAccountStore.apply(change, to: accountID, transaction)
    account.parts += change.parts
    account.held += change.held
    account.lastNumber += change.transactions
  }

  /// Takes `parts` out of the lots, as they were sold. That they suffice was decided before.
  func drawLots(_ parts: ValueParts) throws -> [ValueDraw] {
    let (draws, missing) = ValueDraw.draw(parts, from: try ValueLotStore.remaining(of: accountID, transaction))
    guard missing.isNothing else { throw LedgerFault("the lots have less than the account's row") }
    for draw in draws { try ValueLotStore.change(draw.lotID, by: -draw.parts, transaction) }
    return draws
  }

  mutating func newLot(_ parts: ValueParts, storeID: String, soldAt: Date? = nil) throws -> ValueLot {
    let lot = ValueLot(lotID: ids.nextLot(), storeID: storeID, soldAt: soldAt ?? instant, parts: parts)
    try ValueLotStore.insert(lot, of: account, transaction)
    return lot
  }

  // MARK: Expiry

  /// Posts what is left of a card past its last day. Readers have left it out since that instant; this only writes down what was so already.
  mutating func postExpiry() throws {
    guard account.expiresAt <= instant, !account.parts.isNothing else { return }
    var expiry = entry(.expire, origin: .programme(ruleVersion: policy.version), reason: "expired", effectiveAt: account.expiresAt)
    expiry.move(try drawLots(account.parts), from: .customer, to: .expired)
    try post(expiry, changing: ValueAccountStore.Change(parts: -account.parts))
  }

  // MARK: Events

  private mutating func announce(_ entry: ValueTransaction) throws {
    let event = LoyaltyV1.StoredValueMoved(
      accountID: accountID, memberID: account.memberID,
      entry: LoyaltyV1.StoredValueEntry(entry, currencyCode: account.currencyCode))
    try transaction.append(
      OutboxEvent(
        id: ids.nextEvent(), type: "loyalty.stored_value_moved.v1", aggregateType: "stored_value", aggregateID: accountID, time: instant,
        payload: event.encoded()))
  }
}
