internal import Database

/// What writes of one member that concern no order take: the member's row.
enum LoyaltyLocks {
  static let member = LockOrder(
    [.row(of: "member_account", with: ["lot", "ledger_transaction", "ledger_entry", "tier_grant", "order_hold"])],
    // Published versions, which never change. A write goes by the one in force when it looked.
    references: ["earn_rule", "tier_scheme", "tier", "tier_benefit"])
}
