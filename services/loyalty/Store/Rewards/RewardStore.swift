internal import Database
internal import Foundation

/// Published versions of rewards.
enum RewardStore {
  static func inForce(_ code: String, _ reader: some Queryable) throws -> Reward? {
    try reader.first(rewardInForce, [.text(code)], Reward.init(row:)).map { try withTiers($0, reader) }
  }

  static func find(_ code: String, version: Int64, _ reader: some Queryable) throws -> Reward? {
    try reader.first(findReward, [.text(code), .integer(version)], Reward.init(row:)).map { try withTiers($0, reader) }
  }

  /// Those in force, by code.
  static func list(after code: String, limit: Int, _ reader: some Queryable) throws -> [Reward] {
    try reader.all(rewardsInForce, [.text(code), .integer(limit)], Reward.init(row:)).map { try withTiers($0, reader) }
  }

  /// With its version.
  static func publish(_ reward: Reward, _ transaction: Transaction) throws -> Reward {
    let before = try transaction.first(rewardInForce, [.text(reward.code)], Reward.init(row:))
    var published = reward
    published.version = (before?.version ?? 0) + 1
    try transaction.run(
      insertReward,
      [
        .text(reward.code), .integer(published.version), .text(reward.name), .text(reward.kind.rawValue), .text(reward.item),
        .integer(reward.points), .integer(reward.cash), .text(reward.currencyCode), .integer(reward.limits.member),
        .integer(reward.limits.day), .integer(reward.limits.month), .integer(reward.limits.total), .text(reward.timeZoneIdentifier),
        .text(reward.firstDay?.text ?? ""), .text(reward.lastDay?.text ?? ""), .integer(reward.holdSeconds), .time(reward.publishedAt),
      ])
    for tierCode in reward.tierCodes {
      try transaction.run(insertTier, [.text(reward.code), .integer(published.version), .text(tierCode)])
    }
    return published
  }

  /// The zones of all versions, which a start must know.
  static func timeZones(_ reader: some Queryable) throws -> [String] { try reader.all(everyTimeZone, []) { $0.text(0) } }

  private static func withTiers(_ reward: Reward, _ reader: some Queryable) throws -> Reward {
    var reward = reward
    reward.tierCodes = try reader.all(tiersOfReward, [.text(reward.code), .integer(reward.version)]) { $0.text(0) }
    return reward
  }

  private static let columns =
    """
    code, version, name, kind, item, points, cash, currency_code, member_limit, day_limit, month_limit, total_limit, time_zone, first_day,
    last_day, hold_seconds, published_at
    """

  private static let rewardInForce = SQL(
    "loyalty.reward-in-force", "SELECT \(columns) FROM reward_version WHERE code = ?1 ORDER BY version DESC LIMIT 1")

  private static let findReward = SQL(
    "loyalty.find-reward", "SELECT \(columns) FROM reward_version WHERE code = ?1 AND version = ?2")

  private static let rewardsInForce = SQL(
    "loyalty.rewards-in-force",
    """
    SELECT \(columns) FROM reward_version AS reward
    WHERE code > ?1 AND NOT EXISTS (
      SELECT 1 FROM reward_version AS later WHERE later.code = reward.code AND later.version > reward.version)
    ORDER BY code LIMIT ?2
    """)

  private static let insertReward = SQL(
    "loyalty.insert-reward",
    """
    INSERT INTO reward_version (\(columns))
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
    """)

  private static let tiersOfReward = SQL(
    "loyalty.reward-tiers", "SELECT tier_code FROM reward_version_tier WHERE code = ?1 AND version = ?2 ORDER BY tier_code")

  private static let insertTier = SQL(
    "loyalty.insert-reward-tier", "INSERT INTO reward_version_tier (code, version, tier_code) VALUES (?1, ?2, ?3)")

  private static let everyTimeZone = SQL(
    "loyalty.reward-time-zones", "SELECT DISTINCT time_zone FROM reward_version ORDER BY time_zone")
}

extension Reward {
  fileprivate init(row: Row) throws {
    guard let kind = Kind(rawValue: row.text(3)) else { throw LedgerFault("a reward has no known kind") }
    self.init(
      code: row.text(0), version: row.int64(1), name: row.text(2), kind: kind, item: row.text(4), points: row.int64(5), cash: row.int64(6),
      currencyCode: row.text(7), tierCodes: [],
      limits: Limits(member: row.int64(8), day: row.int64(9), month: row.int64(10), total: row.int64(11)), timeZoneIdentifier: row.text(12),
      firstDay: CivilDay(row.text(13)), lastDay: CivilDay(row.text(14)), holdSeconds: row.int64(15), publishedAt: row.time(16))
  }
}

extension CivilDay {
  /// As a column keeps it: 2027-1-31.
  fileprivate var text: String { "\(year)-\(month)-\(day)" }

  /// Nil for the empty text.
  fileprivate init?(_ text: String) {
    let parts = text.split(separator: "-").compactMap { Int($0) }
    guard parts.count == 3 else { return nil }
    self.init(year: parts[0], month: parts[1], day: parts[2])
  }
}
