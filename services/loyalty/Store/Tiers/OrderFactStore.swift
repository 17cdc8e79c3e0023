internal import Database
internal import Foundation

/// What orders count for tiers. Each statement is answered by one range of one index (order_hold_tier).
enum OrderFactStore {
  /// What a member's orders sum to since `start`; tenure is no matter of orders.
  static func measures(of memberID: String, since start: Date, _ reader: some Queryable) throws -> TierMeasures {
    let measures = try reader.first(sums, [.text(memberID), .time(start)]) { row in
      TierMeasures(growthValue: row.int64(0), visits: row.int64(1), points: row.int64(2))
    }
    return measures ?? TierMeasures()
  }

  /// A member's orders since `start`, in the order of their times.
  static func facts(of memberID: String, since start: Date, _ reader: some Queryable) throws -> OrderFacts {
    OrderFacts(
      try reader.all(rows, [.text(memberID), .time(start)]) { row in
        OrderFact(at: row.time(0), growthValue: row.int64(1), points: row.int64(2), isVisit: !row.bool(3))
      })
  }

  /// The member's first day: of the first line of the statement, or of the first order, which stands in no line where stored value paid for
  /// all of it. Nil for a member with neither.
  static func enrolment(of memberID: String, _ reader: some Queryable) throws -> Date? {
    try reader.first(firstDay, [.text(memberID)]) { $0.optionalTime(0) } ?? nil
  }

  /// The orders of all members after `first` through `last` since `start`, by member, each member's in the order of their times.
  static func facts(
    ofMembersAfter first: String, through last: String, since start: Date, _ reader: some Queryable
  ) throws -> [String: OrderFacts] {
    var found: [String: OrderFacts] = [:]
    var member = ""
    var ofMember: [OrderFact] = []
    try reader.forEach(rowsOfMembers, [.text(first), .text(last), .time(start)]) { row in
      let memberID = row.text(0)
      if memberID != member {
        if !ofMember.isEmpty { found[member] = OrderFacts(ofMember) }
        (member, ofMember) = (memberID, [])
      }
      ofMember.append(OrderFact(at: row.time(1), growthValue: row.int64(2), points: row.int64(3), isVisit: !row.bool(4)))
    }
    if !ofMember.isEmpty { found[member] = OrderFacts(ofMember) }
    return found
  }

  static let sums = SQL(
    "loyalty.tier-measures",
    """
    SELECT coalesce(sum(growth_value - growth_taken_back), 0), coalesce(sum(1 - returned), 0),
      coalesce(sum(earn_points - points_taken_back), 0)
    FROM order_hold WHERE member_id = ?1 AND state = 'committed' AND resolved_at >= ?2
    """)

  static let rows = SQL(
    "loyalty.tier-facts",
    """
    SELECT resolved_at, growth_value - growth_taken_back, earn_points - points_taken_back, returned
    FROM order_hold WHERE member_id = ?1 AND state = 'committed' AND resolved_at >= ?2 ORDER BY resolved_at
    """)

  static let rowsOfMembers = SQL(
    "loyalty.tier-facts-of-members",
    """
    SELECT member_id, resolved_at, growth_value - growth_taken_back, earn_points - points_taken_back, returned
    FROM order_hold WHERE member_id > ?1 AND member_id <= ?2 AND state = 'committed' AND resolved_at >= ?3
    ORDER BY member_id, resolved_at
    """)

  private static let firstDay = SQL(
    "loyalty.first-day",
    """
    SELECT min(earliest.instant) FROM (
      SELECT line.posted_at AS instant FROM ledger_transaction AS line WHERE line.member_id = ?1 AND line.number = 1
      UNION ALL
      SELECT min(hold.resolved_at) AS instant FROM order_hold AS hold WHERE hold.member_id = ?1 AND hold.state = 'committed'
    ) AS earliest
    """)
}
