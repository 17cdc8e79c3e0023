import Database
import Foundation

/// The changes of an order. Each is one statement guarded by the state that it leaves, so that of two opposite calls exactly one
/// takes effect; each counts the revision up.
extension OrderStore {
  /// PENDING: every participant holds, and Begin's reply stands. The first one that is brought is kept, for ever.
  static func recordHold(_ orderID: String, beginReply: [UInt8], in transaction: Transaction) throws {
    try change(recordHold, [.text(orderID)], in: transaction)
    try transaction.run(keepBeginReply, [.text(orderID), .blob(beginReply)])
  }

  /// PENDING → COMMITTING: paid by `tenders`.
  static func decideCommit(_ orderID: String, tenders: [Tender], time: Date, in transaction: Transaction) throws {
    try change(
      decideCommit, [.text(orderID), .integer(TenderRules.pointsSpent(tenders)), .time(time)], in: transaction)
    try replaceTenders(tenders, of: orderID, in: transaction)
  }

  /// PENDING → CANCELLING, under `condition`. Its quote is free again.
  static func decideCancel(
    _ orderID: String, _ cancellation: Cancellation, _ condition: CancelCondition, time: Date, in transaction: Transaction
  ) throws {
    try change(
      decideCancel,
      [
        .text(orderID), .integer(Int64(cancellation.code)), .text(cancellation.reason), .text(cancellation.message),
        .time(time), .bool(condition.onlyIfExpired), .bool(condition.onlyIfNotHeld),
      ], in: transaction)
  }

  /// COMMITTING → COMPLETED, with the reply that every later call gets.
  static func complete(_ orderID: String, reply: [UInt8], time: Date, in transaction: Transaction) throws {
    try change(complete, [.text(orderID), .time(time)], in: transaction)
    try keep(reply, of: orderID, in: transaction)
  }

  /// Keeps the reply of the call that ended the order, unless one is kept: the first stands.
  static func keep(_ reply: [UInt8], of orderID: String, in transaction: Transaction) throws {
    try transaction.run(insertReply, [.text(orderID), .blob(reply)])
  }

  /// CANCELLING → CANCELLED.
  static func cancel(_ orderID: String, time: Date, in transaction: Transaction) throws {
    try change(cancel, [.text(orderID), .time(time)], in: transaction)
  }

  /// PENDING: the hold stands at least until then.
  static func extend(_ orderID: String, until holdExpireTime: Date, in transaction: Transaction) throws {
    try change(extend, [.text(orderID), .time(holdExpireTime)], in: transaction)
  }

  /// COMPLETED: a return takes `refundAmount` out of what was paid.
  ///
  /// - Returns: False when the order is not at that revision, or would be refunded beyond what was paid.
  static func countReturn(
    _ orderID: String, expectedRevision: Int64, refundAmount: Int64, in transaction: Transaction
  ) throws -> Bool {
    try transaction.run(countReturn, [.text(orderID), .integer(expectedRevision), .integer(refundAmount)]) == 1
  }

  /// COMPLETED: one of its returns has ended.
  static func countReturnEnd(_ orderID: String, in transaction: Transaction) throws {
    try change(countReturnEnd, [.text(orderID)], in: transaction)
  }

  /// Takes `quantity` of a sale line back.
  ///
  /// - Returns: False when less is left.
  static func returnGoods(
    _ orderID: String, lineNumber: Int, quantity: Int64, in transaction: Transaction
  ) throws -> Bool {
    try transaction.run(returnGoods, [.text(orderID), .integer(lineNumber), .integer(quantity)]) == 1
  }

  /// Takes an adjustment line back, which happens once.
  static func returnAdjustment(_ orderID: String, lineNumber: Int, in transaction: Transaction) throws -> Bool {
    try transaction.run(returnAdjustment, [.text(orderID), .integer(lineNumber)]) == 1
  }

  /// Whoever calls has taken the order's row and read its state.
  private static func change(_ sql: SQL, _ values: [SQLValue], in transaction: Transaction) throws {
    guard try transaction.run(sql, values) == 1 else { throw BrokenInvariant(what: "an order that was taken has changed") }
  }

  private static let recordHold = SQL(
    "inventory.record-hold",
    "UPDATE orders SET is_held = 1, revision = revision + 1 WHERE order_id = ?1 AND state = 1")
  private static let keepBeginReply = SQL(
    "inventory.keep-begin-reply", "UPDATE order_documents SET begin_reply = ?2 WHERE order_id = ?1 AND length(begin_reply) = 0")
  private static let decideCommit = SQL(
    "inventory.decide-commit",
    """
    UPDATE orders SET
      state = 2, is_held = 1, points_spent = ?2, due_time = ?3, lease_owner = NULL, lease_until = NULL,
      revision = revision + 1
    WHERE order_id = ?1 AND state = 1
    """)
  private static let decideCancel = SQL(
    "inventory.decide-cancel",
    """
    UPDATE orders SET
      state = 4, cancel_code = ?2, cancel_reason = ?3, cancel_message = ?4, due_time = ?5, lease_owner = NULL,
      lease_until = NULL, revision = revision + 1
    WHERE order_id = ?1 AND state = 1 AND (?6 = 0 OR hold_expire_time <= ?5) AND (?7 = 0 OR is_held = 0)
    """)
  private static let complete = SQL(
    "inventory.complete-order",
    """
    UPDATE orders SET state = 3, end_time = ?2, due_time = NULL, revision = revision + 1 WHERE order_id = ?1 AND state = 2
    """)
  private static let insertReply = SQL(
    "inventory.insert-order-reply", "INSERT INTO order_replies (order_id, reply) VALUES (?1, ?2) ON CONFLICT DO NOTHING")
  private static let cancel = SQL(
    "inventory.cancel-order",
    """
    UPDATE orders SET state = 5, end_time = ?2, due_time = NULL, revision = revision + 1 WHERE order_id = ?1 AND state = 4
    """)
  private static let extend = SQL(
    "inventory.extend-order",
    """
    UPDATE orders SET hold_expire_time = ?2, due_time = ?2, revision = revision + 1
    WHERE order_id = ?1 AND state = 1 AND hold_expire_time <= ?2
    """)
  private static let countReturn = SQL(
    "inventory.count-return",
    """
    UPDATE orders SET refunded_amount = refunded_amount + ?3, revision = revision + 1
    WHERE order_id = ?1 AND state = 3 AND revision = ?2 AND refunded_amount + ?3 <= amount_due
    """)
  private static let countReturnEnd = SQL(
    "inventory.count-return-end", "UPDATE orders SET revision = revision + 1 WHERE order_id = ?1 AND state = 3")
  private static let returnGoods = SQL(
    "inventory.return-goods",
    """
    UPDATE order_lines SET returned_quantity = returned_quantity + ?3
    WHERE order_id = ?1 AND line_number = ?2 AND kind = 1 AND returned_quantity + ?3 <= quantity
    """)
  private static let returnAdjustment = SQL(
    "inventory.return-adjustment",
    """
    UPDATE order_lines SET adjustment_is_returned = 1
    WHERE order_id = ?1 AND line_number = ?2 AND kind = 2 AND adjustment_is_returned = 0
    """)
}
