internal import Database
internal import Foundation

/// Holds under orders; the lots that they drew are `LotDrawStore`'s.
enum OrderHoldStore {
  /// A hold as `ListHolds` shows it.
  struct Record: Equatable {
    var orderID: String
    var state: OrderHold.State
    var createdAt: Date
    /// What was posted, and what returns have taken and given back of it; all 0 unless it is committed.
    var pointsEarned: Int64
    var pointsSpent: Int64
    var pointsTakenBack: Int64
    var pointsGivenBack: Int64
    /// Principal and bonus together.
    var valueSpent: Int64
    var valueGivenBack: Int64
  }

  /// Says whether the hold is new; false when the order has one, or a tombstone.
  ///
  /// - Parameter record: What its points were decided by, encoded; nil where it earns nothing.
  static func insert(
    _ orderID: String, _ terms: OrderHold.Terms, record: [UInt8]?, at instant: Date, _ transaction: Transaction
  ) throws -> Bool {
    try transaction.run(
      insertHold,
      [
        .text(orderID), .text(terms.memberID), .text(terms.storeID), .text(terms.clientID), .text(terms.staffID),
        .text(terms.currencyCode), .integer(terms.spendPoints), .integer(terms.spendMinorUnits), .integer(terms.ruleVersion),
        .integer(terms.earnPoints), .integer(terms.growthValue), .optional(terms.occurredAt), .time(instant),
        .optional(record),
      ]) == 1
  }

  /// Says whether the tombstone is new; false when the order has a hold, or one already.
  static func insertTombstone(_ orderID: String, at instant: Date, _ transaction: Transaction) throws -> Bool {
    try transaction.run(insertTombstone, [.text(orderID), .time(instant)]) == 1
  }

  static func find(_ orderID: String, _ reader: some Queryable) throws -> OrderHold? {
    try reader.first(findHold, [.text(orderID)], OrderHold.init(row:))
  }

  /// What the order's points were decided by; nil where it earned nothing, or is older than records.
  static func earnRecord(of orderID: String, _ reader: some Queryable) throws -> [UInt8]? {
    try reader.first(findEarnRecord, [.text(orderID)]) { $0.optionalBlob(0) } ?? nil
  }

  /// held → committed or cancelled, once: nil when the order is not held.
  static func resolve(
    _ orderID: String, as state: OrderHold.State, at instant: Date, _ transaction: Transaction
  ) throws -> OrderHold? {
    try transaction.first(resolveHold, [.text(orderID), .text(state.rawValue), .time(instant)], OrderHold.init(row:))
  }

  /// The day on which the caps count what the order earns.
  static func setCapDay(_ day: Int64, of orderID: String, _ transaction: Transaction) throws {
    try transaction.run(setCapDay, [.text(orderID), .integer(day)])
  }

  static func setPreviousTier(_ code: String, of orderID: String, _ transaction: Transaction) throws {
    try transaction.run(setPreviousTier, [.text(orderID), .text(code)])
  }

  /// Books what a return takes and gives; the schema's checks hold the sums to what is recorded.
  static func addReversal(
    taken: Int64, given: Int64, growth: Int64, to orderID: String, _ transaction: Transaction
  ) throws {
    try transaction.run(addReversal, [.text(orderID), .integer(taken), .integer(given), .integer(growth)])
  }

  /// The whole order has come back: it is no visit any more.
  static func markReturned(_ orderID: String, _ transaction: Transaction) throws {
    try transaction.run(markReturned, [.text(orderID)])
  }

  static func list(after orderID: String, limit: Int, _ reader: some Queryable) throws -> [Record] {
    try reader.all(listHolds, [.text(orderID), .integer(limit)]) { row in
      guard let state = OrderHold.State(rawValue: row.text(1)) else { throw LedgerFault("a hold has no known state") }
      let isPosted = state == .committed
      return Record(
        orderID: row.text(0), state: state, createdAt: row.time(2), pointsEarned: isPosted ? row.int64(3) : 0,
        pointsSpent: isPosted ? row.int64(4) : 0, pointsTakenBack: row.int64(5), pointsGivenBack: row.int64(6),
        valueSpent: isPosted ? row.int64(7) : 0, valueGivenBack: row.int64(8))
    }
  }

  private static let columns =
    """
    order_id, state, member_id, store_id, client_id, staff_id, currency_code, spend_points, spend_minor_units, rule_version,
    earn_points, growth_value, occurred_at, created_at, resolved_at, previous_tier_code, points_taken_back, points_given_back,
    growth_taken_back, cap_day
    """

  private static let insertHold = SQL(
    "loyalty.insert-hold",
    """
    INSERT INTO order_hold (order_id, state, member_id, store_id, client_id, staff_id, currency_code, spend_points,
      spend_minor_units, rule_version, earn_points, growth_value, occurred_at, created_at, earn_record)
    VALUES (?1, 'held', ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
    ON CONFLICT (order_id) DO NOTHING
    """)

  private static let insertTombstone = SQL(
    "loyalty.insert-tombstone",
    """
    INSERT INTO order_hold (order_id, state, created_at, resolved_at) VALUES (?1, 'tombstone', ?2, ?2)
    ON CONFLICT (order_id) DO NOTHING
    """)

  private static let findHold = SQL("loyalty.find-hold", "SELECT \(columns) FROM order_hold WHERE order_id = ?1")

  private static let findEarnRecord = SQL("loyalty.find-earn-record", "SELECT earn_record FROM order_hold WHERE order_id = ?1")

  private static let resolveHold = SQL(
    "loyalty.resolve-hold",
    """
    UPDATE order_hold SET state = ?2, resolved_at = ?3 WHERE order_id = ?1 AND state = 'held'
    RETURNING \(columns)
    """)

  private static let setCapDay = SQL("loyalty.set-cap-day", "UPDATE order_hold SET cap_day = ?2 WHERE order_id = ?1")

  private static let setPreviousTier = SQL(
    "loyalty.set-previous-tier", "UPDATE order_hold SET previous_tier_code = ?2 WHERE order_id = ?1")

  private static let addReversal = SQL(
    "loyalty.add-reversal-to-hold",
    """
    UPDATE order_hold SET points_taken_back = points_taken_back + ?2, points_given_back = points_given_back + ?3,
      growth_taken_back = growth_taken_back + ?4
    WHERE order_id = ?1
    """)

  private static let markReturned = SQL("loyalty.mark-returned", "UPDATE order_hold SET returned = 1 WHERE order_id = ?1")

  private static let listHolds = SQL(
    "loyalty.list-holds",
    """
    SELECT order_id, state, created_at, earn_points, spend_points, points_taken_back, points_given_back,
      (SELECT coalesce(sum(principal + bonus), 0) FROM value_hold WHERE value_hold.order_id = order_hold.order_id),
      (SELECT coalesce(sum(principal_given_back + bonus_given_back), 0) FROM value_hold WHERE value_hold.order_id = order_hold.order_id)
    FROM order_hold WHERE order_id > ?1 ORDER BY order_id LIMIT ?2
    """)
}

extension OrderHold {
  fileprivate init(row: Row) throws {
    guard let state = State(rawValue: row.text(1)) else { throw LedgerFault("a hold has no known state") }
    self.init(
      orderID: row.text(0), state: state,
      terms: Terms(
        memberID: row.text(2), storeID: row.text(3), clientID: row.text(4), staffID: row.text(5), currencyCode: row.text(6),
        spendPoints: row.int64(7), spendMinorUnits: row.int64(8), ruleVersion: row.int64(9), earnPoints: row.int64(10),
        growthValue: row.int64(11), occurredAt: row.optionalTime(12)),
      createdAt: row.time(13), resolvedAt: row.optionalTime(14), previousTierCode: row.text(15), capDay: row.optionalInt64(19),
      pointsTakenBack: row.int64(16), pointsGivenBack: row.int64(17), growthTakenBack: row.int64(18))
  }
}
