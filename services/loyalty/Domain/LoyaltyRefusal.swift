/// Why loyalty says no: business answers, each with a reason that a program can read (the table stands in README.md).
enum LoyaltyRefusal: Error, Equatable, Sendable {
  case insufficientPoints(spendable: Int64)
  /// The order was cancelled, perhaps before it was ever held.
  case holdCancelled
  /// No hold was ever placed under the order.
  case holdUnknown
  /// The order is held with other terms.
  case holdDiffers
  /// The order is committed; only a return can undo it.
  case holdCommitted
  /// The order is held and not committed, so nothing can be returned.
  case holdNotCommitted
  /// The return is recorded with another order or other amounts.
  case returnDiffers
  /// The earn decision names a rule version that this ledger does not have.
  case ruleVersionUnknown(Int64)
  /// The earn decision is not what its rule version makes of it.
  case earnDecisionMismatch
  /// The member has earned meanwhile, and the caps leave fewer points than the order was promised.
  case earnCapReached(room: Int64)
  /// The rule in force gives nothing for it.
  case actionNotRewarded
  /// The member did it as often as the rule in force rewards.
  case actionLimitReached
  /// The action is another member's.
  case actionDiffers
  case pointsAmountMismatch(expected: Int64?, found: Int64)
  case currencyMismatch(programme: String)
  /// Members have points already, in the programme's currency.
  case currencyFixed
}
