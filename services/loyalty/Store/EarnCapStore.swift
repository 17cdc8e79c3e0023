internal import Database
internal import Foundation

/// What members have earned towards caps: one row a member, made when a rule with such a cap first promises them something.
enum EarnCapStore {
  /// What the caps of a rule leave a member. Nothing is asked for a rule without caps of the member.
  static func room(of memberID: String, by rule: EarnRule, at instant: Date, _ reader: some Queryable) throws -> Int64 {
    guard rule.caps.concernMember else { return .max }
    let use = try reader.first(findUse, [.text(memberID)]) { row in
      EarnCapUse(day: row.int64(0), dayPoints: row.int64(1), monthPoints: row.int64(2), memberPoints: row.int64(3))
    }
    return rule.caps.room(after: use ?? EarnCapUse(), on: rule.calendar.dayNumber(of: instant))
  }

  /// Sets points aside, and returns the day on which they count; nil where the caps leave fewer. A write whose instant was taken before
  /// another's counts on the other's day when that is later.
  static func reserve(
    _ points: Int64, of memberID: String, by rule: EarnRule, at instant: Date, _ transaction: Transaction
  ) throws -> Int64? {
    let (caps, day) = (rule.caps, rule.calendar.dayNumber(of: instant))
    // What the row that is made anew would hold is checked here, what stands is checked by the statement.
    guard points <= caps.room(after: EarnCapUse(), on: day) else { return nil }
    let arguments: [SQLValue] = [
      .text(memberID), .integer(day), .integer(points), .integer(ProgramCalendar.monthNumber(ofDay: day)), .integer(caps.day ?? .max),
      .integer(caps.month ?? .max), .integer(caps.member ?? .max),
    ]
    return try transaction.first(reserveRoom, arguments) { $0.int64(0) }
  }

  /// Gives back what is not earned after all: by a cancel, or by a return. A day and a month that are over need nothing.
  static func giveBack(_ points: Int64, of memberID: String, countedOn day: Int64, _ transaction: Transaction) throws {
    guard points > 0 else { return }
    let rows = try transaction.run(
      giveRoomBack, [.text(memberID), .integer(day), .integer(points), .integer(ProgramCalendar.monthNumber(ofDay: day))])
    guard rows == 1 else { throw LedgerFault("what a member earned towards caps is gone") }
  }

  private static let findUse = SQL(
    "loyalty.find-cap-use", "SELECT day, day_points, month_points, member_points FROM earn_cap_use WHERE member_id = ?1")

  // What counts already on the later of both days.
  private static let dayPoints = "CASE WHEN earn_cap_use.day < ?2 THEN 0 ELSE earn_cap_use.day_points END"
  private static let monthPoints = "CASE WHEN earn_cap_use.day / 31 < ?4 THEN 0 ELSE earn_cap_use.month_points END"

  private static let reserveRoom = SQL(
    "loyalty.reserve-cap-room",
    """
    INSERT INTO earn_cap_use (member_id, day, day_points, month_points, member_points) VALUES (?1, ?2, ?3, ?3, ?3)
    ON CONFLICT (member_id) DO UPDATE SET
      day_points = \(dayPoints) + ?3, month_points = \(monthPoints) + ?3, member_points = earn_cap_use.member_points + ?3,
      day = CASE WHEN earn_cap_use.day < ?2 THEN ?2 ELSE earn_cap_use.day END
    WHERE \(dayPoints) + ?3 <= ?5 AND \(monthPoints) + ?3 <= ?6 AND earn_cap_use.member_points + ?3 <= ?7
    RETURNING day
    """)

  private static let giveRoomBack = SQL(
    "loyalty.give-cap-room-back",
    """
    UPDATE earn_cap_use SET
      day_points = day_points - CASE WHEN day = ?2 THEN CAST(?3 AS BIGINT) ELSE 0 END,
      month_points = month_points - CASE WHEN day / 31 = ?4 THEN CAST(?3 AS BIGINT) ELSE 0 END,
      member_points = member_points - CAST(?3 AS BIGINT)
    WHERE member_id = ?1
    """)
}
