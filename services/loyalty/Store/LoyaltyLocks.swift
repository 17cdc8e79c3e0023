internal import Database

/// The rows that writes take which concern no order.
enum LoyaltyLocks {
  /// Of one member: the member's row. Of two between whom points move: both rows, in the order of their ids.
  /// After it, of a correction by hand, what that person of the staff did today.
  static let member = LockOrder(
    [memberRow, .row(of: "adjustment_use")], references: rules.union(["staff_member"]), claims: ["awarded_action", "value_reference"])

  /// Of a reward: the row of the member who takes it, if one does, then the reward's. A store's reference decides by its key.
  static let reward = LockOrder(
    [memberRow, .row(of: "reward", with: ["reward_claim", "reward_movement"])],
    references: rules.union(["reward_version", "reward_version_tier"]), claims: ["value_reference"])

  /// Of a draw: the row of the member who buys, if one does, then the draw's.
  static let draw = LockOrder(
    [memberRow, .row(of: "prize_draw", with: ["ticket_purchase", "draw_winner"])],
    references: rules.union(["draw_prize"]), claims: ["value_reference"])

  /// Of a member who joins the boards, or leaves them. Their zone is claimed by the first.
  static let leaderboard = LockOrder([memberRow], references: rules, claims: ["leaderboard_zone"])

  private static let memberRow = LockOrder.Step.row(
    of: "member_account",
    with: [
      "lot", "ledger_transaction", "ledger_entry", "earn_cap_use", "tier_grant", "order_hold", "redemption", "redemption_reversal",
      "spend_draw", "point_transfer", "lot_extension", "adjustment_request", "leaderboard_member", "leaderboard_sum",
    ])

  /// Published versions, which never change. A write goes by the one in force when it looked.
  private static let rules: Set<String> = ["earn_rule", "earn_action", "tier_scheme", "tier", "tier_benefit", "points_policy"]

  /// What writes of one card of uses take: its row. A store's reference decides by its key.
  static let entitlement = LockOrder(
    [.row(of: "entitlement", with: ["entitlement_period", "entitlement_use", "entitlement_draw", "entitlement_entry"])],
    references: ["entitlement_plan", "entitlement_plan_service"], claims: ["value_reference"])
}
