internal import RPC
internal import ServiceKit

/// Refusals about tiers as the wire shows them; the README's table lists them.
extension TierRefusal: RPCErrorConvertible {
  var rpcError: RPCError { wire.rpcError(from: LoyaltyApp.name) }

  private var wire: Refusal {
    switch self {
    case .tierUnknown: Refusal(.failedPrecondition, "TIER_UNKNOWN", "the scheme in force has no such tier")
    case .endRequired: Refusal(.failedPrecondition, "GRANT_END_REQUIRED", "only a tier by invitation is granted without an end")
    case .tooManyGrants:
      Refusal(.failedPrecondition, "TOO_MANY_GRANTS", "the member has \(TierLimits.maximumGrantsInForce) grants in force; revoke one")
    case .grantUnknown: Refusal(.notFound, "GRANT_UNKNOWN", "there is no such grant")
    }
  }
}
