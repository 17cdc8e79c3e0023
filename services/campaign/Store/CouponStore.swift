import Database
import Foundation

enum CouponStore {
  static func insert(_ coupon: Coupon, in transaction: Transaction) throws {
    try transaction.run(
      insert,
      [
        .text(coupon.id), .text(coupon.code.canonical), .text(coupon.templateID), .optional(coupon.memberID),
        .integer(coupon.useLimit), .time(coupon.createInstant),
      ])
  }

  static func find(id: String, in source: some Queryable) throws -> Coupon? {
    try source.first(byID, [.text(id)], decode)
  }

  /// The coupon, which nobody else changes until this write has ended.
  static func take(_ id: String, in transaction: Transaction) throws -> Coupon? {
    try transaction.first(takeByID, [.text(id)], decode)
  }

  static func find(code: CouponCode, in source: some Queryable) throws -> Coupon? {
    try source.first(byCode, [.text(code.canonical)], decode)
  }

  /// A member's coupons, newest first.
  static func list(ofMember memberID: String, before id: String?, limit: Int, in source: some Queryable) throws -> [Coupon] {
    guard let id else { return try source.all(newestOfMember, [.text(memberID), .integer(limit)], decode) }
    return try source.all(olderOfMember, [.text(memberID), .text(id), .integer(limit)], decode)
  }

  /// Those of a member's coupons that a basket could use at `instant`, newest first: after the one before, or from the newest ("").
  static func usable(
    ofMember memberID: String, at instant: Date, before id: String, limit: Int, in source: some Queryable
  ) throws -> [Coupon] {
    try source.all(usableOfMember, [.text(memberID), .text(id), .time(instant), .integer(limit)], decode)
  }

  /// Withdraws a coupon; nil where there is none. What a checkout holds already stays held, and may be committed.
  static func void(_ id: String, in transaction: Transaction) throws -> Coupon? {
    try transaction.first(void, [.text(id)], decode)
  }

  private static func decode(_ row: Row) -> Coupon {
    Coupon(
      id: row.text(0), code: CouponCode(canonical: row.text(1)), templateID: row.text(2), memberID: row.optionalText(3),
      useLimit: row.int64(4), uses: row.useCount(5), isVoid: row.bool(7), createInstant: row.time(8))
  }

  private static let columns = "coupon_id, code, template_id, member_id, use_limit, held, used, is_void, create_time"

  private static let insert = SQL(
    "campaign.insert-coupon",
    """
    INSERT INTO coupons (coupon_id, code, template_id, member_id, use_limit, create_time) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    """)
  private static let byID = SQL("campaign.find-coupon", "SELECT \(columns) FROM coupons WHERE coupon_id = ?1")
  private static let takeByID = SQL(
    "campaign.take-coupon", "SELECT \(columns) FROM coupons WHERE coupon_id = ?1", locksRow: true)
  private static let byCode = SQL("campaign.find-coupon-by-code", "SELECT \(columns) FROM coupons WHERE code = ?1")
  private static let newestOfMember = SQL(
    "campaign.list-coupons-of-member",
    "SELECT \(columns) FROM coupons WHERE member_id = ?1 ORDER BY coupon_id DESC LIMIT ?2")
  private static let olderOfMember = SQL(
    "campaign.list-older-coupons-of-member",
    "SELECT \(columns) FROM coupons WHERE member_id = ?1 AND coupon_id < ?2 ORDER BY coupon_id DESC LIMIT ?3")
  private static let usableOfMember = SQL(
    "campaign.list-usable-coupons-of-member",
    """
    SELECT \(columns) FROM coupons AS coupon
    WHERE member_id = ?1 AND (?2 = '' OR coupon_id < ?2) AND is_void = 0 AND held + used < use_limit
      AND EXISTS (
        SELECT 1 FROM rules AS r JOIN rule_versions AS v ON v.rule_id = r.rule_id AND v.version = r.current_version
          LEFT JOIN rule_member_uses AS m ON m.rule_id = r.rule_id AND m.member_id = coupon.member_id
        WHERE r.rule_id = coupon.template_id AND r.state = 1
          AND (v.open_time IS NULL OR v.open_time <= ?3) AND (v.close_time IS NULL OR v.close_time > ?3)
          AND (r.total_limit IS NULL OR r.held + r.used < r.total_limit)
          AND (r.member_limit IS NULL OR COALESCE(m.held + m.used, 0) < r.member_limit))
    ORDER BY coupon_id DESC LIMIT ?4
    """)
  private static let void = SQL(
    "campaign.void-coupon", "UPDATE coupons SET is_void = 1 WHERE coupon_id = ?1 RETURNING \(columns)")
}
