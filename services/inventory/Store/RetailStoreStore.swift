import Database
import Foundation

/// The retailer's stores.
enum RetailStoreStore {
  struct RetailStore: Equatable, Sendable {
    var storeID: String
    var code: String
    var name: String
    var timeZone: String
    var currencyCode: String
    var stockPolicy: StockPolicy
    var createTime: Date
    var updateTime: Date
  }

  /// Adds or updates stores by code and answers their ids in order. A store keeps its currency: its orders are in it.
  ///
  /// - Parameter stores: Each with the id it gets if its code is new.
  static func upsert(_ stores: [RetailStore], in transaction: Transaction) throws -> [String] {
    try stores.map { store in
      let storeID = try transaction.first(
        upsertStore,
        [
          .text(store.storeID), .text(store.code), .text(store.name), .text(store.timeZone), .text(store.currencyCode),
          .integer(store.stockPolicy.rawValue), .time(store.createTime), .time(store.updateTime),
        ]
      ) { $0.text(0) }
      guard let storeID else { throw InventoryRefusal.storeCurrencyFixed(code: store.code) }
      return storeID
    }
  }

  static func find(id storeID: String, in source: some Queryable) throws -> RetailStore? {
    try source.first(byID, [.text(storeID)], decode)
  }

  static func find(code: String, in source: some Queryable) throws -> RetailStore? {
    try source.first(byCode, [.text(code)], decode)
  }

  /// By store id.
  static func list(after storeID: String, limit: Int, in source: some Queryable) throws -> [RetailStore] {
    try source.all(page, [.text(storeID), .integer(limit)], decode)
  }

  private static func decode(_ row: Row) throws -> RetailStore {
    RetailStore(
      storeID: row.text(0), code: row.text(1), name: row.text(2), timeZone: row.text(3), currencyCode: row.text(4),
      stockPolicy: try row.value(5), createTime: row.time(6), updateTime: row.time(7))
  }

  private static let columns = "store_id, code, name, time_zone, currency_code, stock_policy, create_time, update_time"

  private static let upsertStore = SQL(
    "inventory.upsert-store",
    """
    INSERT INTO stores (\(columns)) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    ON CONFLICT (code) DO UPDATE SET
      name = excluded.name, time_zone = excluded.time_zone, stock_policy = excluded.stock_policy,
      update_time = excluded.update_time
    WHERE stores.currency_code = excluded.currency_code
    RETURNING store_id
    """)
  private static let byID = SQL("inventory.store-by-id", "SELECT \(columns) FROM stores WHERE store_id = ?1")
  private static let byCode = SQL("inventory.store-by-code", "SELECT \(columns) FROM stores WHERE code = ?1")
  private static let page = SQL(
    "inventory.list-stores", "SELECT \(columns) FROM stores WHERE store_id > ?1 ORDER BY store_id LIMIT ?2")
}
