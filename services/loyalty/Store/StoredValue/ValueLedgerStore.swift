internal import Database
internal import Foundation

/// The append-only ledger of stored value: transactions, each a line of an account's statement, and their entries.
enum ValueLedgerStore {
  /// A line of the statement.
  struct StatementLine: Equatable {
    var number: Int64
    var entryID: String
    var kind: ValueTransaction.Kind
    var origin: LedgerOrigin
    var reference: String
    var reason: String
    var postedAt: Date
    var effectiveAt: Date
    var currencyCode: String
    var parts: ValueParts
  }

  static func append(
    _ transaction: ValueTransaction, of account: ValueAccount, number: Int64, _ database: Transaction
  ) throws {
    let (origin, parts) = (transaction.origin, transaction.parts)
    try database.run(
      insertTransaction,
      [
        .text(account.accountID), .integer(number), .text(transaction.entryID), .text(transaction.kind.rawValue),
        .text(transaction.subject), .text(origin.clientID), .text(origin.staffID), .text(origin.storeID), .text(origin.orderID),
        .text(origin.returnID), .text(transaction.reference), .integer(origin.ruleVersion), .text(transaction.reason),
        .time(transaction.postedAt), .time(transaction.effectiveAt), .text(account.currencyCode), .integer(parts.principal),
        .integer(parts.bonus),
      ])
    var position = 0
    for entry in transaction.entries {
      for (part, amount) in [("principal", entry.parts.principal), ("bonus", entry.parts.bonus)] where amount != 0 {
        try database.run(
          insertEntry,
          [
            .text(account.accountID), .integer(number), .integer(position), .text(entry.ledger.rawValue), .text(part), .text(entry.lotID),
            .integer(amount),
          ])
        position += 1
      }
    }
  }

  /// The statement below `number`, newest first.
  static func statement(of accountID: String, below number: Int64, limit: Int, _ reader: some Queryable) throws -> [StatementLine] {
    try reader.all(statementLines, [.text(accountID), .integer(number), .integer(limit)], StatementLine.init(row:))
  }

  /// The line that took an account over from another system.
  static func importLine(of accountID: String, _ reader: some Queryable) throws -> StatementLine? {
    try reader.first(importOfAccount, [.text(accountID)], StatementLine.init(row:))
  }

  private static let columns =
    """
    number, entry_id, kind, client_id, staff_id, store_id, order_id, return_id, policy_version, reference, reason, posted_at, effective_at,
    currency_code, principal, bonus
    """

  private static let insertTransaction = SQL(
    "loyalty.insert-value-transaction",
    """
    INSERT INTO value_transaction (account_id, number, entry_id, kind, subject, client_id, staff_id, store_id, order_id, return_id,
      reference, policy_version, reason, posted_at, effective_at, currency_code, principal, bonus)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
    """)

  private static let insertEntry = SQL(
    "loyalty.insert-value-entry",
    "INSERT INTO value_entry (account_id, number, position, ledger, part, lot_id, amount) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")

  private static let statementLines = SQL(
    "loyalty.value-statement",
    "SELECT \(columns) FROM value_transaction WHERE account_id = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3")

  private static let importOfAccount = SQL(
    "loyalty.value-import", "SELECT \(columns) FROM value_transaction WHERE account_id = ?1 AND kind = 'import' ORDER BY number LIMIT 1")
}

extension ValueLedgerStore.StatementLine {
  fileprivate init(row: Row) throws {
    guard let kind = ValueTransaction.Kind(rawValue: row.text(2)) else { throw LedgerFault("a value transaction has no known kind") }
    self.init(
      number: row.int64(0), entryID: row.text(1), kind: kind,
      origin: LedgerOrigin(
        clientID: row.text(3), staffID: row.text(4), storeID: row.text(5), orderID: row.text(6), returnID: row.text(7),
        ruleVersion: row.int64(8)),
      reference: row.text(9), reason: row.text(10), postedAt: row.time(11), effectiveAt: row.time(12), currencyCode: row.text(13),
      parts: ValueParts(principal: row.int64(14), bonus: row.int64(15)))
  }
}
