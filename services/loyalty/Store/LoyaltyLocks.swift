internal import Database

/// The rows that writes take which concern no order.
enum LoyaltyLocks {
  /// Of one member: the member's row. Of two between whom points move: both rows, in the order of their ids.
  static let member = LockOrder(
    [
      .row(
        of: "member_account",
        with: [
          "lot", "ledger_transaction", "ledger_entry", "earn_cap_use", "tier_grant", "order_hold",
          "point_transfer", "lot_extension", "adjustment_request",
        ]),
      // What a person of the staff did by hand today.
      .row(of: "adjustment_use"),
    ],
    // Published versions, which never change. A write goes by the one in force when it looked.
    references: ["earn_rule", "earn_action", "tier_scheme", "tier", "tier_benefit", "points_policy", "staff_member"],
    claims: ["awarded_action", "value_reference"])

  /// What writes of one card of uses take: its row. A store's reference decides by its key.
  static let entitlement = LockOrder(
    [.row(of: "entitlement", with: ["entitlement_period", "entitlement_use", "entitlement_draw", "entitlement_entry"])],
    references: ["entitlement_plan", "entitlement_plan_service"], claims: ["value_reference"])
}
