import Database

/// The counters of uses: each limited thing has one owner, its row, and one guarded statement decides whether one more fits.
/// What is held counts as used.
enum UseCounterStore {
  static func uses(of ruleID: String, byMember memberID: String, in source: some Queryable) throws -> UseCount {
    try source.first(ofMember, [.text(ruleID), .text(memberID)]) { $0.useCount(0) } ?? .none
  }

  /// Sets an order's uses aside under every limit that they are subject to.
  ///
  /// The limits are those of the version in force now, also when the quote names an older one: the version says what comes
  /// off, but a limit protects the shop and takes effect as soon as it is published.
  ///
  /// - Throws: `CampaignRefusal` for the first limit that does not admit one. The caller's transaction undoes what went before.
  static func hold(_ uses: [HeldUse], memberID: String?, in transaction: Transaction) throws {
    for (couponID, use) in coupons(of: uses) {
      try holdCoupon(couponID, templateID: use.source.ruleID, memberID: memberID, in: transaction)
    }
    let uses = byRule(uses)
    let memberLimits = try uses.map { try holdRule($0, in: transaction) }
    for (use, memberLimit) in zip(uses, memberLimits) {
      if let memberID {
        try holdMember(use, memberID, limit: memberLimit, in: transaction)
      } else {
        try requireOpenToAll(use, in: transaction)
      }
    }
  }

  /// Moves an order's uses from held to used or back to available, or from used to available. Cannot be refused.
  static func move(_ uses: [HeldUse], _ movement: UseMovement, memberID: String?, in transaction: Transaction) throws {
    let deltas: [SQLValue] = [.integer(movement.heldDelta), .integer(movement.usedDelta)]
    for (couponID, _) in coupons(of: uses) { try transaction.run(moveCoupon, [.text(couponID)] + deltas) }
    let uses = byRule(uses)
    for use in uses { try transaction.run(moveRule, [.text(use.source.ruleID)] + deltas) }
    guard let memberID else { return }
    for use in uses { try transaction.run(moveMember, [.text(use.source.ruleID), .text(memberID)] + deltas) }
  }

  // MARK: The order of locks
  // As `CampaignLocks` has it: so two orders that use the same coupons and rules never wait for each other.

  private static func coupons(of uses: [HeldUse]) -> [(id: String, use: HeldUse)] {
    uses.compactMap { use in use.source.couponID.map { ($0, use) } }.sorted { $0.id < $1.id }
  }

  private static func byRule(_ uses: [HeldUse]) -> [HeldUse] { uses.sorted { $0.source.ruleID < $1.source.ruleID } }

  // MARK: Holding

  /// What was quoted for a member is not held for nobody: a limit per member would not count it.
  private static func requireOpenToAll(_ use: HeldUse, in transaction: Transaction) throws {
    if try transaction.exists(forMembersOnly, [.text(use.source.ruleID), .integer(use.version)]) {
      throw CampaignRefusal.memberRequired(ruleID: use.source.ruleID)
    }
  }

  /// - Returns: the limit per member in force.
  private static func holdRule(_ use: HeldUse, in transaction: Transaction) throws -> Int64? {
    let ruleID = use.source.ruleID
    let kind: RuleKind = use.source.couponID == nil ? .promotion : .couponTemplate
    let key: [SQLValue] = [.text(ruleID), .integer(kind.rawValue), .integer(use.version)]
    if let memberLimit = try transaction.first(holdRule, key, { $0.optionalInt64(0) }) { return memberLimit }
    guard try transaction.first(findVersion, key, { $0.int64(0) }) != nil else {
      throw CampaignRefusal.quoteStale(ruleID: ruleID, version: use.version)
    }
    throw CampaignRefusal.limitReached(ruleID: ruleID, perMember: false)
  }

  private static func holdMember(_ use: HeldUse, _ memberID: String, limit: Int64?, in transaction: Transaction) throws {
    guard try transaction.run(holdMember, [.text(use.source.ruleID), .text(memberID), .optional(limit)]) == 1 else {
      throw CampaignRefusal.limitReached(ruleID: use.source.ruleID, perMember: true)
    }
  }

  private static func holdCoupon(_ couponID: String, templateID: String, memberID: String?, in transaction: Transaction) throws {
    let key: [SQLValue] = [.text(couponID), .text(templateID), .optional(memberID)]
    if try transaction.run(holdCoupon, key) == 1 { return }
    throw try refusal(ofCoupon: couponID, templateID: templateID, memberID: memberID, in: transaction)
  }

  /// Why the guarded statement did not take the coupon.
  private static func refusal(
    ofCoupon couponID: String, templateID: String, memberID: String?, in transaction: Transaction
  ) throws -> CampaignRefusal {
    guard let coupon = try CouponStore.take(couponID, in: transaction), coupon.templateID == templateID else {
      return .couponUnknown
    }
    if coupon.isVoid { return .couponVoid(couponID: couponID) }
    if coupon.memberID != nil, coupon.memberID != memberID { return .couponOfOtherMember(couponID: couponID) }
    return .couponUsed(couponID: couponID)
  }

  private static let ofMember = SQL(
    "campaign.uses-by-member", "SELECT held, used FROM rule_member_uses WHERE rule_id = ?1 AND member_id = ?2")
  private static let holdRule = SQL(
    "campaign.hold-rule",
    """
    UPDATE rules SET held = held + 1
    WHERE rule_id = ?1 AND kind = ?2 AND ?3 BETWEEN 1 AND current_version
      AND (total_limit IS NULL OR held + used + 1 <= total_limit)
    RETURNING member_limit
    """)
  private static let findVersion = SQL(
    "campaign.find-held-version",
    "SELECT current_version FROM rules WHERE rule_id = ?1 AND kind = ?2 AND ?3 BETWEEN 1 AND current_version",
    locksRow: true)
  private static let forMembersOnly = SQL(
    "campaign.find-members-only-version",
    "SELECT 1 FROM rule_versions WHERE rule_id = ?1 AND version = ?2 AND members_only = 1")
  private static let holdMember = SQL(
    "campaign.hold-rule-of-member",
    """
    INSERT INTO rule_member_uses (rule_id, member_id, held, used) VALUES (?1, ?2, 1, 0)
    ON CONFLICT (rule_id, member_id) DO UPDATE SET held = rule_member_uses.held + 1
    WHERE CAST(?3 AS BIGINT) IS NULL OR rule_member_uses.held + rule_member_uses.used + 1 <= ?3
    """)
  private static let holdCoupon = SQL(
    "campaign.hold-coupon",
    """
    UPDATE coupons SET held = held + 1
    WHERE coupon_id = ?1 AND template_id = ?2 AND is_void = 0 AND (member_id IS NULL OR member_id = ?3)
      AND held + used + 1 <= use_limit
    """)

  private static let moveRule = SQL(
    "campaign.move-use-of-rule", "UPDATE rules SET held = held + ?2, used = used + ?3 WHERE rule_id = ?1")
  private static let moveMember = SQL(
    "campaign.move-use-of-member",
    "UPDATE rule_member_uses SET held = held + ?3, used = used + ?4 WHERE rule_id = ?1 AND member_id = ?2")
  private static let moveCoupon = SQL(
    "campaign.move-use-of-coupon", "UPDATE coupons SET held = held + ?2, used = used + ?3 WHERE coupon_id = ?1")
}
