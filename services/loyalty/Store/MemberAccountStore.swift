internal import Database
internal import Foundation

/// Members' rows.
enum MemberAccountStore {
  /// What a write adds to a member's row.
  struct Change: Equatable {
    var points: Int64 = 0
    var held: Int64 = 0
    var debt: Int64 = 0
    var lifetimeEarned: Int64 = 0
    var lifetimeSpent: Int64 = 0
    var transactions: Int64 = 0
    /// Of an order that is committed; nil for none.
    var orderAt: Date?
  }

  static func find(_ memberID: String, _ reader: some Queryable) throws -> MemberAccount? {
    try reader.first(findAccount, [.text(memberID)], MemberAccount.init(row:))
  }

  /// Takes the member's row for this write, making it when there is none. First in every write of a member, so that writes of
  /// one member are serial on any engine.
  static func take(_ memberID: String, lowestTierCode: String, _ transaction: Transaction) throws -> MemberAccount {
    let account = try transaction.first(takeAccount, [.text(memberID), .text(lowestTierCode)], MemberAccount.init(row:))
    guard let account else { throw LedgerFault("a member's row was not made") }
    return account
  }

  static func apply(_ change: Change, to memberID: String, announcing tierCode: String, _ transaction: Transaction) throws {
    let rows = try transaction.run(
      applyChange,
      [
        .text(memberID), .integer(change.points), .integer(change.held), .integer(change.debt), .integer(change.lifetimeEarned),
        .integer(change.lifetimeSpent), .integer(change.transactions), .text(tierCode),
        .optional(change.orderAt),
      ])
    guard rows == 1 else { throw LedgerFault("a member's row is gone") }
  }

  static func countGrant(of memberID: String, _ transaction: Transaction) throws {
    guard try transaction.run(addGrant, [.text(memberID)]) == 1 else { throw LedgerFault("a member's row is gone") }
  }

  static func set(onLeaderboards: Bool, _ memberID: String, _ transaction: Transaction) throws {
    guard try transaction.run(setOnLeaderboards, [.text(memberID), .bool(onLeaderboards)]) == 1 else {
      throw LedgerFault("a member's row is gone")
    }
  }

  /// Sets points aside if that many are spendable; says whether they were.
  static func hold(_ points: Int64, of memberID: String, at instant: Date, _ transaction: Transaction) throws -> Bool {
    try transaction.run(holdPoints, [.text(memberID), .time(instant), .integer(points)]) == 1
  }

  /// Takes points out if that many are spendable; says whether they were.
  static func take(_ points: Int64, of memberID: String, at instant: Date, _ transaction: Transaction) throws -> Bool {
    try transaction.run(takePoints, [.text(memberID), .time(instant), .integer(points)]) == 1
  }

  /// The points that are not spendable at `instant` although they lie in lots: past their expiry, and not active yet.
  static func unspendable(
    _ memberID: String, at instant: Date, _ reader: some Queryable
  ) throws -> (lapsed: Int64, pending: Int64) {
    let sums = try reader.first(unspendableSums, [.text(memberID), .time(instant)]) { (lapsed: $0.int64(0), pending: $0.int64(1)) }
    return sums ?? (0, 0)
  }

  /// The next members in the order of their ids, and when the first line of each one's statement was written.
  static func members(
    after memberID: String, limit: Int, _ reader: some Queryable
  ) throws -> [(memberID: String, firstLine: Date?)] {
    try reader.all(nextMembers, [.text(memberID), .integer(limit)]) { (memberID: $0.text(0), firstLine: $0.optionalTime(1)) }
  }

  private static let columns =
    "member_id, points, held, debt, lifetime_earned, lifetime_spent, last_number, announced_tier_code, last_order_at, tier_grants, on_leaderboards"

  // What lies in lots and may not be spent at ?2. Each sum reads only the few lots at its end of an index.
  private static let lapsedSum =
    """
    (SELECT coalesce(sum(remaining), 0) FROM lot WHERE member_id = ?1 AND remaining + held > 0 AND expires_at <= ?2)
    """
  private static let pendingSum =
    "(SELECT coalesce(sum(remaining), 0) FROM lot WHERE member_id = ?1 AND remaining > 0 AND activates_at > ?2)"

  private static let findAccount = SQL(
    "loyalty.find-account", "SELECT \(columns) FROM member_account WHERE member_id = ?1")

  private static let nextMembers = SQL(
    "loyalty.next-members",
    """
    SELECT account.member_id, (
      SELECT line.posted_at FROM ledger_transaction AS line WHERE line.member_id = account.member_id AND line.number = 1)
    FROM member_account AS account WHERE account.member_id > ?1 ORDER BY account.member_id LIMIT ?2
    """)

  private static let takeAccount = SQL(
    "loyalty.take-account",
    """
    INSERT INTO member_account (member_id, announced_tier_code) VALUES (?1, ?2)
    ON CONFLICT (member_id) DO UPDATE SET revision = member_account.revision + 1
    RETURNING \(columns)
    """)

  private static let applyChange = SQL(
    "loyalty.apply-change",
    """
    UPDATE member_account SET
      points = points + ?2, held = held + ?3, debt = debt + ?4, lifetime_earned = lifetime_earned + ?5,
      lifetime_spent = lifetime_spent + ?6, last_number = last_number + ?7, announced_tier_code = ?8,
      last_order_at = coalesce(CAST(?9 AS BIGINT), last_order_at)
    WHERE member_id = ?1
    """)

  private static let addGrant = SQL(
    "loyalty.count-tier-grant", "UPDATE member_account SET tier_grants = tier_grants + 1 WHERE member_id = ?1")

  private static let setOnLeaderboards = SQL(
    "loyalty.set-on-leaderboards", "UPDATE member_account SET on_leaderboards = ?2 WHERE member_id = ?1")

  // Decision and effect in one statement: what is spendable is computed where it is taken.
  private static let holdPoints = SQL(
    "loyalty.hold-points",
    """
    UPDATE member_account SET points = points - ?3, held = held + ?3
    WHERE member_id = ?1 AND points - ?3 >= \(lapsedSum) + \(pendingSum)
    """)

  private static let takePoints = SQL(
    "loyalty.take-points",
    """
    UPDATE member_account SET points = points - ?3
    WHERE member_id = ?1 AND points - ?3 >= \(lapsedSum) + \(pendingSum)
    """)

  private static let unspendableSums = SQL("loyalty.unspendable-sums", "SELECT \(lapsedSum), \(pendingSum)")
}

extension MemberAccount {
  fileprivate init(row: Row) {
    self.init(
      memberID: row.text(0), points: row.int64(1), held: row.int64(2), debt: row.int64(3), lifetimeEarned: row.int64(4),
      lifetimeSpent: row.int64(5), lastNumber: row.int64(6), announcedTierCode: row.text(7), lastOrderAt: row.isNull(8) ? nil : row.time(8),
      tierGrants: row.int64(9), isOnLeaderboards: row.bool(10))
  }
}
