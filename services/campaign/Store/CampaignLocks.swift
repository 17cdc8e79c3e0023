import Database

/// Which rows campaign's writes take, and in which order: the order's hold, coupons, rules, and rules' counters of a member.
enum CampaignLocks {
  static let order = LockOrder(
    [
      .row(of: "holds", with: ["use_entries"]), .row(of: "coupons"), .row(of: "rules"),
      .row(of: "rule_member_uses", keyParameters: 2),
    ],
    references: ["rule_versions"],
    // A return is taken note of once; whether its order came back already is read while the order's hold is held.
    claims: ["hold_returns"])
}
