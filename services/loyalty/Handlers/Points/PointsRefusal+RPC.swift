internal import RPC
internal import ServiceKit

/// Refusals about points between people and by hand as the wire shows them; the README's table lists them.
extension PointsRefusal: RPCErrorConvertible {
  var rpcError: RPCError { wire.rpcError(from: LoyaltyApp.name) }

  private var wire: Refusal {
    switch self {
    case .transfersNotAllowed:
      Refusal(.failedPrecondition, "TRANSFERS_NOT_ALLOWED", "the policy in force lets nobody send points")
    case .transferLimit(let limit, let most, let room):
      Refusal(
        .failedPrecondition, "TRANSFER_LIMIT", "the policy in force does not allow so many points, or so few",
        metadata: ["limit": limit.rawValue, "limit_points": String(most), "room_points": String(room)])
    case .receivedPointsStay(let sendable):
      Refusal(
        .failedPrecondition, "RECEIVED_POINTS_STAY", "points from other members are not sent on",
        metadata: ["sendable_points": String(sendable)])
    case .feeChanged(let fee):
      Refusal(.failedPrecondition, "FEE_CHANGED", "the fee is another by now", metadata: ["fee_points": String(fee)])
    case .transferUnknown: Refusal(.notFound, "TRANSFER_UNKNOWN", "there is no such transfer")
    case .lotUnknown: Refusal(.notFound, "LOT_UNKNOWN", "the member has no such lot")
    case .lotExpired: Refusal(.failedPrecondition, "LOT_EXPIRED", "the lot has ended; reinstate its points")
    case .lotEndsLater: Refusal(.failedPrecondition, "LOT_ENDS_LATER", "the lot does not end before that already")
    case .nothingToExtend: Refusal(.failedPrecondition, "NOTHING_TO_EXTEND", "no points would end before that")
    case .reinstatementExceedsExpired(let expired):
      Refusal(
        .failedPrecondition, "REINSTATEMENT_EXCEEDS_EXPIRED", "fewer points of the lot have expired and not been given back",
        metadata: ["expired_points": String(expired)])
    case .adjustmentTooLarge(let most):
      Refusal(
        .failedPrecondition, "ADJUSTMENT_TOO_LARGE", "nobody may give or take so many points by hand",
        metadata: ["limit_points": String(most)])
    case .approvalRequired(let limit):
      Refusal(
        .failedPrecondition, "APPROVAL_REQUIRED", "a second person must approve; request it", metadata: ["limit": limit.rawValue])
    case .secondPersonRequired:
      Refusal(
        .failedPrecondition, "SECOND_PERSON_REQUIRED",
        "another person than the one who asked must approve: of another name, or, where one has none, at another client")
    case .requestUnknown: Refusal(.notFound, "REQUEST_UNKNOWN", "there is no such request")
    case .requestDecided(let state):
      Refusal(
        .failedPrecondition, "REQUEST_DECIDED", "the request is \(state)", metadata: ["state": "\(state)".uppercased()])
    }
  }
}
