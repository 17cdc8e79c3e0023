import Database
import Foundation

/// Promotions and coupon templates as they stand: the current version of each, its state, its limits and its counters.
enum RuleStore {
  /// Publishes the first version, or the next one of a rule that stands, and puts it in force.
  ///
  /// - Throws: `CampaignRefusal` when `next` names a rule that does not stand.
  static func publish(
    _ terms: RuleTerms, kind: RuleKind, id: String, isNew: Bool, by publisher: Publisher, at instant: Date, in transaction: Transaction
  ) throws -> Rule {
    let values: [SQLValue] = [
      .text(id), .integer(kind.rawValue), .optional(terms.conditions.period.closeInstant), .optional(terms.conditions.totalLimit),
      .optional(terms.conditions.memberLimit),
    ]
    guard let version = try transaction.first(isNew ? insert : update, values, { $0.int64(0) }) else {
      throw CampaignRefusal.unknown(kind)
    }
    let rule = Rule(id: id, kind: kind, version: version, terms: terms)
    try RuleVersionStore.insert(rule, by: publisher, at: instant, in: transaction)
    return rule
  }

  /// Takes a published rule out of force. False when it was stopped before.
  static func stop(_ id: String, kind: RuleKind, in transaction: Transaction) throws -> Bool {
    try transaction.run(stop, [.text(id), .integer(kind.rawValue)]) == 1
  }

  static func find(_ id: String, kind: RuleKind, in source: some Queryable) throws -> PublishedRule? {
    try source.first(byID, [.text(id), .integer(kind.rawValue)], Standing.init)?.published(in: source)
  }

  /// The rule, which nobody else changes until this write has ended.
  static func take(_ id: String, kind: RuleKind, in transaction: Transaction) throws -> PublishedRule? {
    try transaction.first(takeByID, [.text(id), .integer(kind.rawValue)], Standing.init)?.published(in: transaction)
  }

  /// In ascending order of ids, which is the order of their first publication.
  static func list(_ kind: RuleKind, after id: String, limit: Int, in source: some Queryable) throws -> [PublishedRule] {
    let standings = try source.all(page, [.integer(kind.rawValue), .text(id), .integer(limit)], Standing.init)
    return try standings.map { try $0.published(in: source) }
  }

  /// How many promotions other than `id` are published and not over: what every basket is evaluated against.
  static func openPromotions(besides id: String, at instant: Date, in source: some Queryable) throws -> Int {
    try source.first(countOpen, [.time(instant), .text(id)]) { $0.int(0) } ?? 0
  }

  static func isOpenPromotion(_ id: String, at instant: Date, in source: some Queryable) throws -> Bool {
    try source.exists(openByID, [.text(id), .time(instant)])
  }

  /// Takes a promotion that was open a moment ago.
  ///
  /// - Throws: `DatabaseError.busy` when it is so no longer: tried again, the same request counts what is open.
  static func takeOpenPromotion(_ id: String, at instant: Date, in transaction: Transaction) throws {
    guard try transaction.exists(takeOpenByID, [.text(id), .time(instant)]) else { throw DatabaseError.busy(sql: takeOpenByID.name) }
  }

  private static let insert = SQL(
    "campaign.insert-rule",
    """
    INSERT INTO rules (rule_id, kind, state, current_version, close_time, total_limit, member_limit)
    VALUES (?1, ?2, 1, 1, ?3, ?4, ?5) RETURNING current_version
    """)
  private static let update = SQL(
    "campaign.publish-next-version",
    """
    UPDATE rules SET state = 1, current_version = current_version + 1, close_time = ?3, total_limit = ?4, member_limit = ?5
    WHERE rule_id = ?1 AND kind = ?2 RETURNING current_version
    """)
  private static let stop = SQL(
    "campaign.stop-rule", "UPDATE rules SET state = 2 WHERE rule_id = ?1 AND kind = ?2 AND state = 1")
  private static let byID = SQL(
    "campaign.find-rule", "SELECT \(Standing.columns) FROM rules WHERE rule_id = ?1 AND kind = ?2")
  private static let takeByID = SQL(
    "campaign.take-rule", "SELECT \(Standing.columns) FROM rules WHERE rule_id = ?1 AND kind = ?2", locksRow: true)
  private static let page = SQL(
    "campaign.list-rules",
    "SELECT \(Standing.columns) FROM rules WHERE kind = ?1 AND rule_id > ?2 ORDER BY rule_id LIMIT ?3")
  private static let countOpen = SQL(
    "campaign.count-open-promotions",
    """
    SELECT COUNT(*) FROM rules
    WHERE kind = 1 AND state = 1 AND COALESCE(close_time, 9223372036854775807) > ?1 AND rule_id <> ?2
    """)
  private static let openText = """
    SELECT 1 FROM rules WHERE rule_id = ?1 AND kind = 1 AND state = 1 AND COALESCE(close_time, 9223372036854775807) > ?2
    """
  private static let openByID = SQL("campaign.is-promotion-open", openText)
  private static let takeOpenByID = SQL("campaign.take-open-promotion", openText, locksRow: true)
}

/// A row of `rules`: which version is current, and how it is used.
struct Standing: Sendable, Hashable {
  static let columns = "rule_id, kind, state, current_version, held, used"

  let ruleID: String
  let kind: RuleKind
  let state: RuleState
  let version: Int64
  let uses: UseCount

  init(_ row: Row) throws {
    ruleID = row.text(0)
    kind = try row.storedCase(1)
    state = try row.storedCase(2)
    version = row.int64(3)
    uses = row.useCount(4)
  }

  func published(in source: some Queryable) throws -> PublishedRule {
    let stored = try RuleVersionStore.find(ruleID, version: version, kind: kind, in: source)
    return PublishedRule(rule: stored.rule, state: state, uses: uses, publishInstant: stored.publishInstant)
  }
}
