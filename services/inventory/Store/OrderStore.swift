import Database
import Foundation

/// Orders: writing one and reading it whole. The changes of its state are in OrderStore+Transitions.swift.
enum OrderStore {
  /// Writes the order's row, PENDING; false when there is an order of its id, or one that uses its quote.
  static func insert(_ order: NewOrder, in transaction: Transaction) throws -> Bool {
    try transaction.run(insertOrder, values(of: order)) == 1
  }

  /// Why `insert` did not write it: `orderExists` or `quoteUsed`, both the table's own uniqueness.
  static func refusal(of order: NewOrder, in transaction: Transaction) throws -> InventoryRefusal {
    try take(order.orderID, in: transaction) != nil ? .orderExists(orderID: order.orderID) : .quoteUsed(quoteID: order.quoteID ?? "")
  }

  /// Writes a new order's documents, lines and held tenders.
  ///
  /// - Parameter oversold: The lines that were held beyond what was available.
  static func insertParts(of order: NewOrder, oversold: Set<Int>, in transaction: Transaction) throws {
    try transaction.run(
      insertDocuments,
      [
        .text(order.orderID), .blob(order.documents.sale), .blob(order.documents.plan), .blob(order.documents.beginReply),
      ])
    for line in order.lines {
      try transaction.run(insertLine, values(of: line, orderID: order.orderID, isOversold: oversold.contains(line.number)))
    }
    try replaceTenders(order.heldTenders, of: order.orderID, in: transaction)
  }

  static func replaceTenders(_ tenders: [Tender], of orderID: String, in transaction: Transaction) throws {
    try transaction.run(deleteTenders, [.text(orderID)])
    for (position, tender) in tenders.enumerated() {
      try transaction.run(
        insertTender,
        [
          .text(orderID), .integer(position), .integer(tender.kind.rawValue), .integer(tender.amount),
          .optional(tender.tenderedAmount), .optional(tender.changeAmount), .text(tender.externalReference),
          .integer(tender.points),
        ])
    }
  }

  // MARK: Reading

  /// The order's row, which nobody else changes until this write has ended.
  static func take(_ orderID: String, in transaction: Transaction) throws -> OrderRow? {
    try transaction.first(takeByID, [.text(orderID)], decode)
  }

  static func lines(of orderID: String, in source: some Queryable) throws -> [OrderLineRow] {
    try source.all(linesOfOrder, [.text(orderID)]) { row in
      OrderLineRow(
        number: row.int(0), kind: try row.value(1), productID: row.optionalText(2), quantity: row.int64(3),
        isOversold: row.bool(4), returnedQuantity: row.int64(5), adjustmentIsReturned: row.bool(6))
    }
  }

  /// The goods that an order has set aside, sold, or given back.
  static func goods(of orderID: String, in source: some Queryable) throws -> [StockStore.Line] {
    try lines(of: orderID, in: source).compactMap(\.goods)
  }

  /// What stored value pays of an order, and what returns that have ended gave back of it.
  static func storedValue(of orderID: String, in source: some Queryable) throws -> (paid: Int64, givenBack: Int64) {
    try source.first(storedValueOfOrder, [.text(orderID)]) { (paid: $0.int64(0), givenBack: $0.int64(1)) } ?? (0, 0)
  }

  static func tenders(of orderID: String, in source: some Queryable) throws -> [Tender] {
    try source.all(tendersOfOrder, [.text(orderID)]) { row in
      Tender(
        kind: try row.value(0), amount: row.int64(1), tenderedAmount: row.optionalInt64(2), changeAmount: row.optionalInt64(3),
        externalReference: row.text(4), points: row.int64(5))
    }
  }

  static func beginReply(of orderID: String, in source: some Queryable) throws -> [UInt8] {
    try source.first(beginReplyOfOrder, [.text(orderID)]) { $0.blob(0) } ?? []
  }

  static func load(_ orderID: String, in source: some Queryable) throws -> StoredOrder? {
    try source.first(byID, [.text(orderID)], decode).map { try complete($0, in: source) }
  }

  /// The order of a row that was read in the same snapshot or transaction.
  static func complete(_ row: OrderRow, in source: some Queryable) throws -> StoredOrder {
    let documents = try source.first(documentsOfOrder, [.text(row.orderID)]) { row in
      OrderDocuments(sale: row.blob(0), plan: row.blob(1), beginReply: row.blob(2))
    }
    guard let documents else { throw BrokenInvariant(what: "an order has no documents") }
    let keys = try SagaKeyStore.ofOrder(row.orderID, in: source)
    let hasEnded = row.endTime != nil
    return StoredOrder(
      row: row, documents: documents,
      completeReply: hasEnded ? try source.first(replyOfOrder, [.text(row.orderID)]) { $0.blob(0) } ?? [] : [],
      lines: try lines(of: row.orderID, in: source), tenders: try tenders(of: row.orderID, in: source),
      beginKey: keys.first { $0.purpose == .beganOrder }?.key, endKey: keys.first { $0.purpose == .endedOrder }?.key,
      returns: row.state == .completed ? try ReturnStore.ofOrder(row.orderID, in: source) : [])
  }

  static func decode(_ row: Row) throws -> OrderRow {
    OrderRow(
      orderID: row.text(0), state: try row.value(1), revision: row.int64(2), isHeld: row.bool(3), clientID: row.text(4),
      staffID: row.text(5), storeID: row.text(6), memberID: row.optionalText(7), participants: NameList.decode(row.text(8)),
      currencyCode: row.text(9),
      totals: SaleTotals(
        listAmount: row.int64(10), tillDiscountAmount: row.int64(11), discountAmount: row.int64(12),
        customerAmount: row.int64(13), taxAmount: row.int64(14), manufacturerAmount: row.int64(15)),
      refundedAmount: row.int64(16), pointsEarned: row.int64(17), pointsSpent: row.int64(18), createTime: row.time(19),
      holdExpireTime: row.time(20), endTime: row.optionalTime(21), dueTime: row.optionalTime(22),
      cancellation: Cancellation(code: row.int32(23), reason: row.text(24), message: row.text(25)))
  }

  // MARK: Statements

  private static func values(of order: NewOrder) -> [SQLValue] {
    [
      .text(order.orderID), .integer(OrderState.pending.rawValue), .text(order.clientID), .text(order.staffID),
      .text(order.storeID), .optional(order.memberID), .optional(order.quoteID), .text(NameList.encode(order.participants)),
      .text(order.currencyCode), .integer(order.totals.listAmount), .integer(order.totals.tillDiscountAmount),
      .integer(order.totals.discountAmount), .integer(order.totals.customerAmount), .integer(order.totals.taxAmount),
      .integer(order.totals.manufacturerAmount), .integer(order.totals.amountDue), .integer(order.pointsEarned),
      .integer(TenderRules.pointsSpent(order.heldTenders)), .time(order.createTime), .time(order.holdExpireTime),
    ]
  }

  private static func values(of line: SaleLine, orderID: String, isOversold: Bool) -> [SQLValue] {
    [
      .text(orderID), .integer(line.number), .integer(line.kind.rawValue), .optional(line.productID), .integer(line.quantity),
      .integer(line.listAmount), .integer(line.tillDiscountAmount), .integer(line.discountAmount),
      .integer(line.customerAmount), .integer(line.taxAmount), .integer(line.manufacturerAmount), .bool(isOversold),
    ]
  }

  static let columns = """
    order_id, state, revision, is_held, client_id, staff_id, store_id, member_id, participants, currency_code,
    list_amount, till_discount_amount, discount_amount, customer_amount, tax_amount, manufacturer_amount, refunded_amount,
    points_earned, points_spent, create_time, hold_expire_time, end_time, due_time, cancel_code, cancel_reason,
    cancel_message
    """

  private static let insertOrder = SQL(
    "inventory.insert-order",
    """
    INSERT INTO orders (
      order_id, state, revision, is_held, client_id, staff_id, store_id, member_id, quote_id, participants, currency_code,
      list_amount, till_discount_amount, discount_amount, customer_amount, tax_amount, manufacturer_amount, amount_due,
      points_earned, points_spent, create_time, hold_expire_time, due_time)
    VALUES (
      ?1, ?2, 1, 0, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?20)
    ON CONFLICT DO NOTHING
    """)
  private static let insertDocuments = SQL(
    "inventory.insert-order-documents",
    "INSERT INTO order_documents (order_id, sale, plan, begin_reply) VALUES (?1, ?2, ?3, ?4)")
  private static let insertLine = SQL(
    "inventory.insert-order-line",
    """
    INSERT INTO order_lines (
      order_id, line_number, kind, product_id, quantity, list_amount, till_discount_amount, discount_amount, customer_amount,
      tax_amount, manufacturer_amount, is_oversold)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
    """)
  private static let deleteTenders = SQL("inventory.delete-order-tenders", "DELETE FROM order_tenders WHERE order_id = ?1")
  private static let insertTender = SQL(
    "inventory.insert-order-tender",
    """
    INSERT INTO order_tenders (
      order_id, position, kind, amount, tendered_amount, change_amount, external_reference, points)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    """)
  private static let byID = SQL("inventory.order-by-id", "SELECT \(columns) FROM orders WHERE order_id = ?1")
  private static let takeByID = SQL("inventory.take-order", "SELECT \(columns) FROM orders WHERE order_id = ?1", locksRow: true)
  private static let documentsOfOrder = SQL(
    "inventory.order-documents", "SELECT sale, plan, begin_reply FROM order_documents WHERE order_id = ?1")
  private static let beginReplyOfOrder = SQL(
    "inventory.begin-reply-of-order", "SELECT begin_reply FROM order_documents WHERE order_id = ?1")
  private static let replyOfOrder = SQL(
    "inventory.order-reply", "SELECT reply FROM order_replies WHERE order_id = ?1")
  private static let linesOfOrder = SQL(
    "inventory.lines-of-order",
    """
    SELECT line_number, kind, product_id, quantity, is_oversold, returned_quantity, adjustment_is_returned
    FROM order_lines WHERE order_id = ?1 ORDER BY line_number
    """)
  private static let storedValueOfOrder = SQL(
    "inventory.stored-value-of-order",
    """
    SELECT
      (SELECT coalesce(sum(amount), 0) FROM order_tenders WHERE order_id = ?1 AND kind = 4),
      (SELECT coalesce(sum(refund.amount), 0)
        FROM order_returns AS back JOIN return_refunds AS refund ON refund.return_id = back.return_id
        WHERE back.order_id = ?1 AND back.state = 2 AND refund.kind = 4)
    """)
  private static let tendersOfOrder = SQL(
    "inventory.tenders-of-order",
    """
    SELECT kind, amount, tendered_amount, change_amount, external_reference, points
    FROM order_tenders WHERE order_id = ?1 ORDER BY position
    """)
}
