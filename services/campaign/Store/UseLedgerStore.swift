import Database
import Foundation

/// The ledger of uses: append-only, one entry for each movement of each use.
enum UseLedgerStore {
  /// - Parameter number: the use's place among the order's discounts, from 1.
  static func enterHold(of use: HeldUse, number: Int, under hold: Hold, in transaction: Transaction) throws {
    let movement = UseMovement.hold
    let terms = hold.terms
    try transaction.run(
      insert,
      [
        .text(hold.orderID), .integer(number), .integer(movement.rawValue), .integer(movement.from.rawValue),
        .integer(movement.to.rawValue), .text(use.source.ruleID), .integer(use.version), .optional(use.source.couponID),
        .optional(terms.memberID), .text(terms.storeID), .text(terms.clientID), .text(terms.staffID), .text(terms.currencyCode),
        .integer(use.minorUnits), .text(movement.reason), .time(hold.createInstant),
      ])
  }

  /// The same movement for every use of an order. Each entry repeats what the hold's entry says of actor, store, rule version.
  static func enter(
    _ movement: UseMovement, ofUsesHeldBy orderID: String, returnID: String?, at instant: Date, in transaction: Transaction
  ) throws {
    try transaction.run(
      follow,
      [
        .text(orderID), .integer(movement.rawValue), .integer(movement.from.rawValue), .integer(movement.to.rawValue),
        .text(movement.reason), .optional(returnID), .time(instant),
      ])
  }

  /// What an order's hold set aside, in the order of its discounts.
  static func uses(heldBy orderID: String, in source: some Queryable) throws -> [HeldUse] {
    try source.all(held, [.text(orderID)]) { row in
      let ruleID = row.text(0)
      let source: UseSource =
        if let couponID = row.optionalText(2) { .coupon(id: couponID, templateID: ruleID) } else { .promotion(id: ruleID) }
      return HeldUse(source: source, version: row.int64(1), minorUnits: row.int64(3))
    }
  }

  private static let ofUse = """
    rule_id, version, coupon_id, member_id, store_id, client_id, staff_id, currency_code, minor_units
    """

  private static let insert = SQL(
    "campaign.insert-use-entry",
    """
    INSERT INTO use_entries (order_id, use_number, movement, from_account, to_account, \(ofUse), reason, entry_time)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
    """)
  private static let follow = SQL(
    "campaign.insert-following-use-entries",
    """
    INSERT INTO use_entries
      (order_id, use_number, movement, from_account, to_account, \(ofUse), reason, return_id, entry_time)
    SELECT order_id, use_number, ?2, ?3, ?4, \(ofUse), ?5, ?6, ?7 FROM use_entries WHERE order_id = ?1 AND movement = 1
    """)
  private static let held = SQL(
    "campaign.uses-of-order",
    """
    SELECT rule_id, version, coupon_id, minor_units FROM use_entries WHERE order_id = ?1 AND movement = 1 ORDER BY use_number
    """)
}
