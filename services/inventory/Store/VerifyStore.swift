import Database

/// Recomputes what the tables say twice. Each check is one statement, so it sees one snapshot, and answers the rows that are
/// untrue: two ids, what was expected, what was found.
enum VerifyStore {
  struct Check: Sendable {
    /// The invariant, as in services/inventory/README.md.
    var name: String
    fileprivate var sql: SQL
  }

  struct Difference: Equatable, Sendable {
    var check: String
    var ids: [String]
    var expected: String
    var found: String
  }

  /// Enough to see what is wrong; more would hide it.
  static let differencesPerCheck = 100

  static func run(_ check: Check, in source: some Queryable) throws -> [Difference] {
    try source.all(check.sql, [.integer(differencesPerCheck)]) { row in
      Difference(
        check: check.name, ids: [row.text(0), row.text(1)].filter { !$0.isEmpty }, expected: row.text(2), found: row.text(3))
    }
  }

  static func stockLevelCount(in source: some Queryable) throws -> Int64 {
    try source.first(countLevels, []) { $0.int64(0) } ?? 0
  }

  static func orderCount(in source: some Queryable) throws -> Int64 {
    try source.first(countOrders, []) { $0.int64(0) } ?? 0
  }

  static let checks: [Check] = [
    Check(name: "stock.on_hand_is_the_fold_of_entries", sql: onHand),
    Check(name: "stock.held_is_what_open_orders_hold", sql: held),
    Check(name: "stock.accounts_sum_to_zero", sql: accounts),
    Check(name: "stock.sold_is_what_completed_orders_sold", sql: sold),
    Check(name: "stock.no_other_order_sold", sql: soldByOthers),
    Check(name: "stock.returned_is_what_ended_returns_brought", sql: broughtBack),
    Check(name: "orders.totals_are_sums_of_lines", sql: totals),
    Check(name: "orders.tenders_pay_the_amount_due", sql: tenders),
    Check(name: "orders.points_spent_are_in_tenders", sql: points),
    Check(name: "orders.returned_is_what_returns_say", sql: returned),
    Check(name: "orders.refunded_is_what_returns_say", sql: refunded),
    Check(name: "orders.reply_is_kept_at_the_end", sql: replies),
    Check(name: "returns.refunds_sum_to_the_refund", sql: refunds),
  ]

  private static let countLevels = SQL("inventory.count-stock-levels", "SELECT COUNT(*) FROM stock_levels")
  private static let countOrders = SQL("inventory.count-orders", "SELECT COUNT(*) FROM orders")

  private static let onHand = SQL(
    "inventory.verify-on-hand",
    """
    WITH moved AS (
      SELECT store_id, product_id,
        SUM(CASE WHEN to_account = 1 THEN quantity ELSE 0 END - CASE WHEN from_account = 1 THEN quantity ELSE 0 END) AS on_hand
      FROM stock_entries GROUP BY store_id, product_id)
    SELECT l.store_id, l.product_id, CAST(COALESCE(m.on_hand, 0) AS TEXT), CAST(l.on_hand AS TEXT)
    FROM stock_levels l LEFT JOIN moved m ON m.store_id = l.store_id AND m.product_id = l.product_id
    WHERE l.on_hand <> COALESCE(m.on_hand, 0)
    LIMIT ?1
    """)

  private static let held = SQL(
    "inventory.verify-held",
    """
    WITH open AS (
      SELECT o.store_id, l.product_id, SUM(l.quantity) AS held
      FROM orders o JOIN order_lines l ON l.order_id = o.order_id
      WHERE o.state IN (1, 2, 4) AND l.kind = 1 GROUP BY o.store_id, l.product_id)
    SELECT l.store_id, l.product_id, CAST(COALESCE(o.held, 0) AS TEXT), CAST(l.held AS TEXT)
    FROM stock_levels l LEFT JOIN open o ON o.store_id = l.store_id AND o.product_id = l.product_id
    WHERE l.held <> COALESCE(o.held, 0)
    UNION ALL
    SELECT o.store_id, o.product_id, CAST(o.held AS TEXT), 'no level'
    FROM open o LEFT JOIN stock_levels l ON l.store_id = o.store_id AND l.product_id = o.product_id
    WHERE l.store_id IS NULL
    LIMIT ?1
    """)

  /// What stands on the shelves against what every other account of the product says, over all stores.
  private static let accounts = SQL(
    "inventory.verify-accounts",
    """
    WITH shelves AS (SELECT product_id, SUM(on_hand) AS balance FROM stock_levels GROUP BY product_id),
    others AS (
      SELECT product_id,
        SUM(CASE WHEN to_account <> 1 THEN quantity ELSE 0 END - CASE WHEN from_account <> 1 THEN quantity ELSE 0 END) AS balance
      FROM stock_entries GROUP BY product_id)
    SELECT s.product_id, '', CAST(-COALESCE(o.balance, 0) AS TEXT), CAST(s.balance AS TEXT)
    FROM shelves s LEFT JOIN others o ON o.product_id = s.product_id
    WHERE s.balance + COALESCE(o.balance, 0) <> 0
    LIMIT ?1
    """)

  private static let sold = SQL(
    "inventory.verify-sold",
    """
    SELECT l.order_id, CAST(l.line_number AS TEXT), CAST(l.quantity AS TEXT), CAST(COALESCE(e.quantity, 0) AS TEXT)
    FROM orders o JOIN order_lines l ON l.order_id = o.order_id
      LEFT JOIN stock_entries e ON e.cause = 3 AND e.cause_id = l.order_id AND e.line_number = l.line_number
        AND e.store_id = o.store_id AND e.product_id = l.product_id
    WHERE o.state = 3 AND l.kind = 1 AND l.quantity <> COALESCE(e.quantity, 0)
    LIMIT ?1
    """)

  private static let soldByOthers = SQL(
    "inventory.verify-sold-by-others",
    """
    SELECT e.cause_id, CAST(e.line_number AS TEXT), '0', CAST(e.quantity AS TEXT)
    FROM stock_entries e LEFT JOIN orders o ON o.order_id = e.cause_id AND o.state = 3
      LEFT JOIN order_lines l ON l.order_id = e.cause_id AND l.line_number = e.line_number AND l.kind = 1
    WHERE e.cause = 3 AND (o.order_id IS NULL OR l.order_id IS NULL)
    LIMIT ?1
    """)

  private static let broughtBack = SQL(
    "inventory.verify-brought-back",
    """
    SELECT l.return_id, CAST(l.line_number AS TEXT), CAST(l.quantity AS TEXT), CAST(COALESCE(e.quantity, 0) AS TEXT)
    FROM order_returns r JOIN return_lines l ON l.return_id = r.return_id
      LEFT JOIN stock_entries e ON e.cause = 4 AND e.cause_id = l.return_id AND e.line_number = l.line_number
        AND e.store_id = r.store_id
    WHERE r.state = 2 AND l.quantity <> COALESCE(e.quantity, 0)
    UNION ALL
    SELECT e.cause_id, CAST(e.line_number AS TEXT), '0', CAST(e.quantity AS TEXT)
    FROM stock_entries e LEFT JOIN order_returns r ON r.return_id = e.cause_id AND r.state = 2
      LEFT JOIN return_lines l ON l.return_id = e.cause_id AND l.line_number = e.line_number
    WHERE e.cause = 4 AND (r.return_id IS NULL OR l.return_id IS NULL)
    LIMIT ?1
    """)

  private static let totals = SQL(
    "inventory.verify-totals",
    """
    WITH sums AS (
      SELECT order_id,
        SUM(list_amount) || '/' || SUM(till_discount_amount) || '/' || SUM(discount_amount) || '/' || SUM(customer_amount)
          || '/' || SUM(tax_amount) || '/' || SUM(manufacturer_amount) AS parts
      FROM order_lines GROUP BY order_id),
    said AS (
      SELECT order_id,
        list_amount || '/' || till_discount_amount || '/' || discount_amount || '/' || customer_amount || '/' || tax_amount
          || '/' || manufacturer_amount AS parts
      FROM orders)
    SELECT o.order_id, '', COALESCE(s.parts, 'no lines'), o.parts
    FROM said o LEFT JOIN sums s ON s.order_id = o.order_id
    WHERE o.parts <> COALESCE(s.parts, '')
    LIMIT ?1
    """)

  private static let tenders = SQL(
    "inventory.verify-tenders",
    """
    WITH paid AS (SELECT order_id, SUM(amount) AS amount FROM order_tenders GROUP BY order_id)
    SELECT o.order_id, '', CAST(o.amount_due AS TEXT), CAST(COALESCE(p.amount, 0) AS TEXT)
    FROM orders o LEFT JOIN paid p ON p.order_id = o.order_id
    WHERE o.state IN (2, 3) AND o.amount_due <> COALESCE(p.amount, 0)
    LIMIT ?1
    """)

  private static let points = SQL(
    "inventory.verify-points",
    """
    WITH spent AS (SELECT order_id, SUM(points) AS points FROM order_tenders GROUP BY order_id)
    SELECT o.order_id, '', CAST(COALESCE(s.points, 0) AS TEXT), CAST(o.points_spent AS TEXT)
    FROM orders o LEFT JOIN spent s ON s.order_id = o.order_id
    WHERE o.points_spent <> COALESCE(s.points, 0)
    LIMIT ?1
    """)

  /// Both the sum of a line's returns and its own limit, which no return may pass.
  private static let returned = SQL(
    "inventory.verify-returned",
    """
    WITH asked AS (
      SELECT order_id, line_number, SUM(quantity) AS quantity, SUM(CASE WHEN quantity = 0 THEN 1 ELSE 0 END) AS adjustments
      FROM return_lines GROUP BY order_id, line_number)
    SELECT l.order_id, CAST(l.line_number AS TEXT),
      COALESCE(a.quantity, 0) || '+' || COALESCE(a.adjustments, 0) || ' of ' || l.quantity,
      l.returned_quantity || '+' || l.adjustment_is_returned
    FROM order_lines l LEFT JOIN asked a ON a.order_id = l.order_id AND a.line_number = l.line_number
    WHERE l.returned_quantity <> COALESCE(a.quantity, 0) OR l.adjustment_is_returned <> COALESCE(a.adjustments, 0)
      OR l.returned_quantity > l.quantity
    LIMIT ?1
    """)

  private static let refunded = SQL(
    "inventory.verify-refunded",
    """
    WITH refunds AS (SELECT order_id, SUM(refund_amount) AS amount FROM order_returns GROUP BY order_id)
    SELECT o.order_id, '', COALESCE(r.amount, 0) || ' of ' || o.amount_due, CAST(o.refunded_amount AS TEXT)
    FROM orders o LEFT JOIN refunds r ON r.order_id = o.order_id
    WHERE o.refunded_amount <> COALESCE(r.amount, 0) OR o.refunded_amount > o.amount_due
    LIMIT ?1
    """)

  private static let replies = SQL(
    "inventory.verify-replies",
    """
    SELECT o.order_id, '', 'a reply', 'none'
    FROM orders o LEFT JOIN order_replies r ON r.order_id = o.order_id
    WHERE o.state = 3 AND r.order_id IS NULL
    UNION ALL
    SELECT o.order_id, '', 'none', 'a reply'
    FROM order_replies r JOIN orders o ON o.order_id = r.order_id
    WHERE o.state IN (1, 2, 4)
    LIMIT ?1
    """)

  private static let refunds = SQL(
    "inventory.verify-refunds",
    """
    WITH sums AS (SELECT return_id, SUM(amount) AS amount FROM return_refunds GROUP BY return_id)
    SELECT r.order_id, r.return_id, CAST(r.refund_amount AS TEXT), CAST(COALESCE(s.amount, 0) AS TEXT)
    FROM order_returns r LEFT JOIN sums s ON s.return_id = r.return_id
    WHERE r.refund_amount <> COALESCE(s.amount, 0)
    LIMIT ?1
    """)
}
