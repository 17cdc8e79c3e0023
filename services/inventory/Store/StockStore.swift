import Database
import Foundation

/// Stock levels and the ledger that they are the fold of. Each function changes both sides of its truth in the caller's
/// transaction; each decision is one guarded statement, so checking and reserving are one step. All go through the lines in the order of the
/// products, as `InventoryLocks` has it: two orders never wait for each other's rows.
enum StockStore {
  /// A quantity of a product on a line of an order, a return or a receipt.
  struct Line: Equatable, Sendable {
    var number: Int
    var productID: String
    var quantity: Int64
  }

  /// Who moved goods, when and why.
  struct Origin: Equatable, Sendable {
    var clientID: String
    var staffID: String
    /// The order that was sold or returned; nil for a receipt.
    var orderID: String?
    var reason: String
    var time: Date
  }

  // MARK: Holds

  /// Sets the lines' goods aside, all or none, and answers the numbers of the lines that were held beyond what is available.
  ///
  /// - Throws: `insufficientStock` with every line at fault, at a strict store.
  static func hold(_ lines: [Line], at storeID: String, policy: StockPolicy, in transaction: Transaction) throws -> Set<Int> {
    var short: Set<Int> = []
    for line in byProduct(lines) {
      let arguments: [SQLValue] = [.text(storeID), .text(line.productID), .integer(line.quantity)]
      switch policy {
      case .strict:
        if try transaction.run(holdAvailable, arguments) == 0 { short.insert(line.number) }
      case .allowNegative:
        let available = try transaction.first(holdAnyway, arguments) { $0.int64(0) }
        if let available, available < 0 { short.insert(line.number) }
      }
    }
    if policy == .strict, !short.isEmpty { throw InventoryRefusal.insufficientStock(lineNumbers: short.sorted()) }
    return short
  }

  static func release(_ lines: [Line], at storeID: String, in transaction: Transaction) throws {
    for line in byProduct(lines) {
      let changed = try transaction.run(releaseHeld, [.text(storeID), .text(line.productID), .integer(line.quantity)])
      guard changed == 1 else { throw BrokenInvariant(what: "a hold to release is not in the stock level") }
    }
  }

  // MARK: Movements

  /// Turns the hold of an order's lines into a sale.
  static func sellHeld(_ lines: [Line], orderID: String, at storeID: String, origin: Origin, in transaction: Transaction) throws {
    for line in byProduct(lines) {
      let changed = try transaction.run(takeHeld, [.text(storeID), .text(line.productID), .integer(line.quantity)])
      guard changed == 1 else { throw BrokenInvariant(what: "a hold to sell is not in the stock level") }
      try append(
        StockMovement(
          cause: .sale, causeID: orderID, lineNumber: line.number, storeID: storeID, productID: line.productID,
          quantity: line.quantity), origin, in: transaction)
    }
  }

  /// Books a return's goods back on the shelf.
  static func bookBack(_ lines: [Line], returnID: String, at storeID: String, origin: Origin, in transaction: Transaction) throws {
    for line in byProduct(lines) {
      _ = try changeShelf(storeID, line.productID, by: line.quantity, in: transaction)
      try append(
        StockMovement(
          cause: .customerReturn, causeID: returnID, lineNumber: line.number, storeID: storeID, productID: line.productID,
          quantity: line.quantity), origin, in: transaction)
    }
  }

  /// Books the lines of a receipt, all or none, and answers the level of each product after the last line, in the order of
  /// its first.
  ///
  /// - Throws: `insufficientStock` with every line at fault, where lines take out more than a strict store has available.
  static func receive(
    _ lines: [Line], receiptID: String, at storeID: String, policy: StockPolicy, origin: Origin, in transaction: Transaction
  ) throws -> [StockLevel] {
    var levels: [String: StockLevel] = [:]
    var short: [Int] = []
    for line in byProduct(lines) {
      let guarded = policy == .strict && line.quantity < 0
      let level =
        guarded
        ? try takeAvailable(storeID, line.productID, -line.quantity, in: transaction)
        : try changeShelf(storeID, line.productID, by: line.quantity, in: transaction)
      guard let level else {
        short.append(line.number)
        continue
      }
      levels[line.productID] = level
      try append(
        .received(line.quantity, of: line.productID, at: storeID, receiptID: receiptID, lineNumber: line.number), origin,
        in: transaction)
    }
    if !short.isEmpty { throw InventoryRefusal.insufficientStock(lineNumbers: short.sorted()) }
    return lines.compactMap { levels.removeValue(forKey: $0.productID) }
  }

  /// Lines of one product stay in their order.
  private static func byProduct(_ lines: [Line]) -> [Line] {
    lines.sorted { ($0.productID, $0.number) < ($1.productID, $1.number) }
  }

  private static func changeShelf(
    _ storeID: String, _ productID: String, by quantity: Int64, in transaction: Transaction
  ) throws -> StockLevel? {
    try transaction.first(changeOnHand, [.text(storeID), .text(productID), .integer(quantity)], decode)
  }

  private static func takeAvailable(
    _ storeID: String, _ productID: String, _ quantity: Int64, in transaction: Transaction
  ) throws -> StockLevel? {
    try transaction.first(takeOnHand, [.text(storeID), .text(productID), .integer(quantity)], decode)
  }

  private static func append(_ movement: StockMovement, _ origin: Origin, in transaction: Transaction) throws {
    try transaction.run(
      insertEntry,
      [
        .integer(movement.cause.rawValue), .text(movement.causeID), .integer(movement.lineNumber), .text(movement.storeID),
        .text(movement.productID), .integer(movement.cause.from.rawValue), .integer(movement.cause.to.rawValue),
        .integer(movement.quantity), .optional(origin.orderID), .text(origin.clientID), .text(origin.staffID),
        .text(origin.reason), .time(origin.time),
      ])
  }

  // MARK: Queries

  static func level(of productID: String, at storeID: String, in source: some Queryable) throws -> StockLevel? {
    try source.first(levelByKey, [.text(storeID), .text(productID)], decode)
  }

  /// By product id.
  static func levels(at storeID: String, after productID: String, limit: Int, in source: some Queryable) throws -> [StockLevel] {
    try source.all(levelPage, [.text(storeID), .text(productID), .integer(limit)], decode)
  }

  private static func decode(_ row: Row) -> StockLevel {
    StockLevel(storeID: row.text(0), productID: row.text(1), onHand: row.int64(2), held: row.int64(3))
  }

  // MARK: Statements

  private static let columns = "store_id, product_id, on_hand, held"

  private static let holdAvailable = SQL(
    "inventory.hold-available-stock",
    """
    UPDATE stock_levels SET held = held + ?3 WHERE store_id = ?1 AND product_id = ?2 AND on_hand - held >= ?3
    """)
  private static let holdAnyway = SQL(
    "inventory.hold-stock-anyway",
    """
    INSERT INTO stock_levels (\(columns)) VALUES (?1, ?2, 0, ?3)
    ON CONFLICT (store_id, product_id) DO UPDATE SET held = stock_levels.held + excluded.held
    RETURNING on_hand - held
    """)
  private static let releaseHeld = SQL(
    "inventory.release-stock",
    "UPDATE stock_levels SET held = held - ?3 WHERE store_id = ?1 AND product_id = ?2 AND held >= ?3")
  private static let takeHeld = SQL(
    "inventory.sell-held-stock",
    """
    UPDATE stock_levels SET on_hand = on_hand - ?3, held = held - ?3 WHERE store_id = ?1 AND product_id = ?2 AND held >= ?3
    """)
  private static let changeOnHand = SQL(
    "inventory.change-stock",
    """
    INSERT INTO stock_levels (\(columns)) VALUES (?1, ?2, ?3, 0)
    ON CONFLICT (store_id, product_id) DO UPDATE SET on_hand = stock_levels.on_hand + excluded.on_hand
    RETURNING \(columns)
    """)
  private static let takeOnHand = SQL(
    "inventory.take-available-stock",
    """
    UPDATE stock_levels SET on_hand = on_hand - ?3 WHERE store_id = ?1 AND product_id = ?2 AND on_hand - held >= ?3
    RETURNING \(columns)
    """)
  private static let insertEntry = SQL(
    "inventory.insert-stock-entry",
    """
    INSERT INTO stock_entries (
      cause, cause_id, line_number, store_id, product_id, from_account, to_account, quantity, order_id, client_id, staff_id,
      reason, entry_time)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
    """)
  private static let levelByKey = SQL(
    "inventory.stock-level", "SELECT \(columns) FROM stock_levels WHERE store_id = ?1 AND product_id = ?2")
  private static let levelPage = SQL(
    "inventory.list-stock",
    "SELECT \(columns) FROM stock_levels WHERE store_id = ?1 AND product_id > ?2 ORDER BY product_id LIMIT ?3")
}
