internal import RPC
internal import ServiceKit

/// Loyalty's refusals as the wire shows them; the README's table lists them.
extension LoyaltyRefusal: RPCErrorConvertible {
  var rpcError: RPCError { wire.rpcError(from: LoyaltyApp.name) }

  private var wire: Refusal {
    switch self {
    case .insufficientPoints(let spendable):
      Refusal(
        .failedPrecondition, "INSUFFICIENT_POINTS", "fewer points than that are spendable",
        metadata: ["spendable_points": String(spendable)])
    case .holdCancelled: Refusal(.failedPrecondition, "HOLD_CANCELLED", "the order was cancelled")
    case .holdUnknown: Refusal(.failedPrecondition, "HOLD_UNKNOWN", "nothing was ever held under this order")
    case .holdDiffers: Refusal(.alreadyExists, "HOLD_DIFFERS", "the order is held with other terms")
    case .holdCommitted: Refusal(.failedPrecondition, "HOLD_COMMITTED", "the order is committed; only a return undoes it")
    case .holdNotCommitted: Refusal(.failedPrecondition, "HOLD_NOT_COMMITTED", "the order is held, not committed")
    case .returnDiffers: Refusal(.alreadyExists, "RETURN_DIFFERS", "the return is recorded with another order or other amounts")
    case .ruleVersionUnknown(let version):
      Refusal(
        .failedPrecondition, "QUOTE_STALE", "this programme has no earn rule of that version",
        metadata: ["rule_version": String(version)])
    case .earnDecisionMismatch:
      Refusal(.invalidArgument, "EARN_DECISION_MISMATCH", "the earn decision is not what its rule version makes of it")
    case .earnCapReached(let room):
      Refusal(
        .failedPrecondition, "EARN_CAP_REACHED", "the member has earned meanwhile, and the caps leave fewer points than were promised",
        metadata: ["room_points": String(room)])
    case .actionNotRewarded: Refusal(.failedPrecondition, "ACTION_NOT_REWARDED", "the rule in force gives nothing for this action")
    case .actionLimitReached:
      Refusal(.failedPrecondition, "ACTION_LIMIT_REACHED", "the member did it as often as the rule in force rewards")
    case .actionDiffers: Refusal(.alreadyExists, "ACTION_DIFFERS", "the action was another member's")
    case .pointsAmountMismatch(let expected, let found):
      Refusal(
        .invalidArgument, "POINTS_AMOUNT_MISMATCH", "the points pay another amount than the tender's",
        metadata: ["expected_minor_units": expected.map(String.init) ?? "", "found_minor_units": String(found)])
    case .currencyMismatch(let programme):
      Refusal(
        .invalidArgument, "CURRENCY_MISMATCH", "the programme counts in another currency", metadata: ["currency_code": programme])
    case .currencyFixed:
      Refusal(
        .failedPrecondition, "CURRENCY_FIXED", "members have points already, and the currency that they were counted in stays")
    }
  }
}
