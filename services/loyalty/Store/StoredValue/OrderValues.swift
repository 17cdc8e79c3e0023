internal import Database
internal import Foundation

/// The stored-value side of the saga's four commands: what the accounts pay of one order. Whether the order is held, and resolved but once,
/// its hold decides; everything here happens in that hold's transaction.
enum OrderValues {
  /// What one account is to pay.
  struct Tender: Equatable, Sendable {
    var accountID: String
    var amount: Int64
    var authorizationID: String
  }

  static func hold(
    _ tenders: [Tender], forOrder orderID: String, _ terms: OrderHold.Terms, at instant: Date, ids: inout MovementIDs,
    _ transaction: Transaction
  ) throws {
    for tender in tenders.sorted(by: { $0.accountID < $1.accountID }) {
      var ledger = try AccountLedger.open(tender.accountID, at: instant, ids: ids, transaction)
      try check(ledger, tender, terms)
      try ledger.hold(tender.amount, forOrder: orderID)
      ids = ledger.ids
    }
  }

  private static func check(_ ledger: AccountLedger, _ tender: Tender, _ terms: OrderHold.Terms) throws {
    try ledger.require(currencyCode: terms.currencyCode)
    let account = ledger.account
    let isTheBuyers = account.isNamed && account.memberID == terms.memberID
    if account.kind == .wallet, !isTheBuyers { throw StoredValueRefusal.notTheMembers }
    // An account's id is no secret: it stands in lists of accounts and in orders.
    if isTheBuyers, !account.hasPIN { return }
    let isAuthorized = try CardSecretStore.isAuthorized(
      tender.authorizationID, tender.accountID, for: terms.clientID, at: ledger.instant, ledger.transaction)
    if !isAuthorized { throw account.hasPIN ? StoredValueRefusal.pinRequired : .numberRequired }
  }

  /// The accounts that paid, as they are then.
  static func commit(_ hold: OrderHold, at instant: Date, ids: inout MovementIDs, _ transaction: Transaction) throws -> [ValueAccount] {
    var accounts: [ValueAccount] = []
    for (accountID, spent) in try ValueHoldStore.spent(byOrder: hold.orderID, transaction) {
      var ledger = try AccountLedger.open(accountID, at: instant, ids: ids, transaction)
      try ledger.commit(spent, of: hold)
      ids = ledger.ids
      accounts.append(ledger.account)
    }
    return accounts
  }

  static func cancel(_ hold: OrderHold, at instant: Date, ids: inout MovementIDs, _ transaction: Transaction) throws {
    for (accountID, spent) in try ValueHoldStore.spent(byOrder: hold.orderID, transaction) {
      var ledger = try AccountLedger.open(accountID, at: instant, ids: ids, transaction)
      try ledger.cancel(spent, of: hold)
      ids = ledger.ids
    }
  }

  /// Gives back to each account what was asked for; RETURN_DIFFERS where one did not pay.
  static func giveBack(
    _ refunds: [OrderReversal.ValueRefund], of hold: OrderHold, as returnID: String, by caller: LedgerOrigin, at instant: Date,
    ids: inout MovementIDs, _ transaction: Transaction
  ) throws -> [ValueHoldStore.Reversal] {
    guard !refunds.isEmpty else { return [] }
    let paid = Dictionary(
      uniqueKeysWithValues: try ValueHoldStore.spent(byOrder: hold.orderID, transaction).map { ($0.accountID, $0.spent) })
    var reversals: [ValueHoldStore.Reversal] = []
    for refund in refunds.sorted(by: { $0.accountID < $1.accountID }) {
      guard let spent = paid[refund.accountID] else { throw LoyaltyRefusal.returnDiffers }
      var ledger = try AccountLedger.open(refund.accountID, at: instant, ids: ids, transaction)
      let parts = try ledger.giveBack(refund.amount, spent, of: hold, as: returnID, by: caller)
      ids = ledger.ids
      reversals.append(ValueHoldStore.Reversal(accountID: refund.accountID, amount: refund.amount, parts: parts))
    }
    return reversals
  }

  /// The accounts that pay an order, as they are by now.
  static func accounts(of orderID: String, _ transaction: Transaction) throws -> [ValueAccount] {
    try ValueHoldStore.spent(byOrder: orderID, transaction).compactMap { try ValueAccountStore.find($0.accountID, transaction) }
  }
}
