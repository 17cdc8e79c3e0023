public import RPC

/// Says who makes a call, before any handler sees it. Asked once a call; a throw is the call's answer.
///
/// Two implementations: `SignedCallers`, which every service but the gateway uses, and the gateway's, which knows API keys.
public protocol CallerAuthenticator: Sendable {
  func caller(of context: ServerContext) async throws -> Caller
}
