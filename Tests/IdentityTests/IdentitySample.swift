import GoogleProto
import Identity
import PatronAPI
import RPC
import ServiceKit
import ServiceTesting
import Testing

/// An identity service for one test, and the callers that it knows.
struct IdentitySample: Sendable {
  let service: TestService<IdentityApp>
  let ring: KeyRing

  static let backOffice = Caller(clientID: "cli_office", staffID: "sta_1", scopes: ["members.read", "members.write"])
  static let till = Caller(clientID: "cli_till", scopes: ["pos.checkout"])
  static let gateway = Caller(clientID: "gateway", scopes: ["*"])
  static let administrator = Caller(clientID: "cli_admin", scopes: ["*"])

  /// Starts a service, hands it to `body`, and stops it, also when `body` throws.
  static func run(_ values: [String: String] = [:], seed: UInt64 = 1, _ body: (IdentitySample) async throws -> Void) async throws {
    let ring = KeyRing(keyID: "k1", secret: Array(repeating: 7, count: 32))
    let service = try await TestService<IdentityApp>.start(values, random: SeededRandomSource(seed: seed), keyRing: ring)
    do {
      try await body(IdentitySample(service: service, ring: ring))
    } catch {
      await service.stop()
      throw error
    }
    await service.stop()
  }

  var members: IdentityV1.IdentityServiceClient { IdentityV1.IdentityServiceClient(channel: service.channel) }
  var clients: IdentityV1.ApiClientServiceClient { IdentityV1.ApiClientServiceClient(channel: service.channel) }

  func signed(_ caller: Caller) -> CallOptions { service.options(as: caller) }

  // MARK: What most tests do

  @discardableResult
  func enrol(_ request: IdentityV1.EnrolMemberRequest, as caller: Caller = backOffice) async throws -> IdentityV1.EnrolMemberResponse {
    try await members.enrolMember(request, options: signed(caller))
  }

  func find(_ key: IdentityV1.FindMemberRequest.Key, as caller: Caller = till) async throws -> IdentityV1.Member {
    try #require(try await members.findMember(IdentityV1.FindMemberRequest(key: key), options: signed(caller)).member)
  }

  func update(_ requestID: String, _ paths: [String], _ member: IdentityV1.Member) async throws {
    _ = try await members.updateMember(
      IdentityV1.UpdateMemberRequest(requestID: requestID, member: member, updateMask: GoogleProtobuf.FieldMask(paths: paths)),
      options: signed(Self.backOffice))
  }

  func createClient(
    _ requestID: String, scopes: [String] = ["pos.checkout"], stores: [String] = [], as caller: Caller = administrator
  ) async throws -> IdentityV1.CreateApiClientResponse {
    try await clients.createApiClient(
      IdentityV1.CreateApiClientRequest(requestID: requestID, displayName: "till 1", scopes: scopes, storeIDs: stores),
      options: signed(caller))
  }

  func authenticate(_ key: String, as caller: Caller = gateway) async throws -> IdentityV1.ApiClient {
    try #require(
      try await clients.authenticateApiClient(IdentityV1.AuthenticateApiClientRequest(apiKey: key), options: signed(caller)).client)
  }
}

/// The reason of the `RPCError` that `work` throws; records an issue when it throws none.
func reason(_ work: () async throws -> some Sendable, sourceLocation: SourceLocation = #_sourceLocation) async -> String? {
  let error = await #expect(throws: RPCError.self, sourceLocation: sourceLocation) { _ = try await work() }
  return error?.reason
}

/// "done", or the reason of what `work` throws.
func outcome(_ work: () async throws -> some Sendable) async -> String {
  do {
    _ = try await work()
    return "done"
  } catch {
    return (error as? RPCError)?.reason ?? "\(error)"
  }
}

extension IdentityV1.EnrolMemberRequest {
  /// The request under an id of its own.
  func identified(_ requestID: String) -> Self {
    var request = self
    request.requestID = requestID
    return request
  }
}
