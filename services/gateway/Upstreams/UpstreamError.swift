import RPC
import ServiceKit

/// How a call to another service failed: it said no, or it could not say anything.
///
/// The difference decides a checkout. A refusal is final, and is the till's answer. Silence is not: whether the call took
/// effect is unknown, so before the decision the order is cancelled and after it the call is repeated.
struct UpstreamError: Error, Equatable {
  enum Kind: Equatable {
    case refused
    case silent
  }

  /// Such as "loyalty".
  let service: String
  let kind: Kind
  let cause: RPCError
  /// Nobody waits for the answer any more, so the silence is the caller's own deadline and no fault of the service.
  let callerTimedOut: Bool

  init(service: String, cause: RPCError, callerTimedOut: Bool = false) {
    self.service = service
    self.cause = cause
    self.callerTimedOut = callerTimedOut
    self.kind = Self.isRefusal(cause) ? .refused : .silent
  }

  /// Codes by which a service speaks about the request. RESOURCE_EXHAUSTED and PERMISSION_DENIED are also the words of
  /// transports and queues; with a reason they are the service's. The RPC runtime has reasons of its own: it says MESSAGE_TOO_LARGE of a
  /// reply too, whose call took effect.
  private static func isRefusal(_ error: RPCError) -> Bool {
    switch error.code {
    case .invalidArgument, .notFound, .alreadyExists, .failedPrecondition, .aborted, .outOfRange: true
    case .resourceExhausted: error.reason != nil && error.domain != RPCError.domainOfRuntime
    case .permissionDenied: error.reason != nil
    // UNAUTHENTICATED included: it is the gateway's signature that was not believed, which is no fault of the till.
    default: false
    }
  }

  /// Whether the same call may be answered otherwise a while later: the service was silent, or has no room in a queue or on its disk.
  var mayPass: Bool { kind == .silent || cause.code == .resourceExhausted }

  /// Whether the service refused with `reason`.
  func isRefusal(_ reason: String) -> Bool { kind == .refused && cause.reason == reason }
}

extension UpstreamError: RPCErrorConvertible {
  /// A refusal passes through as it came, details and all, and so does the end of the caller's own deadline; any other silence becomes
  /// UNAVAILABLE / <SERVICE>_UNAVAILABLE.
  var rpcError: RPCError {
    switch kind {
    case .refused: cause
    case .silent where callerTimedOut && cause.code == .deadlineExceeded: cause
    case .silent: Reasons.unavailable(service).rpcError(from: GatewayApp.name)
    }
  }
}
