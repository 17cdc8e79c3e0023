public import RPC

/// Says who makes a call, before any handler sees it. Asked once a call; a throw is the call's answer. The gateway's knows API keys; every
/// other service believes `SignedCallers`.
public protocol CallerAuthenticator: Sendable {
  func caller(of context: ServerContext) async throws -> Caller
}
