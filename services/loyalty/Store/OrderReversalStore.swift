internal import Database
internal import Foundation

/// Returns that were carried out.
enum OrderReversalStore {
  static func find(_ returnID: String, _ reader: some Queryable) throws -> OrderReversal? {
    try reader.first(findReversal, [.text(returnID)]) { row in
      OrderReversal(
        returnID: row.text(0),
        terms: OrderReversal.Terms(
          orderID: row.text(1), refundedBefore: row.int64(2), refundedAfter: row.int64(3), refundedTotal: row.int64(4),
          earnedBefore: row.int64(9), earnedAfter: row.int64(10), earnedTotal: row.int64(11)),
        pointsTakenBack: row.int64(5), pointsGivenBack: row.int64(6), growthTakenBack: row.int64(7), debt: row.int64(8))
    }
  }

  static func insert(_ reversal: OrderReversal, at instant: Date, _ transaction: Transaction) throws {
    try transaction.run(
      insertReversal,
      [
        .text(reversal.returnID), .text(reversal.terms.orderID), .integer(reversal.terms.refundedBefore),
        .integer(reversal.terms.refundedAfter), .integer(reversal.terms.refundedTotal), .integer(reversal.pointsTakenBack),
        .integer(reversal.pointsGivenBack), .integer(reversal.growthTakenBack), .integer(reversal.debt), .time(instant),
        .integer(reversal.terms.earnedBefore), .integer(reversal.terms.earnedAfter), .integer(reversal.terms.earnedTotal),
      ])
  }

  /// The returns of the orders from `first` to `last`, both included, by order.
  static func returnIDs(ofOrdersFrom first: String, through last: String, _ reader: some Queryable) throws -> [String: [String]] {
    let pairs = try reader.all(listReturnIDs, [.text(first), .text(last)]) { (order: $0.text(0), return: $0.text(1)) }
    return Dictionary(grouping: pairs, by: \.order).mapValues { $0.map(\.return) }
  }

  private static let findReversal = SQL(
    "loyalty.find-reversal",
    """
    SELECT return_id, order_id, refunded_before, refunded_after, refunded_total, points_taken_back, points_given_back,
      growth_taken_back, debt, earned_before, earned_after, earned_total
    FROM order_reversal WHERE return_id = ?1
    """)

  private static let insertReversal = SQL(
    "loyalty.insert-reversal",
    """
    INSERT INTO order_reversal (return_id, order_id, refunded_before, refunded_after, refunded_total, points_taken_back,
      points_given_back, growth_taken_back, debt, created_at, earned_before, earned_after, earned_total)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
    """)

  private static let listReturnIDs = SQL(
    "loyalty.list-return-ids",
    "SELECT order_id, return_id FROM order_reversal WHERE order_id BETWEEN ?1 AND ?2 ORDER BY order_id, return_id")
}
