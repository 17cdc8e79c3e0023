import Database
import Foundation
import GoogleProto
import Metrics
import PatronAPI
import RPC
import ServiceKit
import ServiceTesting
import Testing

@testable import Identity

@Suite struct ApiClientTests {
  @Test func aKeyIsShownOnceAuthenticatesAndIsNotInTheDatabase() async throws {
    try await IdentitySample.run { identity in
      let created = try await identity.createClient("r1", scopes: ["pos.checkout", "pos.return"], stores: ["sto_1"])
      let client = try #require(created.client)
      #expect(created.apiKey.hasPrefix(client.keyPrefix))
      let authenticated = try await identity.authenticate(created.apiKey)
      #expect(authenticated == client)
      #expect(authenticated.scopes == ["pos.checkout", "pos.return"])
      #expect(authenticated.storeIDs == ["sto_1"])
      identity.service.clock.advance(by: .seconds(600))
      // The next creation forgets keys past their window; what is left of the first is its hash.
      _ = try await identity.createClient("r2")
      await identity.service.database.close()
      guard TestEngine.isSQLite else { return }
      let file = try Data(contentsOf: URL(fileURLWithPath: identity.service.databasePath))
      #expect(file.range(of: Data(client.clientID.utf8)) != nil, "the file is the right one")
    }
  }

  @Test func aRepeatAnswersWithTheKeyForTenMinutesAndThenWithout() async throws {
    try await IdentitySample.run { identity in
      let first = try await identity.createClient("r1")
      #expect(!first.apiKey.isEmpty)
      identity.service.clock.advance(by: .seconds(599))
      try await identity.service.restart()
      #expect(try await identity.createClient("r1") == first)
      identity.service.clock.advance(by: .seconds(1))
      let late = try await identity.createClient("r1")
      #expect(late.client == first.client)
      #expect(late.apiKey.isEmpty)
      #expect(try await identity.authenticate(first.apiKey).clientID == first.client?.clientID)
    }
  }

  @Test func theKeyIsInNoStoredReplyAndInNoLog() async throws {
    try await IdentitySample.run { identity in
      let key = try await identity.createClient("r1").apiKey
      _ = try await identity.authenticate(key)
      let replies = try await identity.service.database.read { snapshot in
        try snapshot.all(SQL("test.replies", "SELECT reply FROM database_request")) { String(decoding: $0.blob(0), as: UTF8.self) }
      }
      #expect(replies.count == 1)
      #expect((replies + identity.service.logs.lines).allSatisfy { !$0.contains(key.dropFirst(11)) })
    }
  }

  @Test func aHundredRepeatsAtOnceMakeOneClientAndShowOneKey() async throws {
    try await IdentitySample.run { identity in
      let keys = try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<100 { group.addTask { try await identity.createClient("r1").apiKey } }
        return try await group.reduce(into: Set<String>()) { $0.insert($1) }
      }
      #expect(keys.count == 1)
      #expect(try await identity.authenticate(try #require(keys.first)).displayName == "till 1")
    }
  }

  @Test func aRevokedKeyIsRefusedForGoodAndShownNoMore() async throws {
    try await IdentitySample.run { identity in
      let created = try await identity.createClient("r1")
      let request = IdentityV1.RevokeApiClientRequest(requestID: "r2", clientID: created.client?.clientID ?? "")
      let revoked = try await identity.clients.revokeApiClient(request, options: identity.signed(IdentitySample.administrator))
      #expect(revoked.client?.revoked == true)
      #expect(await reason { try await identity.authenticate(created.apiKey) } == "API_KEY_REVOKED")
      try await identity.service.restart()
      #expect(await reason { try await identity.authenticate(created.apiKey) } == "API_KEY_REVOKED")
      #expect(try await identity.createClient("r1").apiKey.isEmpty)
      // Revoking again is no error.
      _ = try await identity.clients.revokeApiClient(
        IdentityV1.RevokeApiClientRequest(requestID: "r3", clientID: request.clientID),
        options: identity.signed(IdentitySample.administrator))
    }
  }

  @Test(arguments: ["", "pk_", "pk_wrong", "Bearer x", "pk_" + String(repeating: "0", count: 52), String(repeating: "x", count: 100_000)])
  func aKeyThatNobodyHasIsUnknown(key: String) async throws {
    try await IdentitySample.run { identity in
      let error = await #expect(throws: RPCError.self) { try await identity.authenticate(key) }
      #expect(error?.code == .unauthenticated)
      #expect(error?.reason == "API_KEY_UNKNOWN")
    }
  }

  @Test func aClientMayBeBoundToAsManyStoresAsItsCallerCanCarry() async throws {
    try await IdentitySample.run { identity in
      let stores = (0..<230).map { "sto_01jd0000000000000000000\(100 + $0)" }
      let created = try await identity.createClient("r1", scopes: ["pos.read"], stores: stores)
      #expect(try await identity.authenticate(created.apiKey).storeIDs == stores)
    }
  }

  @Test func nobodyGivesAwayWhatTheyDoNotHave() async throws {
    try await IdentitySample.run { identity in
      let manager = Caller(clientID: "cli_m", scopes: ["clients.write", "pos.checkout"], storeIDs: ["sto_1", "sto_2"])
      let created = try await identity.createClient("r1", scopes: ["pos.checkout"], stores: ["sto_2"], as: manager)
      #expect(created.client?.storeIDs == ["sto_2"])
      for (number, scopes, stores, expected) in [
        (2, ["*"], ["sto_1"], "SCOPE_NOT_HELD"), (3, ["pos.checkout", "members.read"], ["sto_1"], "SCOPE_NOT_HELD"),
        (4, ["pos.checkout"], [], "STORE_NOT_HELD"), (5, ["pos.checkout"], ["sto_1", "sto_3"], "STORE_NOT_HELD"),
      ] {
        #expect(await reason { try await identity.createClient("r\(number)", scopes: scopes, stores: stores, as: manager) } == expected)
      }
      #expect(await reason { try await identity.createClient("r6", as: IdentitySample.till) } == "SCOPE_MISSING")
    }
  }

  @Test(
    arguments: [
      (["pos.sell"], [], "scopes[0]"), ([""], [], "scopes[0]"), (["POS.READ"], [], "scopes[0]"), (["pos.*"], [], "scopes[0]"),
      (["saga"], [], "scopes[0]"), (["pos.read", "clients.authenticate"], [], "scopes[1]"),
      ([], [], "scopes"), (["pos.read"], [""], "store_ids[0]"), (["pos.read"], ["sto 1"], "store_ids[0]"),
      (["pos.read"], (0..<250).map { "sto_01jd0000000000000000000\(100 + $0)" }, "store_ids"),
    ] as [([String], [String], String)])
  func aWrongClientIsNamed(scopes: [String], stores: [String], field: String) async throws {
    try await IdentitySample.run { identity in
      let error = await #expect(throws: RPCError.self) { try await identity.createClient("r1", scopes: scopes, stores: stores) }
      #expect(error?.code == .invalidArgument)
      #expect(error?.fieldViolations.map(\.field) == [field])
    }
  }

  @Test func theFirstStartMakesTheBootstrapClientAndWritesItsKeyOnce() async throws {
    try await IdentitySample.run { identity in
      let path = identity.service.folder.path + "/bootstrap-key"
      let text = try String(contentsOfFile: path, encoding: .utf8)
      let mode = try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)
      #expect(mode.intValue == 0o600)
      let key = text.trimmingCharacters(in: .newlines)
      let client = try await identity.authenticate(key)
      #expect(client.scopes == ["*"])
      #expect(identity.service.logs.lines.allSatisfy { !$0.contains(key) })
      // Deleted once other clients exist: a later start neither writes it again nor changes the key.
      try FileManager.default.removeItem(atPath: path)
      try await identity.service.restart()
      #expect(!FileManager.default.fileExists(atPath: path))
      #expect(try await identity.authenticate(key) == client)
    }
  }

  @Test(.enabled(if: TestEngine.isSQLite, "on a file")) func whoeverOnlyLooksMakesNoBootstrapClient() async throws {
    let folder = try TemporaryFolder("looking")
    let path = folder.path + "/identity.sqlite"
    await (try Database.open(DatabaseConfiguration(path: path), migrations: IdentityApp.migrations)).close()
    let logs = LogRecorder()
    let assembly = try await ServiceAssembly<IdentityApp>(
      config: LoadedConfig<IdentityApp>(values: ["database": path]),
      outside: ServiceAssembly<IdentityApp>.Outside(
        logger: logs.logger("identity"), metrics: NOOPMetricsHandler.instance, clock: ManualClock(), ids: SequentialIDs(),
        random: SeededRandomSource(), keyRing: nil, openChannel: { _, _ in UnavailableChannel() }),
      for: .looking)
    #expect(try await assembly.app.verify().isEmpty)
    let clients = try await assembly.environment.database.read { snapshot in
      try snapshot.all(SQL("test.clients", "SELECT client_id FROM api_client")) { $0.text(0) }
    }
    #expect(clients.isEmpty)
    await assembly.databases?.close()
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/bootstrap-key"))
    folder.remove()
  }

  @Test func aStartThatDiedBetweenTheFileAndTheRowIsCompletedWithTheSameKey() async throws {
    try await IdentitySample.run { identity in
      let path = identity.service.folder.path + "/bootstrap-key"
      let key = try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .newlines)
      try await identity.service.database.write { transaction in
        for table in ["api_client_scope", "api_client"] {
          try transaction.run(table == "api_client" ? Self.deleteClients : Self.deleteScopes)
        }
      }
      #expect(await reason { try await identity.authenticate(key) } == "API_KEY_UNKNOWN")
      try await identity.service.restart()
      #expect(try await identity.authenticate(key).scopes == ["*"])
    }
  }

  private static let deleteScopes = SQL("test.delete-scopes", "DELETE FROM api_client_scope")
  private static let deleteClients = SQL("test.delete-clients", "DELETE FROM api_client")

  @Test func clientsAreListedPageByPage() async throws {
    try await IdentitySample.run { identity in
      for number in 1...3 { _ = try await identity.createClient("r\(number)") }
      var names: [String] = []
      var token = ""
      repeat {
        let page = try await identity.clients.listApiClients(
          IdentityV1.ListApiClientsRequest(pageSize: 2, pageToken: token), options: identity.signed(IdentitySample.administrator))
        names += page.clients.map(\.displayName)
        token = page.nextPageToken
      } while !token.isEmpty
      #expect(names.sorted() == ["bootstrap", "till 1", "till 1", "till 1"])
    }
  }
}
