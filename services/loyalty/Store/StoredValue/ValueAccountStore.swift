internal import Database
internal import Foundation

/// The rows of wallets and gift cards.
enum ValueAccountStore {
  /// What a write adds to an account's row.
  struct Change: Equatable {
    var parts = ValueParts.nothing
    var held = ValueParts.nothing
    var transactions: Int64 = 0
  }

  static func find(_ accountID: String, _ reader: some Queryable) throws -> ValueAccount? {
    try reader.first(findAccount, [.text(accountID)], ValueAccount.init(row:))
  }

  static func find(numberHash: [UInt8], _ reader: some Queryable) throws -> ValueAccount? {
    try reader.first(findByNumber, [.blob(numberHash)], ValueAccount.init(row:))
  }

  static func wallet(of memberID: String, in jurisdiction: String, _ reader: some Queryable) throws -> ValueAccount? {
    try reader.first(findWallet, [.text(memberID), .text(jurisdiction)], ValueAccount.init(row:))
  }

  static func list(of memberID: String, after accountID: String, limit: Int, _ reader: some Queryable) throws -> [ValueAccount] {
    try reader.all(accountsOfMember, [.text(memberID), .text(accountID), .integer(limit)], ValueAccount.init(row:))
  }

  /// Says whether the account is new; false when the member has a wallet there, or the number is taken.
  static func insert(_ account: ValueAccount, numberHash: [UInt8]?, pinHash: [UInt8]?, _ transaction: Transaction) throws -> Bool {
    try transaction.run(
      insertAccount,
      [
        .text(account.accountID), .text(account.kind.rawValue), .text(account.state.rawValue), .text(account.memberID),
        .text(account.jurisdiction), .text(account.currencyCode), .optional(numberHash), .text(account.numberLastFour),
        .optional(pinHash), .time(account.expiresAt), .time(account.createdAt),
      ]) == 1
  }

  /// Takes the account's row for this write: first in every write of it, so that writes of one account are serial on any engine.
  static func take(_ accountID: String, _ transaction: Transaction) throws -> ValueAccount? {
    try transaction.first(takeAccount, [.text(accountID)], ValueAccount.init(row:))
  }

  static func apply(_ change: Change, to accountID: String, _ transaction: Transaction) throws {
    let rows = try transaction.run(
      applyChange,
      [
        .text(accountID), .integer(change.parts.principal), .integer(change.parts.bonus), .integer(change.held.principal),
        .integer(change.held.bonus), .integer(change.transactions),
      ])
    guard rows == 1 else { throw LedgerFault("an account's row is gone") }
  }

  // MARK: Decisions, each in one statement with its effect

  /// Sets `parts` aside if they are spendable; says whether they were.
  static func hold(_ parts: ValueParts, of accountID: String, at instant: Date, _ transaction: Transaction) throws -> Bool {
    try transaction.run(
      holdParts, [.text(accountID), .integer(parts.principal), .integer(parts.bonus), .time(instant)]) == 1
  }

  /// Takes `parts` out if the account has them, whatever its state; says whether it had.
  static func take(_ parts: ValueParts, of accountID: String, _ transaction: Transaction) throws -> Bool {
    try transaction.run(takeParts, [.text(accountID), .integer(parts.principal), .integer(parts.bonus)]) == 1
  }

  /// Puts `parts` in if the account is active and stays within its limits; says whether it was and does.
  static func load(
    _ parts: ValueParts, into account: ValueAccount, by policy: ValuePolicy, countingDay: Bool, at instant: Date,
    _ transaction: Transaction
  ) throws -> Bool {
    try transaction.run(
      loadParts,
      [
        .text(account.accountID), .integer(parts.principal), .integer(parts.bonus), .time(instant),
        .integer(policy.maximumBalance(isNamed: account.isNamed)), .integer(policy.calendar.dayNumber(of: instant)),
        .integer(countingDay ? policy.maximumDailyLoad : 0), .integer(countingDay ? parts.principal : 0),
      ]) == 1
  }

  /// Says whether the account was in one of `states`, from which it went to `state`.
  static func setState(
    _ state: ValueAccount.State, of accountID: String, from states: [ValueAccount.State], reason: String, _ transaction: Transaction
  ) throws -> Bool {
    let from = states.map(\.rawValue) + Array(repeating: "", count: max(0, 2 - states.count))
    return try transaction.run(
      changeState, [.text(accountID), .text(state.rawValue), .text(reason), .text(from[0]), .text(from[1])]) == 1
  }

  /// inactive → active, for whom it names, until `expiry`; says whether it was inactive.
  static func activate(_ accountID: String, for memberID: String, until expiry: Date, _ transaction: Transaction) throws -> Bool {
    try transaction.run(activateCard, [.text(accountID), .text(memberID), .time(expiry)]) == 1
  }

  static func prolong(_ accountID: String, until expiry: Date, _ transaction: Transaction) throws {
    try transaction.run(prolongCard, [.text(accountID), .time(expiry)])
  }

  // MARK: PIN

  /// Whether `hash` is its PIN's; of nil, whether it has none.
  static func hasPIN(_ hash: [UInt8]?, _ account: ValueAccount, _ reader: some Queryable) throws -> Bool {
    guard let hash else { return !account.hasPIN }
    return try reader.exists(comparePIN, [.text(account.accountID), .blob(hash)])
  }

  static func setPIN(_ hash: [UInt8]?, of accountID: String, _ transaction: Transaction) throws {
    try transaction.run(changePIN, [.text(accountID), .optional(hash)])
  }

  static func unlockPIN(of accountID: String, _ transaction: Transaction) throws {
    try transaction.run(forgetTries, [.text(accountID)])
  }

  /// Compares and counts in one statement, so that no number of callers gets more than `tries` wrong ones: the wrong tries in a row, 0 after a
  /// right one; nil when the account was locked already.
  static func tryPIN(_ hash: [UInt8], of accountID: String, tries: Int, _ transaction: Transaction) throws -> Int? {
    try transaction.first(countTry, [.text(accountID), .blob(hash), .integer(tries)]) { $0.int(0) }
  }

  // MARK: Expiry

  /// Accounts whose value has lapsed and is not posted, after `accountID` of the instant `expiresAt`.
  static func lapsed(
    at instant: Date, after previous: (expiresAt: Int64, accountID: String)?, limit: Int, _ reader: some Queryable
  ) throws -> [(expiresAt: Int64, accountID: String)] {
    try reader.all(
      lapsedAccounts, [.time(instant), .integer(previous?.expiresAt ?? .min), .text(previous?.accountID ?? ""), .integer(limit)]
    ) { (expiresAt: $0.int64(0), accountID: $0.text(1)) }
  }

  // Whether there is a PIN is asked by its length: SQLite 3.40 answers `pin_hash IS NULL` wrongly after RETURNING, in a table WITHOUT ROWID.
  private static let columns =
    """
    account_id, kind, state, member_id, jurisdiction, currency_code, number_last_four, coalesce(length(pin_hash), 0), pin_tries,
    principal, bonus, principal_held, bonus_held, expires_at, last_number, created_at
    """

  private static let findAccount = SQL("loyalty.find-value-account", "SELECT \(columns) FROM value_account WHERE account_id = ?1")
  private static let findByNumber = SQL(
    "loyalty.find-value-account-by-number", "SELECT \(columns) FROM value_account WHERE number_hash = ?1")
  private static let findWallet = SQL(
    "loyalty.find-wallet",
    "SELECT \(columns) FROM value_account WHERE member_id = ?1 AND jurisdiction = ?2 AND kind = 'wallet'")
  private static let accountsOfMember = SQL(
    "loyalty.value-accounts-of-member",
    """
    SELECT \(columns) FROM value_account WHERE member_id = ?1 AND member_id <> '' AND account_id > ?2 ORDER BY account_id LIMIT ?3
    """)

  private static let insertAccount = SQL(
    "loyalty.insert-value-account",
    """
    INSERT INTO value_account (account_id, kind, state, member_id, jurisdiction, currency_code, number_hash, number_last_four, pin_hash,
      expires_at, created_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
    ON CONFLICT DO NOTHING
    """)

  private static let takeAccount = SQL(
    "loyalty.take-value-account",
    "UPDATE value_account SET revision = revision + 1 WHERE account_id = ?1 RETURNING \(columns)")

  private static let applyChange = SQL(
    "loyalty.apply-value-change",
    """
    UPDATE value_account SET principal = principal + ?2, bonus = bonus + ?3, principal_held = principal_held + ?4,
      bonus_held = bonus_held + ?5, last_number = last_number + ?6
    WHERE account_id = ?1
    """)

  private static let holdParts = SQL(
    "loyalty.hold-value",
    """
    UPDATE value_account SET principal = principal - ?2, bonus = bonus - ?3, principal_held = principal_held + ?2,
      bonus_held = bonus_held + ?3
    WHERE account_id = ?1 AND state = 'active' AND expires_at > ?4 AND principal >= ?2 AND bonus >= ?3
    """)

  private static let takeParts = SQL(
    "loyalty.take-value",
    """
    UPDATE value_account SET principal = principal - ?2, bonus = bonus - ?3
    WHERE account_id = ?1 AND principal >= ?2 AND bonus >= ?3
    """)

  private static let loadParts = SQL(
    "loyalty.load-value",
    """
    UPDATE value_account SET principal = principal + ?2, bonus = bonus + ?3,
      loaded_on_day = CASE WHEN load_day >= ?6 THEN loaded_on_day ELSE 0 END + ?8,
      load_day = CASE WHEN load_day >= ?6 THEN load_day ELSE ?6 END
    WHERE account_id = ?1 AND state = 'active' AND expires_at > ?4
      AND (?5 = 0 OR principal + principal_held + ?2 <= ?5)
      AND (?7 = 0 OR CASE WHEN load_day >= ?6 THEN loaded_on_day ELSE 0 END + ?8 <= ?7)
    """)

  private static let changeState = SQL(
    "loyalty.change-value-state",
    """
    UPDATE value_account SET state = ?2, state_reason = ?3 WHERE account_id = ?1 AND (state = ?4 OR state = ?5)
    """)

  private static let activateCard = SQL(
    "loyalty.activate-card",
    """
    UPDATE value_account SET state = 'active', member_id = ?2, expires_at = ?3
    WHERE account_id = ?1 AND kind = 'gift_card' AND state = 'inactive'
    """)

  private static let prolongCard = SQL(
    "loyalty.prolong-card", "UPDATE value_account SET expires_at = ?2 WHERE account_id = ?1 AND expires_at < ?2")

  private static let comparePIN = SQL("loyalty.compare-pin", "SELECT 1 FROM value_account WHERE account_id = ?1 AND pin_hash = ?2")
  private static let changePIN = SQL(
    "loyalty.change-pin", "UPDATE value_account SET pin_hash = ?2, pin_tries = 0 WHERE account_id = ?1")
  private static let forgetTries = SQL("loyalty.forget-pin-tries", "UPDATE value_account SET pin_tries = 0 WHERE account_id = ?1")
  private static let countTry = SQL(
    "loyalty.count-pin-try",
    """
    UPDATE value_account SET pin_tries = CASE WHEN pin_hash = ?2 THEN 0 ELSE pin_tries + 1 END
    WHERE account_id = ?1 AND pin_tries < ?3
    RETURNING pin_tries
    """)

  private static let lapsedAccounts = SQL(
    "loyalty.lapsed-value-accounts",
    """
    SELECT expires_at, account_id FROM value_account
    WHERE principal + bonus > 0 AND expires_at <= ?1 AND (expires_at, account_id) > (?2, ?3)
    ORDER BY expires_at, account_id LIMIT ?4
    """)
}

extension ValueAccount {
  fileprivate init(row: Row) throws {
    guard let kind = Kind(rawValue: row.text(1)), let state = State(rawValue: row.text(2)) else {
      throw LedgerFault("an account has no known kind or state")
    }
    self.init(
      accountID: row.text(0), kind: kind, state: state, memberID: row.text(3), jurisdiction: row.text(4), currencyCode: row.text(5),
      numberLastFour: row.text(6), hasPIN: row.bool(7), pinTries: row.int(8),
      parts: ValueParts(principal: row.int64(9), bonus: row.int64(10)), held: ValueParts(principal: row.int64(11), bonus: row.int64(12)),
      expiresAt: row.time(13), lastNumber: row.int64(14), createdAt: row.time(15))
  }
}
