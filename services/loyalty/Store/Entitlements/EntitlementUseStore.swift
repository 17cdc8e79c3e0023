internal import Database
internal import Foundation

/// Visits, and from which periods they came.
enum EntitlementUseStore {
  static func find(_ useID: String, _ reader: some Queryable) throws -> EntitlementUse? {
    try reader.first(findUse, [.text(useID)], EntitlementUse.init(row:))
  }

  static func insert(_ use: EntitlementUse, drawing draws: [Entitlement.Draw], at instant: Date, _ transaction: Transaction) throws {
    try transaction.run(
      insertUse,
      [
        .text(use.useID), .text(use.entitlementID), .text(use.state.rawValue), .integer(use.uses), .text(use.service), .text(use.storeID),
        .text(use.reference), .integer(use.day), .time(use.heldUntil), .time(instant),
      ])
    for draw in draws {
      try transaction.run(
        insertDraw, [.text(use.useID), .integer(draw.period), .text(use.entitlementID), .integer(draw.uses)])
    }
  }

  static func draws(of useID: String, _ reader: some Queryable) throws -> [Entitlement.Draw] {
    try reader.all(drawsOfUse, [.text(useID)]) { Entitlement.Draw(period: $0.int64(0), uses: $0.int64(1)) }
  }

  static func set(_ state: EntitlementUse.State, of useID: String, _ transaction: Transaction) throws {
    guard try transaction.run(setState, [.text(useID), .text(state.rawValue)]) == 1 else { throw LedgerFault("a use's row is gone") }
  }

  /// Of a day, held and used.
  static func uses(of entitlementID: String, on day: Int64, at instant: Date, _ reader: some Queryable) throws -> Int64 {
    try reader.first(usesOfDay, [.text(entitlementID), .integer(day), .time(instant)]) { $0.int64(0) } ?? 0
  }

  /// Holds that have run out and are not written down as such.
  static func lapsed(of entitlementID: String, at instant: Date, _ reader: some Queryable) throws -> [String] {
    try reader.all(lapsedUses, [.text(entitlementID), .time(instant)]) { $0.text(0) }
  }

  static func lapsedDraws(of entitlementID: String, at instant: Date, _ reader: some Queryable) throws -> [Entitlement.Draw] {
    try reader.all(drawsOfLapsed, [.text(entitlementID), .time(instant)]) {
      Entitlement.Draw(period: $0.int64(0), uses: $0.int64(1))
    }
  }

  private static let findUse = SQL(
    "loyalty.find-entitlement-use",
    """
    SELECT use_id, entitlement_id, state, uses, service, store_id, reference, day, held_until FROM entitlement_use WHERE use_id = ?1
    """)

  private static let insertUse = SQL(
    "loyalty.insert-entitlement-use",
    """
    INSERT INTO entitlement_use (use_id, entitlement_id, state, uses, service, store_id, reference, day, held_until, created_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
    """)

  private static let setState = SQL("loyalty.set-entitlement-use-state", "UPDATE entitlement_use SET state = ?2 WHERE use_id = ?1")

  private static let insertDraw = SQL(
    "loyalty.insert-entitlement-draw", "INSERT INTO entitlement_draw (use_id, number, entitlement_id, uses) VALUES (?1, ?2, ?3, ?4)")

  private static let drawsOfUse = SQL(
    "loyalty.entitlement-draws", "SELECT number, uses FROM entitlement_draw WHERE use_id = ?1 ORDER BY number")

  // In two conditions, each a range of the partial index.
  private static let usesOfDay = SQL(
    "loyalty.entitlement-uses-of-day",
    """
    SELECT coalesce(sum(uses), 0) FROM entitlement_use
    WHERE entitlement_id = ?1 AND day = ?2 AND state IN ('held', 'used') AND (state = 'used' OR held_until > ?3)
    """)

  private static let lapsedUses = SQL(
    "loyalty.lapsed-entitlement-uses",
    "SELECT use_id FROM entitlement_use WHERE entitlement_id = ?1 AND state = 'held' AND held_until <= ?2 ORDER BY use_id")

  private static let drawsOfLapsed = SQL(
    "loyalty.lapsed-entitlement-draws",
    """
    SELECT draw.number, draw.uses FROM entitlement_use AS held JOIN entitlement_draw AS draw ON draw.use_id = held.use_id
    WHERE held.entitlement_id = ?1 AND held.state = 'held' AND held.held_until <= ?2 ORDER BY draw.use_id, draw.number
    """)
}

extension EntitlementUse {
  fileprivate init(row: Row) throws {
    guard let state = State(rawValue: row.text(2)) else { throw LedgerFault("a use has no known state") }
    self.init(
      useID: row.text(0), entitlementID: row.text(1), state: state, uses: row.int64(3), service: row.text(4), storeID: row.text(5),
      reference: row.text(6), day: row.int64(7), heldUntil: row.time(8))
  }
}
