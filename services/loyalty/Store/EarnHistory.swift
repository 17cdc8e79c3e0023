internal import Database
internal import Foundation

/// Committed orders, for a rule that is tried on them. They are read in the order of their ids, a page at a time, so that no snapshot is pinned
/// for long and no index of times is paid for by every order.
enum EarnHistory {
  static let pageSize = 1_000
  static let ordersAtMost = 200_000

  struct Page: Sendable {
    var orders: [EarnSimulation.Order] = []
    var ordersWithoutRecord: Int64 = 0
    /// Nil where it was the last.
    var lastOrderID: String?
  }

  struct Span: Sendable {
    var start: Date
    /// The first instant after.
    var end: Date
  }

  static func simulate(
    _ simulation: EarnSimulation, over span: Span, in database: Database, deadline: ContinuousClock.Instant?
  ) async throws -> (simulation: EarnSimulation, ordersWithoutRecord: Int64, isTruncated: Bool) {
    var simulation = simulation
    var ordersWithoutRecord: Int64 = 0
    var after: String? = ""
    while let orderID = after {
      let page = try await database.maintenanceRead(deadline: deadline) { try Self.page(after: orderID, of: span, $0) }
      ordersWithoutRecord += page.ordersWithoutRecord
      for order in page.orders {
        guard simulation.total.orders < ordersAtMost else { return (simulation, ordersWithoutRecord, true) }
        simulation.add(order)
      }
      after = page.lastOrderID
    }
    return (simulation, ordersWithoutRecord, false)
  }

  private static func page(after orderID: String, of span: Span, _ snapshot: some Queryable) throws -> Page {
    var page = Page()
    var count = 0
    try snapshot.forEach(ordersAfter, [.text(orderID), .integer(pageSize)]) { row in
      count += 1
      page.lastOrderID = row.text(0)
      let heldAt = row.time(2)
      guard row.text(7) == OrderHold.State.committed.rawValue, row.int64(8) > 0, span.start <= heldAt, heldAt < span.end else { return }
      guard let bytes = row.optionalBlob(6), let (lines, facts) = try EarnRecords.decode(bytes, storeID: row.text(3)) else {
        page.ordersWithoutRecord += 1
        return
      }
      page.orders.append(
        EarnSimulation.Order(
          memberID: row.text(1), heldAt: heldAt, recordedPoints: row.int64(4), growthValue: row.int64(5), lines: lines, facts: facts))
    }
    if count < pageSize { page.lastOrderID = nil }
    return page
  }

  private static let ordersAfter = SQL(
    "loyalty.orders-for-simulation",
    """
    SELECT order_id, member_id, created_at, store_id, earn_points, growth_value, earn_record, state, rule_version
    FROM order_hold WHERE order_id > ?1 ORDER BY order_id LIMIT ?2
    """)
}
