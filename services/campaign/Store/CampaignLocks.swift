import Database

/// Which rows campaign's writes take, and in which order: the order's hold, coupons, rules, and rules' counters of a member.
///
/// What looks beyond the rows that it takes is SERIALIZABLE instead. To open a promotion counts those that are open: a write here may stop one,
/// which leaves fewer, and never opens one. To issue coupons reads a template's version, which stands once it was published.
enum CampaignLocks {
  static let order = LockOrder(
    [
      .row(of: "holds", with: ["use_entries"]), .row(of: "coupons"),
      .row(of: "rules", with: ["rule_versions", "rule_version_values"]),
      .row(of: "rule_member_uses", keyParameters: 2),
    ],
    references: ["rule_versions", "rule_version_values"],
    // A return is taken note of once; whether its order came back already is read while the order's hold is held.
    claims: ["hold_returns"])
}
