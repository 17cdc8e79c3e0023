internal import RPC
internal import ServiceKit

/// The refusals of entitlements as the wire shows them; the README's table lists them.
extension EntitlementRefusal: RPCErrorConvertible {
  var rpcError: RPCError { wire.rpcError(from: LoyaltyApp.name) }

  private var wire: Refusal {
    switch self {
    case .planUnknown: Refusal(.notFound, "PLAN_UNKNOWN", "no plan of that code is published")
    case .entitlementUnknown: Refusal(.notFound, "ENTITLEMENT_UNKNOWN", "there is no such card")
    case .useUnknown: Refusal(.notFound, "USE_UNKNOWN", "there is no such use")
    case .periodUnknown: Refusal(.notFound, "PERIOD_UNKNOWN", "the card has no such period")
    case .priceChanged(let price):
      Refusal(.failedPrecondition, "PRICE_CHANGED", "the price is another by now", metadata: ["price_minor_units": String(price)])
    case .currencyFixed(let currencyCode):
      Refusal(
        .failedPrecondition, "CURRENCY_FIXED", "the plan's first version fixed its currency", metadata: ["currency_code": currencyCode])
    case .notUsable(let state):
      Refusal(.failedPrecondition, "ENTITLEMENT_NOT_ACTIVE", "the card is \(state.words)", metadata: ["state": state.code])
    case .usesExhausted(let left):
      Refusal(.failedPrecondition, "USES_EXHAUSTED", "fewer uses are left", metadata: ["uses_left": String(left)])
    case .dailyUses(let left):
      Refusal(.failedPrecondition, "DAILY_USES", "fewer uses are left today", metadata: ["uses_left": String(left)])
    case .serviceNotCovered: Refusal(.failedPrecondition, "SERVICE_NOT_COVERED", "the plan does not admit to this service")
    case .useLapsed: Refusal(.failedPrecondition, "USE_LAPSED", "the hold has run out")
    case .useState(let state):
      Refusal(.failedPrecondition, "USE_STATE", "the use is \(state.rawValue)", metadata: ["state": state.rawValue.uppercased()])
    case .freezeDays(let left):
      Refusal(.failedPrecondition, "FREEZE_DAYS", "the plan allows fewer days", metadata: ["days_left": String(left)])
    case .usesHeld: Refusal(.failedPrecondition, "USES_HELD", "uses of the period are held: commit or cancel them first")
    case .periodRefunded: Refusal(.failedPrecondition, "PERIOD_REFUNDED", "the period was refunded")
    case .tooManyPeriods: Refusal(.resourceExhausted, "PERIODS_FULL", "a card has 1,000 periods at most: sell another")
    }
  }
}

extension Entitlement.State {
  /// As the contract has it, without its prefix.
  fileprivate var code: String {
    switch self {
    case .active: "ACTIVE"
    case .pending: "PENDING"
    case .frozen: "FROZEN"
    case .usedUp: "USED_UP"
    case .grace: "GRACE"
    case .ended: "ENDED"
    }
  }

  fileprivate var words: String {
    switch self {
    case .active: "active"
    case .pending: "not begun"
    case .frozen: "frozen"
    case .usedUp: "used up"
    case .grace, .ended: "over"
    }
  }
}
