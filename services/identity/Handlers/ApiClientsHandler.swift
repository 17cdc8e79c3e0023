import Database
import Foundation
import GoogleProto
import PatronAPI
import RPC
import ServiceKit

/// `patron.identity.v1.ApiClientService`: decode, call, encode.
struct ApiClientsHandler: IdentityV1.ApiClientService {
  private static let clientList = "identity.clients"
  private static let displayNameBytesAtMost = 100
  private static let scopesAtMost = Scope.allCases.count

  let environment: ServiceEnvironment
  let hashKey: KeyedHash
  let keyReplayWindow: Duration

  /// The recorded reply holds no key, so that a replay for ever is no leak for ever; the key is added to the answer from a row
  /// that lives for the replay window only.
  func createApiClient(
    _ request: IdentityV1.CreateApiClientRequest, context: ServerContext
  ) async throws -> IdentityV1.CreateApiClientResponse {
    try context.caller.require(anyOf: .clientsWrite)
    let grant = try readGrant(request)
    let givers = Grant(scopes: context.caller.scopes, storeIDs: context.caller.storeIDs)
    if let excess = givers.excess(of: grant) { throw Refusal(excess) }

    let now = environment.clock.now()
    let key = ApiKey(random: environment.random.bytes(ApiKey.randomBytes))
    let keyHash = hashKey(key.text)
    let client = ApiClientRow(
      clientID: environment.ids.next("cli"), displayName: request.displayName, keyPrefix: key.prefix, createTime: now,
      isRevoked: false, grant: grant)
    let createdBy = context.caller.clientID
    let expiry = now.addingTimeInterval(TimeInterval(keyReplayWindow.components.seconds))
    var reply = try await environment.commands.run(request, context) { transaction in
      try ApiKeyReplayStore.forgetExpired(at: now, in: transaction)
      guard try ApiClientStore.insert(client, keyHash: keyHash, createdBy: createdBy, in: transaction) else { throw IDTaken() }
      try ApiKeyReplayStore.keep(key, of: client.clientID, until: expiry, in: transaction)
      return IdentityV1.CreateApiClientResponse(client: Self.message(client))
    }
    reply.apiKey = try await shownKey(of: reply.client?.clientID ?? "", created: client.clientID, key: key, at: now, context)
    return reply
  }

  func revokeApiClient(
    _ request: IdentityV1.RevokeApiClientRequest, context: ServerContext
  ) async throws -> IdentityV1.RevokeApiClientResponse {
    try context.caller.require(anyOf: .clientsWrite)
    let now = environment.clock.now()
    return try await environment.commands.run(request, context) { transaction in
      try ApiClientStore.revoke(clientID: request.clientID, at: now, in: transaction)
      try ApiKeyReplayStore.forget(clientID: request.clientID, in: transaction)
      guard let client = try ApiClientStore.find(clientID: request.clientID, in: transaction) else { throw Refusal.clientNotFound }
      return IdentityV1.RevokeApiClientResponse(client: Self.message(client))
    }
  }

  func listApiClients(
    _ request: IdentityV1.ListApiClientsRequest, context: ServerContext
  ) async throws -> IdentityV1.ListApiClientsResponse {
    try context.caller.require(anyOf: .clientsWrite)
    let page = try PageRequest(size: request.pageSize, token: request.pageToken, list: Self.clientList)
    let start = try page.after?.text(0) ?? ""
    return try await environment.database.read(for: context) { snapshot in
      let rows = try ApiClientStore.list(after: start, limit: page.size + 1, in: snapshot)
      let (shown, nextPageToken) = page.cut(rows, list: Self.clientList) { [.text($0.clientID)] }
      return IdentityV1.ListApiClientsResponse(clients: shown.map(Self.message), nextPageToken: nextPageToken)
    }
  }

  func authenticateApiClient(
    _ request: IdentityV1.AuthenticateApiClientRequest, context: ServerContext
  ) async throws -> IdentityV1.AuthenticateApiClientResponse {
    try context.caller.require(anyOf: .clientsAuthenticate)
    guard let key = ApiKey(request.apiKey) else { throw Refusal.apiKeyUnknown }
    // Found by its keyed hash: how long that takes says nothing about the key.
    let keyHash = hashKey(key.text)
    let client = try await environment.database.read(for: context) { snapshot in
      try ApiClientStore.find(keyHash: keyHash, in: snapshot)
    }
    guard let client else { throw Refusal.apiKeyUnknown }
    if client.isRevoked { throw Refusal.apiKeyRevoked }
    return IdentityV1.AuthenticateApiClientResponse(client: Self.message(client))
  }

  // MARK: Parts

  /// Two processes drew one id: the random source is broken.
  private struct IDTaken: Error {}

  /// The key to answer with: the one just made, the one of the first run while the window is open, or none.
  private func shownKey(of clientID: String, created: String, key: ApiKey, at now: Date, _ context: ServerContext) async throws -> String {
    if clientID == created { return key.text }
    return try await environment.database.read(for: context) { snapshot in
      try ApiKeyReplayStore.key(of: clientID, at: now, in: snapshot) ?? ""
    }
  }

  private func readGrant(_ request: IdentityV1.CreateApiClientRequest) throws -> Grant {
    var errors = FieldErrors()
    errors.require(text: request.displayName, "display_name", upTo: Self.displayNameBytesAtMost)
    errors.require((1...Self.scopesAtMost).contains(request.scopes.count), "scopes", "must name 1 to \(Self.scopesAtMost)")
    // A client whose caller cannot be signed could do nothing.
    errors.require(
      SignedCallers.fits(scopes: request.scopes, storeIDs: request.storeIDs), "store_ids",
      "with the scopes at most \(SignedCallers.grantBytesAtMost) bytes, which is some 230 stores; a client for more is bound to none")
    for (index, scope) in request.scopes.prefix(Self.scopesAtMost).enumerated() {
      errors.require(
        scope == Grant.everyScope || Scope.forClients.contains { $0.rawValue == scope }, "scopes[\(index)]",
        "must be one of \(Scope.forClients.map(\.rawValue).joined(separator: ", ")), or *")
    }
    for (index, storeID) in request.storeIDs.enumerated() {
      errors.require(!storeID.isEmpty, "store_ids[\(index)]", "must not be empty")
      _ = MemberReading.identifier(storeID, "store_ids[\(index)]", &errors)
    }
    try errors.throwIfAny()
    return Grant(scopes: Set(request.scopes), storeIDs: Set(request.storeIDs))
  }

  private static func message(_ client: ApiClientRow) -> IdentityV1.ApiClient {
    IdentityV1.ApiClient(
      clientID: client.clientID, displayName: client.displayName, scopes: client.grant.scopes.sorted(),
      storeIDs: client.grant.storeIDs.sorted(), revoked: client.isRevoked, keyPrefix: client.keyPrefix,
      createTime: GoogleProtobuf.Timestamp(client.createTime))
  }
}
