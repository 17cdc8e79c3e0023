internal import Database
internal import Foundation

/// Boards: who wants to stand on them, and what each has, summed by period and store, so that a board is read off an index and no read adds
/// up orders.
enum LeaderboardStore {
  static func find(_ memberID: String, _ reader: some Queryable) throws -> BoardMember? {
    try reader.first(findMember, [.text(memberID)]) { row in
      BoardMember(memberID: memberID, boardID: row.text(0), alias: row.text(1), joinedAt: row.time(2), countedFrom: row.time(3))
    }
  }

  static func insert(_ member: BoardMember, _ transaction: Transaction) throws {
    try transaction.run(
      insertMember,
      [.text(member.memberID), .text(member.boardID), .text(member.alias), .time(member.joinedAt), .time(member.countedFrom)])
  }

  static func set(alias: String, of memberID: String, _ transaction: Transaction) throws {
    try transaction.run(setAlias, [.text(memberID), .text(alias)])
  }

  static func remove(_ memberID: String, _ transaction: Transaction) throws {
    try transaction.run(deleteSums, [.text(memberID)])
    try transaction.run(deleteMember, [.text(memberID)])
  }

  /// The zone of all boards; nil before the first member joined.
  static func timeZone(_ reader: some Queryable) throws -> String? {
    try reader.first(findZone, []) { $0.text(0) }
  }

  static func setTimeZone(_ identifier: String, _ transaction: Transaction) throws {
    try transaction.run(insertZone, [.text(identifier)])
  }

  /// On each board that the order is on: of four periods, of all stores and of its own.
  static func add(
    _ change: BoardChange, of member: BoardMember, reachedAt instant: Date, _ calendar: ProgramCalendar, _ transaction: Transaction
  ) throws {
    for period in BoardPeriod.allCases {
      let span = period.span(at: change.orderAt, calendar)
      for storeID in Set(["", change.storeID]).sorted() {
        try transaction.run(
          addSum,
          [
            .text(member.memberID), .text(period.rawValue), .time(span.lowerBound), .time(span.upperBound), .text(storeID),
            .text(member.boardID), .integer(change.points), .integer(change.growthValue), .time(instant),
          ])
      }
    }
  }

  /// The orders of a member since `start`, as returns have left them, in the order of their times.
  static func orders(of memberID: String, since start: Date, _ reader: some Queryable) throws -> [BoardChange] {
    try reader.all(listOrders, [.text(memberID), .time(start)]) { row in
      BoardChange(orderAt: row.time(0), storeID: row.text(1), points: row.int64(2), growthValue: row.int64(3))
    }
  }

  /// The first `limit` of a board.
  static func top(
    _ period: BoardPeriod, from start: Date, storeID: String, by measure: BoardMeasure, limit: Int, _ reader: some Queryable
  ) throws -> [BoardRow] {
    BoardRow.ranked(
      try reader.all(
        measure == .points ? topByPoints : topByGrowth, [.text(period.rawValue), .time(start), .text(storeID), .integer(limit)]
      ) { row in
        BoardRow(rank: 0, boardID: row.text(0), alias: row.text(1), value: row.int64(2), reachedAt: row.time(3))
      })
  }

  /// A member's own place: what is counted is one range of the board's index.
  static func row(
    of member: BoardMember, _ period: BoardPeriod, from start: Date, storeID: String, by measure: BoardMeasure, _ reader: some Queryable
  ) throws -> BoardRow? {
    let key: [SQLValue] = [.text(member.memberID), .text(period.rawValue), .time(start), .text(storeID)]
    let found = try reader.first(findSum, key) { row in
      measure == .points ? (value: row.int64(0), at: row.time(2)) : (value: row.int64(1), at: row.time(3))
    }
    guard let found, found.value > 0 else { return nil }
    let higher = try reader.first(
      measure == .points ? countHigherPoints : countHigherGrowth,
      [.text(period.rawValue), .time(start), .text(storeID), .integer(found.value)]
    ) { $0.int64(0) }
    return BoardRow(rank: (higher ?? 0) + 1, boardID: member.boardID, alias: member.alias, value: found.value, reachedAt: found.at)
  }

  // MARK: SQL

  private static let findMember = SQL(
    "loyalty.find-leaderboard-member",
    "SELECT board_id, alias, joined_at, counted_from FROM leaderboard_member WHERE member_id = ?1")

  private static let insertMember = SQL(
    "loyalty.insert-leaderboard-member",
    "INSERT INTO leaderboard_member (member_id, board_id, alias, joined_at, counted_from) VALUES (?1, ?2, ?3, ?4, ?5)")

  private static let setAlias = SQL(
    "loyalty.set-leaderboard-alias", "UPDATE leaderboard_member SET alias = ?2 WHERE member_id = ?1")

  private static let deleteMember = SQL("loyalty.delete-leaderboard-member", "DELETE FROM leaderboard_member WHERE member_id = ?1")
  private static let deleteSums = SQL("loyalty.delete-leaderboard-sums", "DELETE FROM leaderboard_sum WHERE member_id = ?1")

  private static let findZone = SQL("loyalty.find-leaderboard-zone", "SELECT time_zone FROM leaderboard_zone WHERE id = 1")
  private static let insertZone = SQL("loyalty.insert-leaderboard-zone", "INSERT INTO leaderboard_zone (id, time_zone) VALUES (1, ?1)")

  private static let addSum = SQL(
    "loyalty.add-to-leaderboard",
    """
    INSERT INTO leaderboard_sum (member_id, period, starts_at, ends_at, store_id, board_id, points, growth_value, points_at, growth_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)
    ON CONFLICT (member_id, period, starts_at, store_id) DO UPDATE SET
      points = leaderboard_sum.points + ?7, growth_value = leaderboard_sum.growth_value + ?8,
      points_at = CASE WHEN CAST(?7 AS BIGINT) = 0 THEN leaderboard_sum.points_at ELSE CAST(?9 AS BIGINT) END,
      growth_at = CASE WHEN CAST(?8 AS BIGINT) = 0 THEN leaderboard_sum.growth_at ELSE CAST(?9 AS BIGINT) END
    """)

  private static let listOrders = SQL(
    "loyalty.orders-for-leaderboards",
    """
    SELECT resolved_at, store_id, earn_points - points_taken_back, growth_value - growth_taken_back
    FROM order_hold
    WHERE member_id = ?1 AND state = 'committed' AND resolved_at >= ?2 AND (earn_points > 0 OR growth_value > 0)
    ORDER BY resolved_at, order_id
    """)

  private static let findSum = SQL(
    "loyalty.find-leaderboard-sum",
    """
    SELECT points, growth_value, points_at, growth_at FROM leaderboard_sum
    WHERE member_id = ?1 AND period = ?2 AND starts_at = ?3 AND store_id = ?4
    """)

  private static let topByPoints = SQL(
    "loyalty.leaderboard-by-points",
    """
    SELECT board.board_id, joined.alias, board.points, board.points_at
    FROM leaderboard_sum AS board JOIN leaderboard_member AS joined ON joined.member_id = board.member_id
    WHERE board.period = ?1 AND board.starts_at = ?2 AND board.store_id = ?3 AND board.points > 0
    ORDER BY board.points DESC, board.points_at, board.board_id LIMIT ?4
    """)

  private static let topByGrowth = SQL(
    "loyalty.leaderboard-by-growth",
    """
    SELECT board.board_id, joined.alias, board.growth_value, board.growth_at
    FROM leaderboard_sum AS board JOIN leaderboard_member AS joined ON joined.member_id = board.member_id
    WHERE board.period = ?1 AND board.starts_at = ?2 AND board.store_id = ?3 AND board.growth_value > 0
    ORDER BY board.growth_value DESC, board.growth_at, board.board_id LIMIT ?4
    """)

  private static let countHigherPoints = SQL(
    "loyalty.count-higher-points",
    """
    SELECT count(*) FROM leaderboard_sum WHERE period = ?1 AND starts_at = ?2 AND store_id = ?3 AND points > 0 AND points > ?4
    """)

  private static let countHigherGrowth = SQL(
    "loyalty.count-higher-growth",
    """
    SELECT count(*) FROM leaderboard_sum
    WHERE period = ?1 AND starts_at = ?2 AND store_id = ?3 AND growth_value > 0 AND growth_value > ?4
    """)
}
