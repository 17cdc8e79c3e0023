internal import Database
internal import Foundation

/// What all members share of a reward: its row, what redemptions claim of it, and the movements of its stock.
enum RewardStockStore {
  struct Movement: Equatable {
    var number: Int64
    var delta: Int64
    var reason: String
    var clientID: String
    var staffID: String
    var postedAt: Date
  }

  /// As it stands at `instant`: claims that have lapsed hold nothing.
  static func find(_ code: String, at instant: Date, _ reader: some Queryable) throws -> RewardStock? {
    guard var stock = try reader.first(findStock, [.text(code)], RewardStock.init(row:)) else { return nil }
    stock.held -= try lapsed(code, at: instant, reader)
    return stock
  }

  /// The same, and takes the reward's row for this write, after the member's. What has lapsed is written down.
  static func take(_ code: String, at instant: Date, _ transaction: Transaction) throws -> RewardStock? {
    guard var stock = try transaction.first(takeStock, [.text(code)], RewardStock.init(row:)) else { return nil }
    let lapsed = try lapsed(code, at: instant, transaction)
    guard lapsed > 0 else { return stock }
    try transaction.run(releaseLapsed, [.text(code), .time(instant)])
    try change(code, held: -lapsed, transaction)
    stock.held -= lapsed
    return stock
  }

  /// Of a new code. Nil is without a count.
  static func insert(_ code: String, stock: Int64?, _ transaction: Transaction) throws {
    try transaction.run(insertStock, [.text(code), .optional(stock)])
  }

  static func append(_ delta: Int64, reason: String, by origin: LedgerOrigin, to code: String, at instant: Date, _ transaction: Transaction)
    throws
  {
    guard let number = try transaction.first(nextNumber, [.text(code)], { $0.int64(0) }) else {
      throw LedgerFault("a reward's row is gone")
    }
    try transaction.run(
      insertMovement,
      [
        .text(code), .integer(number), .integer(delta), .text(reason), .text(origin.clientID), .text(origin.staffID), .time(instant),
      ])
  }

  /// Says whether what is held and used leaves room for it.
  static func adjust(_ code: String, by delta: Int64, _ transaction: Transaction) throws -> Bool {
    try transaction.run(adjustStock, [.text(code), .integer(delta)]) == 1
  }

  /// Newest first.
  static func movements(of code: String, below number: Int64, limit: Int, _ reader: some Queryable) throws -> [Movement] {
    try reader.all(listMovements, [.text(code), .integer(number), .integer(limit)]) { row in
      Movement(
        number: row.int64(0), delta: row.int64(1), reason: row.text(2), clientID: row.text(3), staffID: row.text(4), postedAt: row.time(5))
    }
  }

  // MARK: Claims

  static func claim(_ redemption: Redemption, _ transaction: Transaction) throws {
    guard try change(redemption.code, held: redemption.quantity, transaction) else {
      throw RewardRefusal.obstacle(.outOfStock(available: 0))
    }
    try transaction.run(
      insertClaim,
      [.text(redemption.redemptionID), .text(redemption.code), .integer(redemption.quantity), .time(redemption.heldUntil)])
  }

  /// Hands out `quantity` of what is claimed and frees the rest. False where somebody's later clock let the claim lapse.
  static func use(_ quantity: Int64, of redemption: Redemption, _ transaction: Transaction) throws -> Bool {
    guard try transaction.run(useClaim, [.text(redemption.redemptionID), .integer(quantity)]) == 1 else { return false }
    try change(redemption.code, held: -redemption.quantity, used: quantity, transaction)
    return true
  }

  /// Frees all of it, if nobody has done so.
  static func release(_ redemption: Redemption, _ transaction: Transaction) throws {
    guard try transaction.run(releaseClaim, [.text(redemption.redemptionID)]) == 1 else { return }
    try change(redemption.code, held: -redemption.quantity, transaction)
  }

  /// Gives room back, and stock where it can be handed out again.
  static func giveBack(_ quantity: Int64, of redemption: Redemption, restock: Bool, _ transaction: Transaction) throws {
    let lost = restock ? 0 : quantity
    try transaction.run(returnClaim, [.text(redemption.redemptionID), .integer(quantity), .integer(lost)])
    try change(redemption.code, used: lost - quantity, lost: lost, transaction)
  }

  /// Codes of which something has lapsed that nobody wrote down, the longest lapsed first.
  static func codesWithLapsed(at instant: Date, limit: Int, _ reader: some Queryable) throws -> [String] {
    let codes = try reader.all(lapsedClaims, [.time(instant), .integer(limit)]) { $0.text(0) }
    return Set(codes).sorted()
  }

  private static func lapsed(_ code: String, at instant: Date, _ reader: some Queryable) throws -> Int64 {
    try reader.first(sumLapsed, [.text(code), .time(instant)]) { $0.int64(0) } ?? 0
  }

  @discardableResult
  private static func change(
    _ code: String, held: Int64 = 0, used: Int64 = 0, lost: Int64 = 0, _ transaction: Transaction
  ) throws -> Bool {
    try transaction.run(changeStock, [.text(code), .integer(held), .integer(used), .integer(lost)]) == 1
  }

  // MARK: SQL

  private static let findStock = SQL("loyalty.find-reward-stock", "SELECT stock, held, used, lost FROM reward WHERE code = ?1")

  private static let takeStock = SQL(
    "loyalty.take-reward-stock", "SELECT stock, held, used, lost FROM reward WHERE code = ?1", locksRow: true)

  private static let insertStock = SQL("loyalty.insert-reward-stock", "INSERT INTO reward (code, stock) VALUES (?1, ?2)")

  // Decision and effect in one statement.
  private static let changeStock = SQL(
    "loyalty.change-reward-stock",
    """
    UPDATE reward SET held = held + ?2, used = used + ?3, lost = lost + ?4
    WHERE code = ?1 AND (stock IS NULL OR held + used + ?2 + ?3 <= stock)
    """)

  private static let adjustStock = SQL(
    "loyalty.adjust-reward-stock", "UPDATE reward SET stock = stock + ?2 WHERE code = ?1 AND held + used <= stock + ?2")

  private static let nextNumber = SQL(
    "loyalty.next-reward-movement", "UPDATE reward SET last_number = last_number + 1 WHERE code = ?1 RETURNING last_number")

  private static let insertMovement = SQL(
    "loyalty.insert-reward-movement",
    """
    INSERT INTO reward_movement (code, number, delta, reason, client_id, staff_id, posted_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    """)

  private static let listMovements = SQL(
    "loyalty.reward-movements",
    """
    SELECT number, delta, reason, client_id, staff_id, posted_at FROM reward_movement WHERE code = ?1 AND number < ?2
    ORDER BY number DESC LIMIT ?3
    """)

  private static let insertClaim = SQL(
    "loyalty.insert-reward-claim",
    "INSERT INTO reward_claim (redemption_id, code, state, quantity, held_until) VALUES (?1, ?2, 'held', ?3, ?4)")

  private static let useClaim = SQL(
    "loyalty.use-reward-claim",
    "UPDATE reward_claim SET state = 'used', quantity = ?2 WHERE redemption_id = ?1 AND state = 'held'")

  private static let releaseClaim = SQL(
    "loyalty.release-reward-claim", "UPDATE reward_claim SET state = 'released' WHERE redemption_id = ?1 AND state = 'held'")

  private static let returnClaim = SQL(
    "loyalty.return-reward-claim", "UPDATE reward_claim SET returned = returned + ?2, lost = lost + ?3 WHERE redemption_id = ?1")

  private static let sumLapsed = SQL(
    "loyalty.sum-lapsed-reward-claims",
    "SELECT coalesce(sum(quantity), 0) FROM reward_claim WHERE code = ?1 AND state = 'held' AND held_until <= ?2")

  private static let releaseLapsed = SQL(
    "loyalty.release-lapsed-reward-claims",
    "UPDATE reward_claim SET state = 'released' WHERE code = ?1 AND state = 'held' AND held_until <= ?2")

  private static let lapsedClaims = SQL(
    "loyalty.lapsed-reward-claims",
    "SELECT code FROM reward_claim WHERE state = 'held' AND held_until <= ?1 ORDER BY held_until, redemption_id LIMIT ?2")
}

extension RewardStock {
  fileprivate init(row: Row) {
    self.init(stock: row.optionalInt64(0), held: row.int64(1), used: row.int64(2), lost: row.int64(3))
  }
}
