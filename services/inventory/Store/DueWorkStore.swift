import Database
import Foundation

/// What recovery has to look at, given to one gateway at a time. A lease is no change of the order: it counts no revision and
/// decides nothing, it only keeps two gateways from doing the same work at once. It lapses by the clock.
enum DueWorkStore {
  struct Lease: Equatable, Sendable {
    var owner: String
    var until: Date
  }

  /// The instants at or before which work is due.
  struct Due: Equatable, Sendable {
    var now: Date
    /// Decided orders and returns that have not changed since are stalled.
    var stalledSince: Date
  }

  struct Work: Equatable, Sendable {
    var orderIDs: [String] = []
    var returnIDs: [String] = []
  }

  /// Something is due and not leased. Asked before `lease`, so that an idle poll writes nothing.
  static func exists(_ due: Due, in source: some Queryable) throws -> Bool {
    try source.first(existsDue, [.time(due.now), .time(due.stalledSince)]) { $0.bool(0) } ?? false
  }

  /// Leases at most `limit` orders and returns: expired ones first, then the longest stalled.
  static func lease(_ due: Due, _ lease: Lease, limit: Int, in transaction: Transaction) throws -> Work {
    var work = Work()
    let orders: [(OrderState, Date)] = [
      (.pending, due.now), (.committing, due.stalledSince), (.cancelling, due.stalledSince),
    ]
    for (state, dueTime) in orders where work.orderIDs.count < limit {
      work.orderIDs += try transaction.all(
        leaseOrders,
        [
          .text(lease.owner), .time(lease.until), .integer(state.rawValue), .time(dueTime), .time(due.now),
          .integer(limit - work.orderIDs.count),
        ]
      ) { $0.text(0) }
    }
    guard work.orderIDs.count < limit else { return work }
    work.returnIDs = try transaction.all(
      leaseReturns,
      [
        .text(lease.owner), .time(lease.until), .time(due.stalledSince), .time(due.now),
        .integer(limit - work.orderIDs.count),
      ]
    ) { $0.text(0) }
    return work
  }

  private static let existsDue = SQL(
    "inventory.due-work-exists",
    """
    SELECT
      EXISTS (SELECT 1 FROM orders WHERE state = 1 AND due_time <= ?1 AND (lease_until IS NULL OR lease_until <= ?1))
      OR EXISTS (SELECT 1 FROM orders WHERE state IN (2, 4) AND due_time <= ?2 AND (lease_until IS NULL OR lease_until <= ?1))
      OR EXISTS (SELECT 1 FROM order_returns WHERE due_time <= ?2 AND (lease_until IS NULL OR lease_until <= ?1))
    """)
  private static let leaseOrders = SQL(
    "inventory.lease-orders",
    """
    UPDATE orders SET lease_owner = ?1, lease_until = ?2
    WHERE order_id IN (
      SELECT order_id FROM orders
      WHERE state = ?3 AND due_time <= ?4 AND (lease_until IS NULL OR lease_until <= ?5)
      ORDER BY due_time LIMIT ?6)
    RETURNING order_id
    """)
  private static let leaseReturns = SQL(
    "inventory.lease-returns",
    """
    UPDATE order_returns SET lease_owner = ?1, lease_until = ?2
    WHERE return_id IN (
      SELECT return_id FROM order_returns
      WHERE due_time <= ?3 AND (lease_until IS NULL OR lease_until <= ?4)
      ORDER BY due_time LIMIT ?5)
    RETURNING return_id
    """)
}
