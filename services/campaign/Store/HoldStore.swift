import Database
import Foundation

/// What orders have set aside. A hold's row says where it stands; its uses are its `hold` entries in the ledger.
enum HoldStore {
  /// The order's hold, which nobody else changes until this write has ended.
  static func take(_ orderID: String, in transaction: Transaction) throws -> Hold? {
    guard let columns = try transaction.first(takeByID, [.text(orderID)], HoldColumns.init) else { return nil }
    return columns.hold(orderID: orderID, uses: try UseLedgerStore.uses(heldBy: orderID, in: transaction))
  }

  /// Sets everything aside, or throws and changes nothing.
  static func place(_ hold: Hold, in transaction: Transaction) throws {
    let terms = hold.terms
    try transaction.run(
      insert,
      [
        .text(hold.orderID), .optional(terms.memberID), .text(terms.storeID), .text(terms.clientID), .text(terms.staffID),
        .text(terms.currencyCode), .optional(hold.occurredInstant), .time(hold.createInstant),
      ])
    try UseCounterStore.hold(terms.uses, memberID: terms.memberID, in: transaction)
    for (index, use) in terms.uses.enumerated() {
      try UseLedgerStore.enterHold(of: use, number: index + 1, under: hold, in: transaction)
    }
  }

  /// Ends a hold; each of its uses makes `movement`.
  static func resolve(
    _ hold: Hold, to state: HoldState, by movement: UseMovement, at instant: Date, in transaction: Transaction
  ) throws {
    try transaction.run(resolve, [.text(hold.orderID), .integer(state.rawValue), .time(instant)])
    try move(hold, movement, returnID: nil, at: instant, in: transaction)
  }

  /// Gives a committed hold's uses back for a return. The hold stays committed.
  static func reverse(_ hold: Hold, returnID: String, at instant: Date, in transaction: Transaction) throws {
    try move(hold, .reverse, returnID: returnID, at: instant, in: transaction)
  }

  /// Remembers that an order was cancelled before its hold came.
  static func leaveTombstone(_ orderID: String, at instant: Date, in transaction: Transaction) throws {
    try transaction.run(insertTombstone, [.text(orderID), .time(instant)])
  }

  private static func move(
    _ hold: Hold, _ movement: UseMovement, returnID: String?, at instant: Date, in transaction: Transaction
  ) throws {
    try UseLedgerStore.enter(movement, ofUsesHeldBy: hold.orderID, returnID: returnID, at: instant, in: transaction)
    try UseCounterStore.move(hold.terms.uses, movement, memberID: hold.terms.memberID, in: transaction)
  }

  private static let takeByID = SQL(
    "campaign.take-hold", "SELECT \(HoldColumns.names) FROM holds WHERE order_id = ?1", locksRow: true)
  private static let insert = SQL(
    "campaign.insert-hold",
    """
    INSERT INTO holds (order_id, state, member_id, store_id, client_id, staff_id, currency_code, occurred_time, create_time)
    VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    """)
  private static let insertTombstone = SQL(
    "campaign.insert-tombstone", "INSERT INTO holds (order_id, state, create_time, resolve_time) VALUES (?1, 4, ?2, ?2)")
  private static let resolve = SQL(
    "campaign.resolve-hold", "UPDATE holds SET state = ?2, resolve_time = ?3 WHERE order_id = ?1 AND state = 1")
}

/// A row of `holds`, without its uses.
private struct HoldColumns {
  static let names = "state, member_id, store_id, client_id, staff_id, currency_code, occurred_time, create_time"

  let state: HoldState
  let memberID: String?
  let storeID: String
  let clientID: String
  let staffID: String
  let currencyCode: String
  let occurredInstant: Date?
  let createInstant: Date

  init(_ row: Row) throws {
    state = try row.storedCase(0)
    memberID = row.optionalText(1)
    // A tombstone knows nothing but its order.
    storeID = row.optionalText(2) ?? ""
    clientID = row.optionalText(3) ?? ""
    staffID = row.optionalText(4) ?? ""
    currencyCode = row.optionalText(5) ?? ""
    occurredInstant = row.optionalTime(6)
    createInstant = row.time(7)
  }

  func hold(orderID: String, uses: [HeldUse]) -> Hold {
    let terms = HoldTerms(
      memberID: memberID, storeID: storeID, clientID: clientID, staffID: staffID, currencyCode: currencyCode, uses: uses)
    return Hold(orderID: orderID, state: state, terms: terms, occurredInstant: occurredInstant, createInstant: createInstant)
  }
}
