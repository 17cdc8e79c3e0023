internal import Database

/// Which rows loyalty's writes take, and in which order: the order's hold, then the member's row.
enum LoyaltyLocks {
  static let order = LockOrder(
    [
      .row(of: "order_hold", with: ["hold_draw", "order_reversal"]),
      .row(of: "member_account", with: ["lot", "ledger_transaction", "ledger_entry"]),
    ],
    // Published versions, which never change. A write goes by the one in force when it looked.
    references: ["earn_rule", "tier_scheme", "tier"])
}
