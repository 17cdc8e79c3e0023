import Database
import Foundation

/// A return as it is first written, checked.
struct NewReturn: Equatable, Sendable {
  var returnID: String
  var orderID: String
  var participants: [String]
  var refundAmount: Int64
  var reason: String
  var clientID: String
  var staffID: String
  var tillID: String
  /// Where the goods go; nil means the order's store.
  var storeID: String?
  var occurredTime: Date
  var createTime: Date
  var lines: [ReturnLineRow]
  var refunds: [Tender]
  var plan: [UInt8]
}

struct ReturnLineRow: Equatable, Sendable {
  var lineNumber: Int
  var quantity: Int64
  var refundAmount: Int64
}

struct StoredReturn: Equatable, Sendable {
  var returnID: String
  var orderID: String
  var state: ReturnState
  var participants: [String]
  var currencyCode: String
  var refundAmount: Int64
  var pointsTakenBack: Int64
  var pointsGivenBack: Int64
  var wholeOrderIsReturned: Bool
  var reason: String
  var clientID: String
  var staffID: String
  var tillID: String
  var storeID: String
  var occurredTime: Date
  var createTime: Date
  var endTime: Date?
  var plan: [UInt8]
  /// Empty before RETURNED.
  var reply: [UInt8]
  var lines: [ReturnLineRow]
  var refunds: [Tender]
}

enum ReturnStore {
  /// Writes the return RETURNING.
  ///
  /// - Throws: `returnExists`.
  static func insert(
    _ orderReturn: NewReturn, storeID: String, wholeOrderIsReturned: Bool, in transaction: Transaction
  ) throws {
    let inserted = try transaction.run(
      insertReturn,
      [
        .text(orderReturn.returnID), .text(orderReturn.orderID), .text(NameList.encode(orderReturn.participants)),
        .integer(orderReturn.refundAmount), .bool(wholeOrderIsReturned), .text(orderReturn.reason),
        .text(orderReturn.clientID), .text(orderReturn.staffID), .text(orderReturn.tillID), .text(storeID),
        .time(orderReturn.occurredTime), .time(orderReturn.createTime), .blob(orderReturn.plan),
      ])
    guard inserted == 1 else { throw InventoryRefusal.returnExists(returnID: orderReturn.returnID) }
    for line in orderReturn.lines {
      try transaction.run(
        insertLine,
        [
          .text(orderReturn.returnID), .integer(line.lineNumber), .text(orderReturn.orderID), .integer(line.quantity),
          .integer(line.refundAmount),
        ])
    }
    for (position, refund) in orderReturn.refunds.enumerated() {
      try transaction.run(
        insertRefund,
        [
          .text(orderReturn.returnID), .integer(position), .integer(refund.kind.rawValue), .integer(refund.amount),
          .text(refund.externalReference), .integer(refund.points),
        ])
    }
  }

  /// RETURNING → RETURNED, with the reply that every later call gets.
  static func complete(
    _ returnID: String, reply: [UInt8], pointsTakenBack: Int64, pointsGivenBack: Int64, time: Date, in transaction: Transaction
  ) throws {
    let changed = try transaction.run(
      completeReturn, [.text(returnID), .blob(reply), .integer(pointsTakenBack), .integer(pointsGivenBack), .time(time)])
    guard changed == 1 else { throw BrokenInvariant(what: "a return that was RETURNING could not be completed") }
  }

  // MARK: Reading

  static func load(_ returnID: String, in source: some Queryable) throws -> StoredReturn? {
    try source.first(byID, [.text(returnID)], decode).map { try complete($0, in: source) }
  }

  /// The returns of an order, oldest first.
  static func ofOrder(_ orderID: String, in source: some Queryable) throws -> [StoredReturn] {
    try source.all(byOrder, [.text(orderID)], decode).map { try complete($0, in: source) }
  }

  /// What `verify` of the whole system needs of a return.
  struct Summary: Equatable, Sendable {
    var returnID: String
    var state: ReturnState
    var createTime: Date
    var pointsTakenBack: Int64
    var pointsGivenBack: Int64
  }

  /// An order's returns with where they stand, oldest first.
  static func summaries(ofOrder orderID: String, in source: some Queryable) throws -> [Summary] {
    try source.all(summariesByOrder, [.text(orderID)]) { row in
      Summary(
        returnID: row.text(0), state: try row.value(1), createTime: row.time(2), pointsTakenBack: row.int64(3),
        pointsGivenBack: row.int64(4))
    }
  }

  private static func complete(_ row: StoredReturn, in source: some Queryable) throws -> StoredReturn {
    var orderReturn = row
    orderReturn.lines = try source.all(linesOfReturn, [.text(row.returnID)]) { row in
      ReturnLineRow(lineNumber: row.int(0), quantity: row.int64(1), refundAmount: row.int64(2))
    }
    orderReturn.refunds = try source.all(refundsOfReturn, [.text(row.returnID)]) { row in
      Tender(
        kind: try row.value(0), amount: row.int64(1), tenderedAmount: nil, changeAmount: nil, externalReference: row.text(2),
        points: row.int64(3))
    }
    return orderReturn
  }

  private static func decode(_ row: Row) throws -> StoredReturn {
    StoredReturn(
      returnID: row.text(0), orderID: row.text(1), state: try row.value(2), participants: NameList.decode(row.text(3)),
      currencyCode: row.text(4), refundAmount: row.int64(5), pointsTakenBack: row.int64(6), pointsGivenBack: row.int64(7),
      wholeOrderIsReturned: row.bool(8), reason: row.text(9), clientID: row.text(10), staffID: row.text(11),
      tillID: row.text(12), storeID: row.text(13), occurredTime: row.time(14), createTime: row.time(15),
      endTime: row.optionalTime(16), plan: row.blob(17), reply: row.optionalBlob(18) ?? [], lines: [], refunds: [])
  }

  // MARK: Statements

  private static let selection = """
    SELECT
      return_id, order_id, r.state, r.participants, currency_code, refund_amount, points_taken_back, points_given_back,
      whole_order_is_returned, reason, r.client_id, r.staff_id, till_id, r.store_id, occurred_time, r.create_time, r.end_time,
      r.plan, r.reply
    FROM order_returns r JOIN orders o USING (order_id)
    """

  private static let insertReturn = SQL(
    "inventory.insert-return",
    """
    INSERT INTO order_returns (
      return_id, order_id, state, participants, refund_amount, whole_order_is_returned, reason, client_id, staff_id, till_id,
      store_id, occurred_time, create_time, due_time, plan)
    VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12, ?13)
    ON CONFLICT DO NOTHING
    """)
  private static let insertLine = SQL(
    "inventory.insert-return-line",
    """
    INSERT INTO return_lines (return_id, line_number, order_id, quantity, refund_amount) VALUES (?1, ?2, ?3, ?4, ?5)
    """)
  private static let insertRefund = SQL(
    "inventory.insert-return-refund",
    """
    INSERT INTO return_refunds (return_id, position, kind, amount, external_reference, points)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    """)
  private static let completeReturn = SQL(
    "inventory.complete-return",
    """
    UPDATE order_returns SET
      state = 2, reply = ?2, points_taken_back = ?3, points_given_back = ?4, end_time = ?5, due_time = NULL
    WHERE return_id = ?1 AND state = 1
    """)
  private static let byID = SQL("inventory.return-by-id", "\(selection) WHERE return_id = ?1")
  private static let byOrder = SQL(
    "inventory.returns-of-order", "\(selection) WHERE order_id = ?1 ORDER BY r.create_time, return_id")
  private static let summariesByOrder = SQL(
    "inventory.return-summaries-of-order",
    """
    SELECT return_id, state, create_time, points_taken_back, points_given_back
    FROM order_returns WHERE order_id = ?1 ORDER BY create_time, return_id
    """)
  private static let linesOfReturn = SQL(
    "inventory.lines-of-return",
    "SELECT line_number, quantity, refund_amount FROM return_lines WHERE return_id = ?1 ORDER BY line_number")
  private static let refundsOfReturn = SQL(
    "inventory.refunds-of-return",
    "SELECT kind, amount, external_reference, points FROM return_refunds WHERE return_id = ?1 ORDER BY position")
}
