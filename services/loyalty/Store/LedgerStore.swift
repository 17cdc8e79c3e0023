internal import Database
internal import Foundation

/// The append-only ledger: transactions, each a line of a member's statement, and their entries.
enum LedgerStore {
  /// A line of the statement.
  struct StatementLine: Equatable {
    var number: Int64
    var entryID: String
    var kind: LedgerTransaction.Kind
    var origin: LedgerOrigin
    var reason: String
    var postedAt: Date
    var effectiveAt: Date
    var points: Int64
    var debt: Int64
    var growthValue: Int64
  }

  static func append(
    _ transaction: LedgerTransaction, of memberID: String, number: Int64, _ database: Transaction
  ) throws {
    let (origin, kind) = (transaction.origin, transaction.kind.base)
    let line: [SQLValue] = [
      .text(memberID), .integer(number), .text(transaction.entryID), .text(kind.rawValue), .text(transaction.subject),
      .text(origin.clientID), .text(origin.staffID), .text(origin.storeID), .text(origin.orderID), .text(origin.returnID),
      .integer(origin.ruleVersion), .text(transaction.reason), .time(transaction.postedAt), .time(transaction.effectiveAt),
      .integer(transaction.points), .integer(transaction.debt), .integer(transaction.growthValue),
    ]
    if kind != transaction.kind {
      try database.run(insertVariant, line + [.text(transaction.kind.rawValue), .text(origin.transferID)])
    } else {
      try database.run(insertTransaction, line)
    }
    for (position, entry) in transaction.entries.enumerated() {
      try database.run(
        insertEntry,
        [
          .text(memberID), .integer(number), .integer(position), .text(entry.account.rawValue), .text(entry.lotID ?? ""),
          .integer(entry.amount),
        ])
    }
  }

  /// The statement below `number`, newest first.
  static func statement(
    of memberID: String, below number: Int64, limit: Int, _ reader: some Queryable
  ) throws -> [StatementLine] {
    try reader.all(statementLines, [.text(memberID), .integer(number), .integer(limit)], StatementLine.init(row:))
  }

  /// Whether something that may happen once has happened.
  static func exists(_ kind: LedgerTransaction.Kind, subject: String, _ reader: some Queryable) throws -> Bool {
    try reader.exists(findSubject, [.text(subject), .text(kind.base.rawValue)])
  }

  /// A line of some statement, and whose it is.
  static func find(_ entryID: String, _ reader: some Queryable) throws -> (memberID: String, line: StatementLine)? {
    try reader.first(findLine, [.text(entryID)]) { (memberID: $0.text(16), line: try StatementLine(row: $0)) }
  }

  /// The entries of a line, in the order in which they were moved.
  static func entries(
    of memberID: String, number: Int64, _ reader: some Queryable
  ) throws -> [(account: String, lotID: String, amount: Int64)] {
    try reader.all(entriesOfLine, [.text(memberID), .integer(number)]) { ($0.text(0), $0.text(1), $0.int64(2)) }
  }

  /// What the lines of a statement sum to, by kind.
  static func sums(of memberID: String, _ reader: some Queryable) throws -> [(kind: LedgerTransaction.Kind, entries: Int64, points: Int64)]
  {
    try reader.all(sumsByKind, [.text(memberID)]) { row in
      guard let kind = LedgerTransaction.Kind(rawValue: row.text(0)) else {
        throw LedgerFault("a transaction has no known kind")
      }
      return (kind, row.int64(1), row.int64(2))
    }
  }

  private static let findSubject = SQL(
    "loyalty.find-subject", "SELECT 1 FROM ledger_transaction WHERE subject = ?1 AND kind = ?2")

  private static let insertTransaction = SQL(
    "loyalty.insert-transaction",
    """
    INSERT INTO ledger_transaction (member_id, number, entry_id, kind, subject, client_id, staff_id, store_id, order_id, return_id,
      rule_version, reason, posted_at, effective_at, points, debt, growth_value)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
    """)

  private static let insertVariant = SQL(
    "loyalty.insert-transaction-variant",
    """
    INSERT INTO ledger_transaction (member_id, number, entry_id, kind, subject, client_id, staff_id, store_id, order_id, return_id,
      rule_version, reason, posted_at, effective_at, points, debt, growth_value, variant, transfer_id)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)
    """)

  private static let insertEntry = SQL(
    "loyalty.insert-entry",
    "INSERT INTO ledger_entry (member_id, number, position, account, lot_id, amount) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")

  /// What a line is, in any statement on the ledger's lines.
  static let kind = "CASE WHEN variant <> '' THEN variant ELSE kind END"

  private static let columns =
    """
    number, entry_id, \(kind), client_id, staff_id, store_id, order_id, return_id, rule_version, reason, posted_at, effective_at, points,
      debt, growth_value, transfer_id
    """

  private static let findLine = SQL(
    "loyalty.find-line", "SELECT \(columns), member_id FROM ledger_transaction WHERE entry_id = ?1")

  private static let entriesOfLine = SQL(
    "loyalty.entries-of-line",
    "SELECT account, lot_id, amount FROM ledger_entry WHERE member_id = ?1 AND number = ?2 ORDER BY position")

  private static let sumsByKind = SQL(
    "loyalty.statement-sums",
    """
    SELECT \(kind), count(*), sum(points - debt) FROM ledger_transaction WHERE member_id = ?1 GROUP BY kind, variant ORDER BY kind, variant
    """)

  private static let statementLines = SQL(
    "loyalty.statement",
    """
    SELECT \(columns) FROM ledger_transaction WHERE member_id = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3
    """)
}

extension LedgerStore.StatementLine {
  fileprivate init(row: Row) throws {
    guard let kind = LedgerTransaction.Kind(rawValue: row.text(2)) else { throw LedgerFault("a transaction has no known kind") }
    self.init(
      number: row.int64(0), entryID: row.text(1), kind: kind,
      origin: LedgerOrigin(
        clientID: row.text(3), staffID: row.text(4), storeID: row.text(5), orderID: row.text(6), returnID: row.text(7),
        ruleVersion: row.int64(8), transferID: row.text(15)),
      reason: row.text(9), postedAt: row.time(10), effectiveAt: row.time(11), points: row.int64(12), debt: row.int64(13),
      growthValue: row.int64(14))
  }
}
