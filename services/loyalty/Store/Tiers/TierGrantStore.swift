internal import Database
internal import Foundation

/// Tiers that were given by hand.
enum TierGrantStore {
  static func insert(_ grant: TierGrant, _ transaction: Transaction) throws {
    try transaction.run(
      insertGrant,
      [
        .text(grant.grantID), .text(grant.memberID), .text(grant.tierCode), .text(grant.reason), .text(grant.origin.clientID),
        .text(grant.origin.staffID), .time(grant.grantedAt), .optional(grant.endsAt),
      ])
  }

  /// Ends the grant; nil where it was over already.
  static func revoke(_ grantID: String, _ revocation: TierGrant.Revocation, _ transaction: Transaction) throws -> TierGrant? {
    try transaction.first(
      revokeGrant,
      [
        .text(grantID), .time(revocation.at), .text(revocation.reason), .text(revocation.origin.clientID),
        .text(revocation.origin.staffID),
      ], TierGrant.init(row:))
  }

  static func find(_ grantID: String, _ reader: some Queryable) throws -> TierGrant? {
    try reader.first(findGrant, [.text(grantID)], TierGrant.init(row:))
  }

  static func inForce(of memberID: String, at instant: Date, _ reader: some Queryable) throws -> [TierGrant] {
    try reader.all(grantsInForce, [.text(memberID), .time(instant)], TierGrant.init(row:))
  }

  /// Newest first, those that are over included.
  static func list(
    of memberID: String, before key: (grantedAt: Int64, grantID: String)?, limit: Int, _ reader: some Queryable
  ) throws -> [TierGrant] {
    try reader.all(
      grantsOfMember, [.text(memberID), .integer(key?.grantedAt ?? .max), .text(key?.grantID ?? ""), .integer(limit)], TierGrant.init(row:))
  }

  /// Of all members after `first` through `last`.
  static func inForce(
    ofMembersAfter first: String, through last: String, at instant: Date, _ reader: some Queryable
  ) throws -> [String: [TierGrant]] {
    let grants = try reader.all(grantsOfMembers, [.text(first), .text(last), .time(instant)], TierGrant.init(row:))
    return Dictionary(grouping: grants, by: \.memberID)
  }

  private static let columns =
    """
    grant_id, member_id, tier_code, reason, client_id, staff_id, granted_at, ends_at, revoked_at, revoke_reason, revoke_client_id,
    revoke_staff_id
    """

  private static let insertGrant = SQL(
    "loyalty.insert-tier-grant",
    """
    INSERT INTO tier_grant (grant_id, member_id, tier_code, reason, client_id, staff_id, granted_at, ends_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    """)

  private static let revokeGrant = SQL(
    "loyalty.revoke-tier-grant",
    """
    UPDATE tier_grant SET revoked_at = CASE WHEN ?2 < granted_at THEN granted_at ELSE ?2 END, revoke_reason = ?3, revoke_client_id = ?4, revoke_staff_id = ?5
    WHERE grant_id = ?1 AND revoked_at IS NULL AND (ends_at IS NULL OR ends_at > ?2)
    RETURNING \(columns)
    """)

  private static let findGrant = SQL("loyalty.find-tier-grant", "SELECT \(columns) FROM tier_grant WHERE grant_id = ?1")

  private static let grantsInForce = SQL(
    "loyalty.tier-grants-in-force",
    """
    SELECT \(columns) FROM tier_grant
    WHERE member_id = ?1 AND granted_at <= ?2 AND (ends_at IS NULL OR ends_at > ?2) AND (revoked_at IS NULL OR revoked_at > ?2)
    ORDER BY granted_at, grant_id
    """)

  private static let grantsOfMember = SQL(
    "loyalty.tier-grants",
    """
    SELECT \(columns) FROM tier_grant
    WHERE member_id = ?1 AND (granted_at < ?2 OR (granted_at = ?2 AND grant_id < ?3))
    ORDER BY granted_at DESC, grant_id DESC LIMIT ?4
    """)

  private static let grantsOfMembers = SQL(
    "loyalty.tier-grants-of-members",
    """
    SELECT \(columns) FROM tier_grant
    WHERE member_id > ?1 AND member_id <= ?2 AND granted_at <= ?3 AND (ends_at IS NULL OR ends_at > ?3)
      AND (revoked_at IS NULL OR revoked_at > ?3)
    ORDER BY member_id, granted_at, grant_id
    """)
}

extension TierGrant {
  fileprivate init(row: Row) {
    self.init(
      grantID: row.text(0), memberID: row.text(1), tierCode: row.text(2), reason: row.text(3),
      origin: LedgerOrigin(clientID: row.text(4), staffID: row.text(5)), grantedAt: row.time(6), endsAt: row.optionalTime(7),
      revocation: row.optionalTime(8).map {
        Revocation(at: $0, reason: row.text(9), origin: LedgerOrigin(clientID: row.text(10), staffID: row.text(11)))
      })
  }
}
