internal import Database
internal import Foundation

/// Lots of stored value, in the order in which they are drawn: as they were sold.
enum ValueLotStore {
  static func insert(_ lot: ValueLot, of account: ValueAccount, _ transaction: Transaction) throws {
    try transaction.run(
      insertLot,
      [
        .text(lot.lotID), .text(account.accountID), .text(lot.storeID), .text(account.currencyCode), .time(lot.soldAt),
        .integer(lot.parts.principal), .integer(lot.parts.bonus),
      ])
  }

  /// What is left of each and not held.
  static func remaining(of accountID: String, _ reader: some Queryable) throws -> [ValueLot] {
    try reader.all(remainingLots, [.text(accountID)], ValueLot.init(row:))
  }

  static func find(_ lotID: String, _ reader: some Queryable) throws -> ValueLot? {
    try reader.first(findLot, [.text(lotID)], ValueLot.init(row:))
  }

  /// The schema's checks hold a lot to what it has.
  static func change(_ lotID: String, by parts: ValueParts = .nothing, held: ValueParts = .nothing, _ transaction: Transaction) throws {
    let rows = try transaction.run(
      changeLot, [.text(lotID), .integer(parts.principal), .integer(parts.bonus), .integer(held.principal), .integer(held.bonus)])
    guard rows == 1 else { throw LedgerFault("a lot is gone") }
  }

  private static let insertLot = SQL(
    "loyalty.insert-value-lot",
    """
    INSERT INTO value_lot (lot_id, account_id, store_id, currency_code, sold_at, principal, bonus) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    """)

  private static let remainingLots = SQL(
    "loyalty.remaining-value-lots",
    """
    SELECT lot_id, store_id, sold_at, principal, bonus FROM value_lot
    WHERE account_id = ?1 AND principal + bonus > 0 ORDER BY sold_at, lot_id
    """)

  private static let findLot = SQL(
    "loyalty.find-value-lot", "SELECT lot_id, store_id, sold_at, principal, bonus FROM value_lot WHERE lot_id = ?1")

  private static let changeLot = SQL(
    "loyalty.change-value-lot",
    """
    UPDATE value_lot SET principal = principal + ?2, bonus = bonus + ?3, principal_held = principal_held + ?4,
      bonus_held = bonus_held + ?5
    WHERE lot_id = ?1
    """)
}

extension ValueLot {
  fileprivate init(row: Row) {
    self.init(
      lotID: row.text(0), storeID: row.text(1), soldAt: row.time(2), parts: ValueParts(principal: row.int64(3), bonus: row.int64(4)))
  }
}
