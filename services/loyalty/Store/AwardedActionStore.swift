internal import Database
internal import Foundation

/// What members did that earned points without an order: once each, under the business's own name of it.
enum AwardedActionStore {
  struct Awarded: Equatable {
    var action: EarnAction
    var actionID: String
    var memberID: String
    var entryID: String
    var ruleVersion: Int64
    var points: Int64
    /// A day number of the rule's zone.
    var day: Int64
    /// The day on which the caps count it; nil where the rule has none.
    var capDay: Int64?
  }

  static func find(_ action: EarnAction, _ actionID: String, _ reader: some Queryable) throws -> Awarded? {
    try reader.first(findAwarded, [.text(action.rawValue), .text(actionID)]) { row in
      Awarded(
        action: action, actionID: actionID, memberID: row.text(0), entryID: row.text(1), ruleVersion: row.int64(2), points: row.int64(3),
        day: row.int64(4), capDay: row.optionalInt64(5))
    }
  }

  static func insert(_ awarded: Awarded, at instant: Date, _ transaction: Transaction) throws {
    try transaction.run(
      insertAwarded,
      [
        .text(awarded.action.rawValue), .text(awarded.actionID), .text(awarded.memberID), .text(awarded.entryID),
        .integer(awarded.ruleVersion), .integer(awarded.points), .integer(awarded.day), .optional(awarded.capDay), .time(instant),
      ])
  }

  static func count(
    _ action: EarnAction, of memberID: String, on day: Int64, _ transaction: Transaction
  ) throws -> EarnActionRule.Count {
    let month = ProgramCalendar.monthNumber(ofDay: day)
    let arguments: [SQLValue] = [.text(memberID), .text(action.rawValue), .integer(day), .integer(month)]
    let count = try transaction.first(countAwarded, arguments) { row in
      EarnActionRule.Count(today: row.int64(0), thisMonth: row.int64(1), ever: row.int64(2))
    }
    return count ?? EarnActionRule.Count(today: 0, thisMonth: 0, ever: 0)
  }

  private static let findAwarded = SQL(
    "loyalty.find-awarded-action",
    """
    SELECT member_id, entry_id, rule_version, points, day, cap_day FROM awarded_action WHERE action = ?1 AND action_id = ?2
    """)

  private static let insertAwarded = SQL(
    "loyalty.insert-awarded-action",
    """
    INSERT INTO awarded_action (action, action_id, member_id, entry_id, rule_version, points, day, cap_day, awarded_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
    """)

  // Of one member and one action: an index of what it did.
  private static let countAwarded = SQL(
    "loyalty.count-awarded-actions",
    """
    SELECT coalesce(sum(CASE WHEN day = ?3 THEN 1 ELSE 0 END), 0), coalesce(sum(CASE WHEN day / 31 = ?4 THEN 1 ELSE 0 END), 0), count(*)
    FROM awarded_action WHERE member_id = ?1 AND action = ?2
    """)
}
