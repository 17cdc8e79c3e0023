internal import Database
internal import Foundation

/// What stored value pays of orders, and the lots that it drew. Their state is the order's hold's.
enum ValueHoldStore {
  static func insert(
    _ parts: ValueParts, of accountID: String, draws: [ValueDraw], forOrder orderID: String, _ transaction: Transaction
  ) throws {
    try transaction.run(insertHold, [.text(orderID), .text(accountID), .integer(parts.principal), .integer(parts.bonus)])
    for (position, draw) in draws.enumerated() {
      try transaction.run(
        insertDraw,
        [
          .text(orderID), .text(accountID), .integer(position), .text(draw.lotID), .integer(draw.parts.principal),
          .integer(draw.parts.bonus),
        ])
    }
  }

  /// Account → what it paid and got back, of one order.
  static func spent(byOrder orderID: String, _ reader: some Queryable) throws -> [(accountID: String, spent: SpentValue)] {
    try reader.all(holdsOfOrder, [.text(orderID)]) { row in
      (
        row.text(0),
        SpentValue(
          drawn: ValueParts(principal: row.int64(1), bonus: row.int64(2)),
          givenBack: ValueParts(principal: row.int64(3), bonus: row.int64(4)))
      )
    }
  }

  static func draws(of orderID: String, _ accountID: String, _ reader: some Queryable) throws -> [SpentValue.LotDraw] {
    try reader.all(drawsOfHold, [.text(orderID), .text(accountID)]) { row in
      SpentValue.LotDraw(
        position: row.int(0), lotID: row.text(1), drawn: ValueParts(principal: row.int64(2), bonus: row.int64(3)),
        givenBack: ValueParts(principal: row.int64(4), bonus: row.int64(5)))
    }
  }

  /// Books what a return gives back; the schema's checks hold it to what was drawn.
  static func giveBack(
    _ parts: ValueParts, to plan: [(position: Int, draw: ValueDraw)], of orderID: String, _ accountID: String, _ transaction: Transaction
  ) throws {
    try transaction.run(giveBackHold, [.text(orderID), .text(accountID), .integer(parts.principal), .integer(parts.bonus)])
    for (position, draw) in plan {
      try transaction.run(
        giveBackDraw,
        [.text(orderID), .text(accountID), .integer(position), .integer(draw.parts.principal), .integer(draw.parts.bonus)])
    }
  }

  // MARK: Returns

  struct Reversal: Equatable, Sendable {
    var accountID: String
    /// What it was asked for.
    var amount: Int64
    var parts: ValueParts
  }

  static func insert(_ reversal: Reversal, of returnID: String, orderID: String, _ transaction: Transaction) throws {
    try transaction.run(
      insertReversal,
      [
        .text(returnID), .text(reversal.accountID), .text(orderID), .integer(reversal.amount), .integer(reversal.parts.principal),
        .integer(reversal.parts.bonus),
      ])
  }

  static func reversals(of returnID: String, _ reader: some Queryable) throws -> [Reversal] {
    try reader.all(reversalsOfReturn, [.text(returnID)]) { row in
      Reversal(accountID: row.text(0), amount: row.int64(1), parts: ValueParts(principal: row.int64(2), bonus: row.int64(3)))
    }
  }

  private static let insertHold = SQL(
    "loyalty.insert-value-hold", "INSERT INTO value_hold (order_id, account_id, principal, bonus) VALUES (?1, ?2, ?3, ?4)")
  private static let insertDraw = SQL(
    "loyalty.insert-value-draw",
    "INSERT INTO value_draw (order_id, account_id, position, lot_id, principal, bonus) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
  private static let holdsOfOrder = SQL(
    "loyalty.value-holds-of-order",
    """
    SELECT account_id, principal, bonus, principal_given_back, bonus_given_back FROM value_hold WHERE order_id = ?1 ORDER BY account_id
    """)
  private static let drawsOfHold = SQL(
    "loyalty.value-draws-of-hold",
    """
    SELECT position, lot_id, principal, bonus, principal_given_back, bonus_given_back FROM value_draw
    WHERE order_id = ?1 AND account_id = ?2 ORDER BY position
    """)
  private static let giveBackHold = SQL(
    "loyalty.give-back-value-hold",
    """
    UPDATE value_hold SET principal_given_back = principal_given_back + ?3, bonus_given_back = bonus_given_back + ?4
    WHERE order_id = ?1 AND account_id = ?2
    """)
  private static let giveBackDraw = SQL(
    "loyalty.give-back-value-draw",
    """
    UPDATE value_draw SET principal_given_back = principal_given_back + ?4, bonus_given_back = bonus_given_back + ?5
    WHERE order_id = ?1 AND account_id = ?2 AND position = ?3
    """)
  private static let insertReversal = SQL(
    "loyalty.insert-value-reversal",
    "INSERT INTO value_reversal (return_id, account_id, order_id, amount, principal, bonus) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
  private static let reversalsOfReturn = SQL(
    "loyalty.value-reversals-of-return",
    "SELECT account_id, amount, principal, bonus FROM value_reversal WHERE return_id = ?1 ORDER BY account_id")
}
