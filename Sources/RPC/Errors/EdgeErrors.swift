extension RPCError {
  /// What a caller is told of the error that a handler threw, and whether the error is ours to log.
  ///
  /// The only place where errors meet the wire: a refusal speaks for itself, cancellation is told apart by its cause, and of anything
  /// else the caller learns no more than that it happened.
  package static func atEdge(_ error: any Error, deadline: Deadline?) -> (error: RPCError, isUnexpected: Bool) {
    switch error {
    case let error as RPCError where error.code != .ok:
      (error, false)
    case let error as any RPCErrorConvertible:
      (error.rpcError, false)
    case is CancellationError:
      (deadline?.hasPassed == true ? .deadlineExceeded : .cancelledByCaller, false)
    default:
      (RPCError(.internalError, "Internal error."), true)
    }
  }

  package static func messageTooLarge(_ text: String) -> RPCError {
    RPCError(.resourceExhausted, text, reason: "MESSAGE_TOO_LARGE", domain: domainOfRuntime)
  }

  /// Who publishes the reasons of the runtime itself: proto/REASONS.md.
  package static let domainOfRuntime = "rpc.patron"

  package static let deadlineExceeded = RPCError(.deadlineExceeded, "The deadline passed.")
  package static let cancelledByCaller = RPCError(.cancelled, "The call was cancelled.")
}
