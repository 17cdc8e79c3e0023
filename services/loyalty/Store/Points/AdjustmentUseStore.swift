internal import Database

/// What each person gave and took by hand on the last day on which they did: one row a person.
enum AdjustmentUseStore {
  /// Counts the points; false where the day has no room for them, and nothing is counted.
  static func count(_ points: Int64, by actor: AdjustmentActor, on day: Int64, upTo most: Int64, _ transaction: Transaction) throws -> Bool
  {
    try transaction.first(countPoints, [.text(actor.key), .integer(day), .integer(points), .integer(most)]) { $0.int64(0) } != nil
  }

  // What counts already on the later of both days.
  private static let used = "CASE WHEN adjustment_use.day < ?2 THEN 0 ELSE adjustment_use.points END"

  private static let countPoints = SQL(
    "loyalty.count-adjustment-use",
    """
    INSERT INTO adjustment_use (actor, day, points) VALUES (?1, ?2, ?3)
    ON CONFLICT (actor) DO UPDATE SET
      points = \(used) + ?3, day = CASE WHEN adjustment_use.day < ?2 THEN ?2 ELSE adjustment_use.day END
    WHERE \(used) + ?3 <= ?4
    RETURNING points
    """)
}

/// Which member a person of the staff is, where the house has said so.
enum StaffMemberStore {
  static func member(of staffID: String, _ reader: some Queryable) throws -> String? {
    guard !staffID.isEmpty else { return nil }
    return try reader.first(findMember, [.text(staffID)]) { $0.text(0) }
  }

  /// An empty member: none.
  static func link(_ staffID: String, to memberID: String, _ transaction: Transaction) throws {
    try transaction.run(linkMember, [.text(staffID), .text(memberID)])
  }

  private static let findMember = SQL(
    "loyalty.member-of-staff", "SELECT member_id FROM staff_member WHERE staff_id = ?1 AND member_id <> ''")
  private static let linkMember = SQL(
    "loyalty.link-staff-member",
    """
    INSERT INTO staff_member (staff_id, member_id) VALUES (?1, ?2)
    ON CONFLICT (staff_id) DO UPDATE SET member_id = ?2
    """)
}
