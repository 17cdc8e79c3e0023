internal import Database
internal import Foundation

/// Cards' statements.
enum EntitlementEntryStore {
  static func append(_ entry: EntitlementEntry, to entitlementID: String, number: Int64, _ transaction: Transaction) throws {
    try transaction.run(
      insertEntry,
      [
        .text(entitlementID), .integer(number), .text(entry.entryID), .text(entry.kind.rawValue), .integer(entry.period),
        .integer(entry.uses), .integer(entry.days), .integer(entry.money), .text(entry.currencyCode), .text(entry.useID),
        .text(entry.origin.storeID), .text(entry.origin.clientID), .text(entry.origin.staffID), .text(entry.reference),
        .text(entry.reason), .time(entry.postedAt),
      ])
  }

  /// Newest first.
  static func statement(
    of entitlementID: String, below number: Int64, limit: Int, _ reader: some Queryable
  ) throws -> [(number: Int64, entry: EntitlementEntry)] {
    try reader.all(statementLines, [.text(entitlementID), .integer(number), .integer(limit)]) { row in
      (number: row.int64(0), entry: try EntitlementEntry(row: row))
    }
  }

  private static let columns =
    """
    number, entry_id, kind, period, uses, days, money, currency_code, use_id, store_id, client_id, staff_id, reference, reason, posted_at
    """

  private static let insertEntry = SQL(
    "loyalty.insert-entitlement-entry",
    """
    INSERT INTO entitlement_entry (entitlement_id, \(columns))
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
    """)

  private static let statementLines = SQL(
    "loyalty.entitlement-statement",
    "SELECT \(columns) FROM entitlement_entry WHERE entitlement_id = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3")
}

extension EntitlementEntry {
  fileprivate init(row: Row) throws {
    guard let kind = Kind(rawValue: row.text(2)) else { throw LedgerFault("a line of a card's statement has no known kind") }
    self.init(
      entryID: row.text(1), kind: kind, period: row.int64(3), uses: row.int64(4), days: row.int64(5), money: row.int64(6),
      currencyCode: row.text(7), useID: row.text(8),
      origin: LedgerOrigin(clientID: row.text(10), staffID: row.text(11), storeID: row.text(9)), reference: row.text(12),
      reason: row.text(13), postedAt: row.time(14))
  }
}
