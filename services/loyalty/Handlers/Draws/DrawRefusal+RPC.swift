internal import RPC
internal import ServiceKit

/// The refusals of draws as the wire shows them; the README's table lists them.
extension DrawRefusal: RPCErrorConvertible {
  var rpcError: RPCError { wire.rpcError(from: LoyaltyApp.name) }

  private var wire: Refusal {
    switch self {
    case .drawUnknown: Refusal(.notFound, "DRAW_UNKNOWN", "no draw of that code is published")
    case .drawExists: Refusal(.alreadyExists, "DRAW_EXISTS", "a draw of that code is published, and never changes")
    case .notBegun: Refusal(.failedPrecondition, "DRAW_NOT_BEGUN", "no tickets are sold yet")
    case .closed: Refusal(.failedPrecondition, "DRAW_CLOSED", "no more tickets are sold")
    case .notClosed: Refusal(.failedPrecondition, "DRAW_NOT_CLOSED", "tickets are still sold")
    case .tier: Refusal(.failedPrecondition, "DRAW_TIER", "the draw is for other tiers")
    case .ticketLimit(let left):
      Refusal(.failedPrecondition, "TICKET_LIMIT", "a member may have fewer", metadata: ["tickets_left": String(left)])
    case .state(let state):
      Refusal(
        .failedPrecondition, "DRAW_STATE", "the draw is \(state.rawValue)", metadata: ["state": state.rawValue.uppercased()])
    }
  }
}
