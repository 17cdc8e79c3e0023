import PatronAPI
import RPC
import ServiceKit

/// Knows API clients by their key in metadata, `authorization: Bearer pk_…`, and checks what their scopes allow.
///
/// Identity knows whose key it is; when identity is away the answer is UNAVAILABLE, never UNAUTHENTICATED, since a till that is
/// told so would ask its people for another key.
struct ApiKeyAuthenticator: CallerAuthenticator {
  private static let scheme = "bearer "
  private static let keyBytesAtMost = 256

  private let identity: Upstream
  private let clients: IdentityV1.ApiClientServiceClient
  private let cache: ApiKeyCache
  private let clock: any WallClock

  init(identity: Upstream, cache: ApiKeyCache, clock: any WallClock) {
    self.identity = identity
    self.clients = IdentityV1.ApiClientServiceClient(channel: identity.channel)
    self.cache = cache
    self.clock = clock
  }

  func caller(of context: ServerContext) async throws -> Caller {
    let key = try Self.key(in: context.metadata)
    let logID = context.logID
    let caller: Caller
    switch try await answer(for: key, logID: logID, context) {
    case .client(let id, let scopes, let storeIDs):
      caller = Caller(clientID: id, scopes: scopes, storeIDs: storeIDs, logID: logID)
    case .refused(let reason, let message):
      throw Refusal(.unauthenticated, reason, message)
    }
    // Health and reflection are not asked about. What else is served and stands in no row is closed, not open to every key.
    guard let access = MethodAccess.of(context.method.path) else { throw Reasons.methodClosed }
    try access.requireScope(of: caller)
    return caller
  }

  private static func key(in metadata: Metadata) throws(Refusal) -> String {
    guard let value = metadata["authorization"], value.lowercased().hasPrefix(scheme) else { throw Reasons.apiKeyMissing }
    let key = value.dropFirst(scheme.count).drop { $0 == " " }
    guard !key.isEmpty, key.utf8.count <= keyBytesAtMost else { throw Reasons.apiKeyMissing }
    return String(key)
  }

  private func answer(for key: String, logID: String, _ context: ServerContext) async throws -> ApiKeyCache.Answer {
    // From before the question: an answer may have been true no later than that.
    let asked = clock.now()
    if let known = cache.answer(for: key, now: asked) { return known }
    let deadline = context.deadline
    let chain = CallChain(caller: .gateway(logID: logID), trace: context.trace) { deadline }
    let answer = try await ask(key, chain)
    cache.remember(answer, for: key, asked: asked)
    return answer
  }

  private func ask(_ key: String, _ chain: CallChain) async throws -> ApiKeyCache.Answer {
    do {
      let reply = try await identity.call(chain) {
        try await clients.authenticateApiClient(IdentityV1.AuthenticateApiClientRequest(apiKey: key), options: $0)
      }
      guard let client = reply.client, !client.clientID.isEmpty else { throw Reasons.unavailable(identity.name) }
      return .client(id: client.clientID, scopes: Set(client.scopes), storeIDs: Set(client.storeIDs))
    } catch let error as UpstreamError {
      // Identity says API_KEY_UNKNOWN and API_KEY_REVOKED of the till's key; CALLER_… it says of the gateway's own signature,
      // which is no fault of the till's.
      let reason = error.cause.reason ?? ""
      guard error.cause.code == .unauthenticated, reason.hasPrefix("API_KEY_") else { throw error }
      return .refused(reason: reason, message: error.cause.message)
    }
  }
}
