import Database
import Foundation
import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Identity
@testable import ServiceKit

/// Three replicas of identity on one PostgreSQL server, their keys in another database of it.
@Suite(.enabled(if: !TestEngine.isSQLite, "on PostgreSQL only")) struct ReplicaTests {
  private static let zenobia = SealedMemberTests.zenobia
  private static let privacy = Caller(clientID: "cli_privacy", staffID: "sta_7", scopes: ["members.erase", "members.read"])

  private func erase(_ memberID: String, _ requestID: String, in identity: IdentitySample) async throws {
    _ = try await identity.members.eraseMember(
      IdentityV1.EraseMemberRequest(requestID: requestID, memberID: memberID), options: identity.signed(Self.privacy))
  }

  @Test func `of 1,000 callers of three replicas who enrol one phone, one wins and the others are told`() async throws {
    try await IdentitySample.runReplicas(3) { replicas in
      let outcomes = await withTaskGroup(of: String.self) { group in
        for number in 0..<1_000 {
          let identity = replicas[number % 3]
          group.addTask {
            do {
              return try await identity.enrol(
                IdentityV1.EnrolMemberRequest(requestID: "e\(number)", name: "Caller \(number)", phone: "+14155550142")
              ).memberID
            } catch {
              return (error as? RPCError)?.reason ?? "\(error)"
            }
          }
        }
        return await group.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
      }
      #expect(outcomes["PHONE_TAKEN"] == 999, "\(outcomes)")
      #expect(outcomes.count == 2)
      let winner = try #require(outcomes.keys.first { $0 != "PHONE_TAKEN" })
      for identity in replicas { #expect(try await identity.find(.phone("+14155550142")).memberID == winner) }
      #expect(try await replicas[1].service.app.verify().isEmpty)
    }
  }

  @Test func `who was erased at one replica is shown by none, although the others have the key in memory`() async throws {
    try await IdentitySample.runReplicas(3) { replicas in
      let memberID = try await replicas[0].enrol(Self.zenobia).memberID
      for identity in replicas { #expect(try await identity.find(.memberID(memberID)).name == Self.zenobia.name) }
      try await erase(memberID, "x1", in: replicas[1])
      for identity in replicas {
        #expect(await reason { try await identity.find(.memberID(memberID)) } == "MEMBER_ERASED")
        #expect(await reason { try await identity.find(.phone(Self.zenobia.phone)) } == "MEMBER_NOT_FOUND")
        #expect(
          await reason { try await identity.update("u1", ["name"], IdentityV1.Member(memberID: memberID, name: "x")) } == "MEMBER_ERASED")
        #expect(await reason { try await identity.enrol(Self.zenobia) } == "MEMBER_ERASED")
        let listed = try await identity.members.listMembers(
          IdentityV1.ListMembersRequest(), options: identity.signed(IdentitySample.backOffice))
        #expect(listed.members.isEmpty)
      }
      #expect(try await replicas[2].log.entries().map(\.ownerID) == [memberID])
      #expect(try await replicas[2].keyOwners().isEmpty)
      #expect(try await replicas[2].service.app.verify().isEmpty)
    }
  }

  @Test func `members who are read, changed and erased at three replicas at once show data or the erasure, nothing between`() async throws {
    try await IdentitySample.runReplicas(3) { replicas in
      var memberIDs: [String] = []
      for number in 0..<12 {
        memberIDs.append(try await replicas[number % 3].enrol(IdentityV1.EnrolMemberRequest(requestID: "e\(number)", name: "N")).memberID)
      }
      let outcomes = await withTaskGroup(of: String.self) { group in
        for (number, memberID) in memberIDs.enumerated() {
          for identity in replicas {
            group.addTask { await outcome { try await erase(memberID, "x\(number)", in: identity) } }
            group.addTask { await outcome { try await identity.find(.memberID(memberID)) } }
            group.addTask {
              await outcome { try await identity.update("u\(number)", ["name"], IdentityV1.Member(memberID: memberID, name: "M")) }
            }
          }
        }
        return await group.reduce(into: Set<String>()) { $0.insert($1) }
      }
      #expect(outcomes.isSubset(of: ["done", "MEMBER_ERASED"]), "\(outcomes)")
      let erased = SQL("test.erased", "SELECT count(*) FROM database_outbox WHERE type = 'identity.member_erased.v1'")
      #expect(try await replicas[0].service.database.read { try $0.first(erased) { $0.int(0) } } == 12)
      #expect(try await replicas[0].keyOwners().isEmpty)
      #expect(try await replicas[0].service.app.verify().isEmpty)
    }
  }

  @Test func `one request id for two members at two replicas erases one of them and leaves the other alone`() async throws {
    try await IdentitySample.runReplicas(3) { replicas in
      for round in 0..<6 {
        var memberIDs: [String] = []
        for number in 0..<2 {
          let request = IdentityV1.EnrolMemberRequest(requestID: "e\(round)-\(number)", name: "N")
          memberIDs.append(try await replicas[number].enrol(request).memberID)
        }
        let (one, other) = (memberIDs[0], memberIDs[1])
        async let first = outcome { try await erase(one, "x\(round)", in: replicas[0]) }
        async let second = outcome { try await erase(other, "x\(round)", in: replicas[1]) }
        let outcomes = [await first, await second]
        #expect(outcomes.sorted() == ["REQUEST_ID_REUSED", "done"])
        let spared = outcomes[0] == "done" ? other : one
        #expect(try await replicas[2].find(.memberID(spared)).name == "N")
        #expect(try await !replicas[2].log.entries().map(\.ownerID).contains(spared))
      }
    }
  }

  @Test func `keys that a replica has ahead wait a day for their members, and no member comes by one that was destroyed`() async throws {
    try await IdentitySample.runReplicas(2) { replicas in
      let first = try await replicas[0].enrol(Self.zenobia).memberID
      try await replicas[1].upkeep()
      replicas[0].service.clock.advance(by: .seconds(23 * 3_600))
      try await replicas[1].upkeep()
      #expect(try await replicas[1].allKeyOwners().count == KeyStock.batch)
      // As if the first replica had slept, and its owners ahead with it.
      replicas[0].service.clock.advance(by: .seconds(3_600))
      try await replicas[1].upkeep()
      #expect(try await replicas[1].allKeyOwners() == [first])
      let second = try await replicas[0].enrol(IdentityV1.EnrolMemberRequest(requestID: "e2", name: "Second")).memberID
      #expect(try await replicas[1].find(.memberID(second)).name == "Second")
      #expect(try await replicas[1].service.app.verify().isEmpty)
    }
  }

  @Test func `who had no row when another replica swept is no orphan once the member has come`() async throws {
    try await IdentitySample.runReplicas(2) { replicas in
      let first = try await replicas[0].enrol(Self.zenobia).memberID
      try await replicas[1].upkeep()
      let second = try await replicas[0].enrol(IdentityV1.EnrolMemberRequest(requestID: "e2", name: "Second")).memberID
      try await replicas[1].upkeep()
      let orphans = SQL("test.orphans", "SELECT owner_id FROM vault_orphan ORDER BY owner_id")
      let marked = try await replicas[1].keys.read { try $0.all(orphans) { $0.text(0) } }
      #expect(try await replicas[1].allKeyOwners().filter { $0 != first && $0 != second } == marked)
      #expect(marked.count == KeyStock.batch - 2)
    }
  }

  @Test func `keys in the database of the data are refused, whatever the URL says`() async throws {
    let folder = try TemporaryFolder("keys")
    let (data, keys) = (try TestDatabase("identity", in: folder), try TestDatabase("identity_keys", in: folder))
    let common = try LoadedConfig<IdentityApp>(values: ["database": data.text, "keys-database": keys.text]).common
    let error = await #expect(throws: ConfigError.self) {
      _ = try await ServiceDatabases.open(for: IdentityApp.self, common, for: .serving) { $0.connectTimeout = .seconds(300) }
    }
    #expect(error?.key == "keys-database")
    #expect(error?.problem.contains("must lie apart") == true)
  }
}

extension IdentitySample {
  /// Starts several replicas on one server, hands them to `body`, and stops them, also when `body` throws.
  fileprivate static func runReplicas(_ count: Int, _ body: ([IdentitySample]) async throws -> Void) async throws {
    let ring = KeyRing(keyID: "k1", secret: Array(repeating: 7, count: 32))
    let first = try await TestService<IdentityApp>.start(keyRing: ring, adjustDatabase: TestService<IdentityApp>.underLoad)
    try await first.withReplicas(count) { services in try await body(services.map { IdentitySample(service: $0, ring: ring) }) }
  }
}
