import Database
import PatronAPI
import RPC
import ServiceKit

/// A service as small as one can be, to test what every service shares: it keeps identity's members by their ids, and refuses
/// on demand.
struct SampleApp: PatronService {
  static let name = "sample"
  static let defaultPorts = ServicePorts(rpc: 5999, admin: 6009)
  static let faultPoints = ["sample.before"]
  static let migrations = [
    Migration(
      number: 1, name: "initial",
      sql: Array("CREATE TABLE card (card_code TEXT NOT NULL PRIMARY KEY, member_id TEXT NOT NULL) STRICT;".utf8))
  ]

  struct Config: ServiceConfig {
    let greeting: String

    init(reader: inout ConfigReader) {
      greeting = reader.string("greeting", default: "hello", doc: "What it says.")
      if greeting.isEmpty { reader.reject("greeting", "must not be empty") }
    }
  }

  let environment: ServiceEnvironment

  init(config: Config, environment: ServiceEnvironment) async throws {
    self.environment = environment
  }

  var services: [any RPCService] { [SampleHandler(environment: environment)] }
}

/// Serves one method of the contract in its own way: `ReplaceCard` adds a row and answers with a code that differs each time.
struct SampleHandler: RPCService {
  static let serviceName = "patron.identity.v1.IdentityService"

  let environment: ServiceEnvironment

  var methods: [RPCMethod] {
    [
      .unary(IdentityV1.IdentityServiceMethods.replaceCard) {
        (request: IdentityV1.ReplaceCardRequest, context: ServerContext) async throws -> IdentityV1.ReplaceCardResponse in
        try await replaceCard(request, context)
      },
      .unary(IdentityV1.IdentityServiceMethods.getMember) {
        (request: IdentityV1.GetMemberRequest, context: ServerContext) async throws -> IdentityV1.GetMemberResponse in
        // Says who it takes the caller for.
        IdentityV1.GetMemberResponse(
          member: IdentityV1.Member(memberID: context.caller.clientID, name: context.caller.scopes.sorted().joined(separator: " ")))
      },
      .unary(IdentityV1.IdentityServiceMethods.listMembers) {
        (request: IdentityV1.ListMembersRequest, context: ServerContext) async throws -> IdentityV1.ListMembersResponse in
        await Self.gate.pass()
        return IdentityV1.ListMembersResponse(nextPageToken: "passed")
      },
      .unary(IdentityV1.IdentityServiceMethods.findMember) {
        (request: IdentityV1.FindMemberRequest, context: ServerContext) async throws -> IdentityV1.FindMemberResponse in
        throw SecretFault(secret: "the phone is +14155550100")
      },
    ]
  }

  /// Where `ListMembers` waits. One for a process: the tests that use it have a process of their own.
  static let gate = Gate()

  struct SecretFault: Error { let secret: String }

  private func replaceCard(
    _ request: IdentityV1.ReplaceCardRequest, _ context: ServerContext
  ) async throws -> IdentityV1.ReplaceCardResponse {
    let code = environment.ids.next("crd")
    let environment = environment
    await Task { environment.logger.notice("replacing") }.value
    return try await environment.commands.run(request, context) { transaction in
      if request.memberID == "refused" { throw Refusal(.failedPrecondition, "NOT_NOW", "not now", metadata: ["left": "3"]) }
      try transaction.run(Self.insertCard, [.text(code), .text(request.memberID)])
      if request.memberID == "refused late" { throw Refusal(.failedPrecondition, "NOT_NOW", "not now") }
      return IdentityV1.ReplaceCardResponse(cardCode: code)
    }
  }

  private static let insertCard = SQL("sample.insert-card", "INSERT INTO card (card_code, member_id) VALUES (?1, ?2)")
}
