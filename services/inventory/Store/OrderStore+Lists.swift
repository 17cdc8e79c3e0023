import Database
import Foundation

/// Lists of orders. Each filter has a statement of its own, so that each is answered by an index in the order that is shown and
/// never by a scan and a sort.
extension OrderStore {
  struct Filter: Equatable, Sendable {
    var memberID: String?
    var storeID: String?
    var state: OrderState?
  }

  /// Where a page begins: after the last order of the one before.
  struct Position: Equatable, Sendable {
    var createTime: Date
    var orderID: String

    /// After every order there is: the first page.
    static let newest = Position(createTime: Date(timeIntervalSince1970: 253_402_300_800), orderID: "")
  }

  /// Newest first.
  static func list(_ filter: Filter, after position: Position, limit: Int, in source: some Queryable) throws -> [OrderRow] {
    var values: [SQLValue] = [.time(position.createTime), .text(position.orderID), .integer(limit)]
    values.append(.optional(filter.memberID))
    values.append(.optional(filter.storeID))
    values.append(.optional(filter.state?.rawValue))
    // Each statement names exactly the parameters that it uses, so the absent ones are left out and the rest close up.
    values.removeAll { $0 == .null }
    return try source.all(statement(for: filter), values, decode)
  }

  /// The orders of the first rows, whole: until `count` of them, or `bytes`, are reached, and at least one. Whether that is all.
  static func complete(
    _ rows: [OrderRow], atMost count: Int, bytes: Int, in source: some Queryable
  ) throws -> (orders: [StoredOrder], isAll: Bool) {
    var orders: [StoredOrder] = []
    var size = 0
    for row in rows {
      guard orders.count < count, size < bytes else { return (orders, false) }
      let order = try complete(row, in: source)
      size += order.approximateBytes
      orders.append(order)
    }
    return (orders, true)
  }

  /// By order id: for `verify`, which sees each order once whatever is written meanwhile.
  static func list(after orderID: String, limit: Int, in source: some Queryable) throws -> [OrderRow] {
    try source.all(everyOrder, [.text(orderID), .integer(limit)], decode)
  }

  static func statement(for filter: Filter) -> SQL {
    switch (filter.memberID != nil, filter.storeID != nil, filter.state != nil) {
    case (false, false, false): all
    case (false, false, true): byState
    case (false, true, false): byStore
    case (false, true, true): byStoreAndState
    case (true, false, false): byMember
    case (true, false, true): byMemberAndState
    case (true, true, false): byMemberAndStore
    case (true, true, true): byMemberStoreAndState
    }
  }

  private static func newestFirst(_ name: StaticString, _ conditions: String) -> SQL {
    SQL(
      name,
      """
      SELECT \(columns) FROM orders WHERE (create_time, order_id) < (?1, ?2) \(conditions)
      ORDER BY create_time DESC, order_id DESC LIMIT ?3
      """)
  }

  private static let all = newestFirst("inventory.list-orders", "")
  private static let byState = newestFirst("inventory.list-orders-by-state", "AND state = ?4")
  private static let byStore = newestFirst("inventory.list-orders-by-store", "AND store_id = ?4")
  private static let byStoreAndState = newestFirst(
    "inventory.list-orders-by-store-and-state", "AND store_id = ?4 AND state = ?5")
  private static let byMember = newestFirst("inventory.list-orders-by-member", "AND member_id = ?4")
  private static let byMemberAndState = newestFirst(
    "inventory.list-orders-by-member-and-state", "AND member_id = ?4 AND state = ?5")
  private static let byMemberAndStore = newestFirst(
    "inventory.list-orders-by-member-and-store", "AND member_id = ?4 AND store_id = ?5")
  private static let byMemberStoreAndState = newestFirst(
    "inventory.list-orders-by-member-store-and-state", "AND member_id = ?4 AND store_id = ?5 AND state = ?6")
  private static let everyOrder = SQL(
    "inventory.list-every-order", "SELECT \(columns) FROM orders WHERE order_id > ?1 ORDER BY order_id LIMIT ?2")
}
