import RPC
import ServiceKit

/// On whose behalf an upstream call is made, in which trace, and until when anyone waits for it.
struct CallChain: Sendable {
  var caller: Caller
  var trace: TraceContext
  private let readDeadline: @Sendable () -> Deadline?

  /// A call in the name of whoever made `context`'s.
  init(_ context: ServerContext) {
    let deadline = context.deadline
    self.init(caller: context.caller, trace: context.trace) { deadline }
  }

  /// `deadline` is asked before each call: a shared call lives as long as the most patient of those who wait for it.
  init(caller: Caller, trace: TraceContext = .none, deadline: @escaping @Sendable () -> Deadline?) {
    self.caller = caller
    self.trace = trace
    self.readDeadline = deadline
  }

  var deadline: Deadline? { readDeadline() }

  /// The same request's chain in the gateway's own name, as the saga's steps are signed: what a participant holds and commits
  /// is the order's, and the original client stands in the body.
  func asGateway() -> CallChain {
    CallChain(caller: .gateway(logID: caller.logID), trace: trace, deadline: readDeadline)
  }

  /// The same request's chain past its decision: no caller's deadline ends it, and each call is bounded by `upstream-timeout`.
  func outlivingItsCaller() -> CallChain { CallChain(caller: caller, trace: trace) { nil } }

  func until(_ deadline: @escaping @Sendable () -> Deadline?) -> CallChain {
    CallChain(caller: caller, trace: trace, deadline: deadline)
  }
}

extension Caller {
  /// The gateway itself.
  static func gateway(logID: String) -> Caller { Caller(clientID: GatewayApp.name, scopes: [Scope.everything], logID: logID) }
}
