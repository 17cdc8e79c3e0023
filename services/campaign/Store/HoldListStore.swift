import Database
import Foundation

/// Every hold, page by page, as `patron verify` compares them with the orders.
enum HoldListStore {
  struct Record: Sendable, Hashable {
    let orderID: String
    let state: HoldState
    var returnIDs: [String]
    let createInstant: Date
    /// What its committed uses take off; a whole return gives the uses back and leaves this.
    let discountMinorUnits: Int64
  }

  /// In ascending order of order ids.
  static func list(after orderID: String, limit: Int, in source: some Queryable) throws -> [Record] {
    var records = try source.all(page, [.text(orderID), .integer(limit)]) { row in
      Record(
        orderID: row.text(0), state: try row.storedCase(1), returnIDs: [], createInstant: row.time(2),
        discountMinorUnits: row.int64(3))
    }
    for index in records.indices {
      records[index].returnIDs = try source.all(returnsOfOrder, [.text(records[index].orderID)]) { $0.text(0) }
    }
    return records
  }

  private static let page = SQL(
    "campaign.list-holds",
    """
    SELECT order_id, state, create_time,
      (SELECT COALESCE(SUM(minor_units), 0) FROM use_entries AS u WHERE u.order_id = holds.order_id AND u.movement = 2)
    FROM holds WHERE order_id > ?1 ORDER BY order_id LIMIT ?2
    """)
  private static let returnsOfOrder = SQL(
    "campaign.returns-of-order", "SELECT return_id FROM hold_returns WHERE order_id = ?1 ORDER BY return_id")
}
