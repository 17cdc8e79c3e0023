import Database
import Foundation
import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Identity
@testable import ServiceKit

@Suite struct EraseMemberTests {
  private static let eraser = Caller(clientID: "cli_privacy", staffID: "sta_7", scopes: ["members.erase"])
  private static let zenobia = SealedMemberTests.zenobia

  @discardableResult
  private func erase(_ memberID: String, _ requestID: String = "x1", in identity: IdentitySample) async throws
    -> IdentityV1.EraseMemberResponse
  {
    try await identity.members.eraseMember(
      IdentityV1.EraseMemberRequest(requestID: requestID, memberID: memberID), options: identity.signed(Self.eraser))
  }

  /// The log line decides before the request's id is recorded: nobody may come between.
  @Test func `of two members under one request id at once one alone is erased`() async throws {
    try await IdentitySample.run { identity in
      for round in 0..<10 {
        var memberIDs: [String] = []
        for number in 0..<2 {
          memberIDs.append(try await identity.enrol(.init(requestID: "e\(round)-\(number)", name: "Ada")).memberID)
        }
        let (one, other) = (memberIDs[0], memberIDs[1])
        async let first = outcome { try await erase(one, "x\(round)", in: identity) }
        async let second = outcome { try await erase(other, "x\(round)", in: identity) }
        let outcomes = await [first, second]
        #expect(outcomes.sorted() == ["REQUEST_ID_REUSED", "done"])
        try await identity.upkeep()
        for (memberID, outcomeOfErasing) in zip(memberIDs, outcomes) {
          let found = await outcome { try await identity.find(.memberID(memberID)) }
          #expect(found == (outcomeOfErasing == "done" ? "MEMBER_ERASED" : "done"))
        }
      }
    }
  }

  @Test func `who was erased is found by nothing, and the id says so`() async throws {
    try await IdentitySample.run { identity in
      let enrolled = try await identity.enrol(Self.zenobia)
      _ = try await identity.find(.memberID(enrolled.memberID))
      #expect(try await erase(enrolled.memberID, in: identity).memberID == enrolled.memberID)
      // At once, and after a restart.
      for _ in 0..<2 {
        let keys: [IdentityV1.FindMemberRequest.Key] = [
          .phone(SealedMemberTests.plainWords[1]), .email(SealedMemberTests.plainWords[2]), .cardCode(enrolled.cardCode),
          .externalID(SealedMemberTests.plainWords[5]),
        ]
        for key in keys { #expect(await reason { try await identity.find(key) } == "MEMBER_NOT_FOUND") }
        let error = await #expect(throws: RPCError.self) { try await identity.find(.memberID(enrolled.memberID)) }
        #expect(error?.code == .notFound)
        #expect(error?.reason == "MEMBER_ERASED")
        #expect(
          await reason {
            try await identity.members.getMember(
              IdentityV1.GetMemberRequest(memberID: enrolled.memberID), options: identity.signed(IdentitySample.backOffice))
          } == "MEMBER_ERASED")
        let list = try await identity.members.listMembers(
          IdentityV1.ListMembersRequest(), options: identity.signed(IdentitySample.backOffice))
        #expect(list.members.isEmpty)
        #expect(try await identity.keyOwners().isEmpty)
        #expect(try await identity.service.app.verify().isEmpty)
        try await identity.service.restart()
      }
    }
  }

  @Test func `who was erased cannot be changed, and repeats of earlier requests tell nothing`() async throws {
    try await IdentitySample.run { identity in
      let memberID = try await identity.enrol(Self.zenobia).memberID
      let member = IdentityV1.Member(memberID: memberID, name: "Z")
      let card = IdentityV1.ReplaceCardRequest(requestID: "c1", memberID: memberID)
      try await identity.update("u1", ["name"], member)
      _ = try await identity.members.replaceCard(card, options: identity.signed(IdentitySample.backOffice))
      try await erase(memberID, in: identity)
      for requestID in ["u1", "u2"] {
        #expect(await reason { try await identity.update(requestID, ["name"], member) } == "MEMBER_ERASED")
      }
      for requestID in ["c1", "c2"] {
        let card = IdentityV1.ReplaceCardRequest(requestID: requestID, memberID: memberID)
        let refused = await reason { try await identity.members.replaceCard(card, options: identity.signed(IdentitySample.backOffice)) }
        #expect(refused == "MEMBER_ERASED")
      }
      let error = await #expect(throws: RPCError.self) { try await identity.enrol(Self.zenobia) }
      #expect(error?.code == .notFound)
      #expect(error?.reason == "MEMBER_ERASED")
    }
  }

  @Test func `the phone of who was erased is free, and a new member with it is another`() async throws {
    try await IdentitySample.run { identity in
      let first = try await identity.enrol(Self.zenobia)
      try await erase(first.memberID, in: identity)
      let second = try await identity.enrol(Self.zenobia.identified("z2"))
      #expect(second.memberID != first.memberID)
      #expect(second.cardCode != first.cardCode)
      #expect(try await identity.find(.phone(SealedMemberTests.plainWords[1])).memberID == second.memberID)
    }
  }

  @Test func `erasing takes effect once, whoever asks and however often`() async throws {
    try await IdentitySample.run { identity in
      let memberID = try await identity.enrol(Self.zenobia).memberID
      await withTaskGroup(of: Void.self) { group in
        for number in 0..<20 {
          group.addTask { await #expect(throws: Never.self) { try await erase(memberID, "x\(number % 4)", in: identity) } }
        }
      }
      let events = try await identity.service.database.events(after: 0, limit: 10).map(\.event)
      #expect(events.map(\.type) == ["identity.member_enrolled.v1", "identity.member_erased.v1"])
      #expect(
        try IdentityV1.MemberErased(decoding: events[1].payload)
          == IdentityV1.MemberErased(memberID: memberID, clientID: "cli_privacy", staffID: "sta_7"))
      let other = try await identity.enrol(Self.zenobia.identified("z2")).memberID
      #expect(await reason { try await erase(other, "x1", in: identity) } == "REQUEST_ID_REUSED")
      #expect(await reason { try await erase("mem_none", "x9", in: identity) } == "MEMBER_NOT_FOUND")
      #expect(await reason { try await erase(other, "", in: identity) } == "REQUEST_ID_REQUIRED")
      #expect(try await identity.find(.memberID(other)).memberID == other)
      #expect(try await identity.log.entries().map(\.ownerID) == [memberID])
    }
  }

  @Test func `erasing asks for a scope of its own`() async throws {
    try await IdentitySample.run { identity in
      let memberID = try await identity.enrol(Self.zenobia).memberID
      #expect(
        await reason {
          try await identity.members.eraseMember(
            IdentityV1.EraseMemberRequest(requestID: "x1", memberID: memberID), options: identity.signed(IdentitySample.backOffice))
        } == "SCOPE_MISSING")
    }
  }

  @Test func `members who read, change and erase one another at once see data or the erasure, nothing between`() async throws {
    try await IdentitySample.run { identity in
      let memberIDs = try await withThrowingTaskGroup(of: String.self) { group in
        for number in 0..<40 {
          group.addTask { try await identity.enrol(IdentityV1.EnrolMemberRequest(requestID: "e\(number)", name: "N\(number)")).memberID }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      let outcomes = await withTaskGroup(of: String.self) { group in
        for (number, memberID) in memberIDs.enumerated() {
          group.addTask { await outcome { try await erase(memberID, "x\(number)", in: identity) } }
          for _ in 0..<4 { group.addTask { await outcome { try await identity.find(.memberID(memberID)) } } }
          group.addTask {
            await outcome { try await identity.update("u\(number)", ["name"], IdentityV1.Member(memberID: memberID, name: "M")) }
          }
          group.addTask {
            await outcome {
              try await identity.members.listMembers(
                IdentityV1.ListMembersRequest(), options: identity.signed(IdentitySample.backOffice))
            }
          }
        }
        return await group.reduce(into: Set<String>()) { $0.insert($1) }
      }
      #expect(outcomes.isSubset(of: ["done", "MEMBER_ERASED"]), "\(outcomes)")
      #expect(try await identity.keyOwners().isEmpty)
      #expect(try await identity.service.app.verify().isEmpty)
    }
  }

  // MARK: Crashes and backups

  @Test(arguments: [false, true])
  func `what stands in the erasure log is erased at the next start`(rowIsErased: Bool) async throws {
    try await IdentitySample.run { identity in
      let memberID = try await identity.enrol(Self.zenobia).memberID
      // As a kill after the log's line leaves it, and as one after the row's commit does.
      try await identity.log.add([ErasureLog.Entry(memberID: memberID, time: ManualClock.start)])
      if rowIsErased {
        try await identity.service.database.write { _ = try ErasureStore.erase(memberID: memberID, at: ManualClock.start, in: $0) }
      }
      #expect(try await identity.service.app.verify().isEmpty == false)
      try await identity.service.restart()
      #expect(await reason { try await identity.find(.memberID(memberID)) } == "MEMBER_ERASED")
      #expect(try await identity.keyOwners().isEmpty)
      #expect(try await identity.service.app.verify().isEmpty)
    }
  }

  @Test func `an erasure log that was lost is written anew from the database`() async throws {
    try await IdentitySample.run { identity in
      let memberID = try await identity.enrol(Self.zenobia).memberID
      try await erase(memberID, in: identity)
      if TestEngine.isSQLite {
        try FileManager.default.removeItem(atPath: identity.service.folder.path + "/erasures.log")
      } else {
        try await identity.keys.write { _ = try $0.run(SQL("test.lose-log", "DELETE FROM vault_erasure")) }
      }
      try await identity.service.restart()
      #expect(try await identity.log.entries() == [ErasureLog.Entry(memberID: memberID, time: ManualClock.start)])
    }
  }

  @Test(.enabled(if: TestEngine.isSQLite, "copies files"), arguments: [true, false])
  func `a backup from before brings nobody back`(byTheRestoreCommand: Bool) async throws {
    try await IdentitySample.run { identity in
      let memberID = try await identity.enrol(Self.zenobia).memberID
      let kept = try await identity.enrol(IdentityV1.EnrolMemberRequest(requestID: "k1", name: "Kept", phone: "+14155550111")).memberID
      let runner = try ServiceRunner<IdentityApp>(config: LoadedConfig(values: ["database": identity.service.databasePath]))
      let backups = try TemporaryFolder("identity-backups")
      let backup = backups.path + "/before.sqlite"
      try await runner.backup(to: backup)
      #expect(try FileManager.default.contentsOfDirectory(atPath: backups.path).sorted() == ["before-keys.sqlite", "before.sqlite"])
      try await erase(memberID, in: identity)

      try await identity.service.restart {
        if byTheRestoreCommand {
          try await runner.restore(from: backup, replacing: true)
          let keys = try Database.openExisting(
            DatabaseConfiguration(path: identity.service.folder.path + "/identity-keys.sqlite"), migrations: VaultStore.migrations)
          #expect(try await keys.read { try VaultStore.key(of: memberID, in: $0) } == nil)
          await keys.close()
        } else {
          // Copied by hand, which no command sees.
          for (from, to) in [("before.sqlite", "identity.sqlite"), ("before-keys.sqlite", "identity-keys.sqlite")] {
            for suffix in ["", "-wal", "-shm"] {
              try? FileManager.default.removeItem(atPath: identity.service.folder.path + "/" + to + suffix)
            }
            try FileManager.default.copyItem(atPath: backups.path + "/" + from, toPath: identity.service.folder.path + "/" + to)
          }
        }
      }
      #expect(await reason { try await identity.find(.memberID(memberID)) } == "MEMBER_ERASED")
      #expect(await reason { try await identity.find(.phone(SealedMemberTests.plainWords[1])) } == "MEMBER_NOT_FOUND")
      #expect(try await identity.find(.phone("+14155550111")).memberID == kept)
      #expect(try await identity.keyOwners() == [kept])
      let events = try await identity.service.database.events(after: 0, limit: 10).map(\.event)
      #expect(try events.last.map { try IdentityV1.MemberErased(decoding: $0.payload) } == IdentityV1.MemberErased(memberID: memberID))
      #expect(try await identity.service.app.verify().isEmpty)
    }
  }

  @Test(.enabled(if: TestEngine.isSQLite, "the log of a server is a table"))
  func `an erasure log that cannot be written refuses the erasure and changes nothing`() async throws {
    try await IdentitySample.run { identity in
      let memberID = try await identity.enrol(Self.zenobia).memberID
      try FileManager.default.createDirectory(
        atPath: identity.service.folder.path + "/erasures.log", withIntermediateDirectories: false)
      #expect(await reason { try await erase(memberID, in: identity) } == "INTERNAL")
      #expect(try await identity.find(.memberID(memberID)).name == SealedMemberTests.plainWords[0])
      try FileManager.default.removeItem(atPath: identity.service.folder.path + "/erasures.log")
      try await erase(memberID, in: identity)
    }
  }
}

extension IdentitySample {
  var log: ErasureLog {
    get throws {
      TestEngine.isSQLite
        ? ErasureLog(path: service.folder.path + "/erasures.log", key: "erasure-log-file") : ErasureLog(in: try keys)
    }
  }
}
