/// The accounts that entries move points and growth value between. The member's are one per member (and its points one per lot);
/// the programme's are one each, and are sums over entries only: no row is shared by all members' writes.
enum LedgerAccount: String, Sendable, CaseIterable {
  /// The points of one lot: pending, spendable and held alike. A hold sets points aside, it does not move them.
  case memberPoints = "member_points"
  /// Below 0 by what the member owes.
  case memberDebt = "member_debt"
  case memberGrowth = "member_growth"

  /// Below 0 by what orders earned, less what returns took back.
  case programmeIssued = "programme_issued"
  /// What orders spent, less what returns gave back.
  case programmeRedeemed = "programme_redeemed"
  case programmeExpired = "programme_expired"
  /// Below 0 by what hands added, less what they took. Of a transfer what is on its way, 0 over both statements; of its fee what the programme
  /// got: the line's kind tells them apart.
  case programmeAdjusted = "programme_adjusted"
  case programmeGrowth = "programme_growth"

  /// Points and growth value never mix: each sums to zero by itself.
  enum Unit: String, Sendable, CaseIterable {
    case points
    case growth
  }

  var unit: Unit {
    switch self {
    case .memberGrowth, .programmeGrowth: .growth
    default: .points
    }
  }
}
