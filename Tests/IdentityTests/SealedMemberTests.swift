import Database
import Foundation
import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Identity
@testable import ServiceKit

@Suite struct SealedMemberTests {
  /// Words that stand nowhere else.
  static let plainWords = ["Zenobia Quartermaine", "+14155550177", "zenobia.q@example.com", "19870605", "band-zq-1", "household-zq-7"]

  static let zenobia = IdentityV1.EnrolMemberRequest(
    requestID: "z1", name: plainWords[0], phone: plainWords[1], email: plainWords[2], birthday: TypeV1.Date(year: 1987, month: 6, day: 5),
    demographics: IdentityV1.Demographics(ageBand: plainWords[4], kidsCount: "3"), homeStoreID: "sto_1",
    consents: [IdentityV1.Consent(purpose: .terms, granted: true, textVersion: "1")], externalID: plainWords[5])

  /// Which of `words` stand in a file of the folder.
  static func found(_ words: [String], in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted().flatMap { name in
      let bytes = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
      return words.filter { bytes.range(of: Data($0.utf8)) != nil }.map { "\($0) in \(name)" }
    }
  }

  @Test(
    arguments: [
      (["database": "postgres://db/identity"], "must be a postgres:// URL"),
      (["database": "postgres://db/identity", "keys-database": "./keys.sqlite"], "must be a postgres:// URL"),
      (["database": "postgres://db/identity", "keys-database": "postgres://db/identity"], "must not be the database"),
      (["database": "./identity.sqlite", "keys-database": "postgres://db/keys"], "goes with a database on a server"),
      (["database": "./identity.sqlite", "keys-database": "./keys.sqlite"], "goes with a database on a server"),
    ] as [([String: String], String)])
  func `on a server the keys have a database of their own, and beside a file they are a file`(values: [String: String], problem: String) {
    let error = #expect(throws: ConfigError.self) { try LoadedConfig<IdentityApp>(values: values) }
    #expect(error?.key == "keys-database")
    #expect(error?.problem.hasPrefix(problem) == true)
  }

  @Test(.enabled(if: TestEngine.isSQLite, "a server's keys are shared"))
  func `a second process on the same keys does not start`() async throws {
    try await IdentitySample.run { identity in
      let common = identity.service.environment.common
      let error = await #expect(throws: ConfigError.self) {
        _ = try await ServiceDatabases.open(for: IdentityApp.self, common, for: .serving)
      }
      #expect(error?.problem.contains("only one may") == true)
      await (try ServiceDatabases.open(for: IdentityApp.self, common, for: .looking)).close()
    }
  }

  @Test func `nothing that names a person stands in any file`() async throws {
    try await IdentitySample.run { identity in
      let memberID = try await identity.enrol(Self.zenobia).memberID
      try await identity.update(
        "u1", ["name", "phone"], IdentityV1.Member(memberID: memberID, name: "Zoë Fitzwilliam", phone: "+14155550178"))
      let words = Self.plainWords + ["Zoë Fitzwilliam", "+14155550178"]
      // While the log holds the pages, and after it was moved into the file.
      #expect(try Self.found(words, in: identity.service.folder.path) == [])
      try await identity.service.restart()
      #expect(try Self.found(words, in: identity.service.folder.path) == [])
      #expect(try await identity.find(.phone("+14155550178")).name == "Zoë Fitzwilliam")
    }
  }

  @Test func `a member reads the same from a fresh process as from memory`() async throws {
    try await IdentitySample.run { identity in
      let memberID = try await identity.enrol(Self.zenobia).memberID
      let before = try await identity.find(.memberID(memberID))
      try await identity.service.restart()
      #expect(try await identity.find(.memberID(memberID)) == before)
      #expect(before.demographics == Self.zenobia.demographics)
      #expect(before.externalID == Self.plainWords[5])
      #expect(try await identity.service.app.verify().isEmpty)
    }
  }

  @Test func `a value that was moved or altered is told as damage, never as data`() async throws {
    let statements =
      [
        (SQL("test.other-column", "UPDATE member SET name = email WHERE member_id = ?1"), []),
        (SQL("test.other-member", "UPDATE member SET name = (SELECT name FROM member WHERE member_id <> ?1) WHERE member_id = ?1"), []),
        (SQL("test.altered", "UPDATE member SET name = ?2 WHERE member_id = ?1"), [.blob(Array(repeating: 0, count: 40))]),
        (SQL("test.cut", "UPDATE member SET name = substr(name, 1, 20) WHERE member_id = ?1"), []),
        (SQL("test.empty", "UPDATE member SET name = ?2 WHERE member_id = ?1"), [.blob([])]),
      ] as [(SQL, [SQLValue])]
    for (statement, values) in statements {
      try await IdentitySample.run { identity in
        let memberID = try await identity.enrol(Self.zenobia).memberID
        let other = try await identity.enrol(IdentityV1.EnrolMemberRequest(requestID: "o1", name: "Other")).memberID
        try await identity.service.database.write { _ = try $0.run(statement, [.text(memberID)] + values) }
        let error = await #expect(throws: RPCError.self, "\(statement.name)") { try await identity.find(.memberID(memberID)) }
        #expect(error?.code == .dataLoss)
        #expect(error?.reason == "STORAGE_DAMAGED")
        #expect(identity.service.logs.lines.contains { $0.contains("member.name of \(memberID) does not open") })
        #expect(try await identity.find(.memberID(other)).name == "Other")
        #expect(try await identity.service.app.verify().map(\.check) == ["identity.sealed_fields_open"])
      }
    }
  }

  @Test func `a member whose key is lost is told as damage`() async throws {
    try await IdentitySample.run { identity in
      let memberID = try await identity.enrol(Self.zenobia).memberID
      try await identity.keys.write { _ = try $0.run(SQL("test.lose", "DELETE FROM vault_key")) }
      try await identity.service.restart()
      #expect(await reason { try await identity.find(.memberID(memberID)) } == "STORAGE_DAMAGED")
      let update = IdentityV1.Member(memberID: memberID, name: "x")
      #expect(await reason { try await identity.update("u1", ["name"], update) } == "STORAGE_DAMAGED")
      #expect(try await identity.service.app.verify().map(\.check) == ["identity.member_has_a_key"])
    }
  }

  @Test func `verify names hashes that are not those of the fields`() async throws {
    try await IdentitySample.run { identity in
      let memberID = try await identity.enrol(Self.zenobia).memberID
      try await identity.service.database.write {
        _ = try $0.run(SQL("test.hash", "UPDATE member SET phone_hash = ?1"), [.blob(Array(repeating: 0, count: 32))])
      }
      let differences = try await identity.service.app.verify()
      #expect(differences.map(\.check) == ["identity.hashes_match_fields"])
      #expect(differences.first?.ids == [memberID])
    }
  }

  // MARK: Two databases

  @Test func `a key whose member never came does no harm and is swept`() async throws {
    try await IdentitySample.run { identity in
      let memberID = try await identity.enrol(Self.zenobia).memberID
      // Refused, it gives its key back. Those made ahead stay behind when the process ends, as after a kill between the two commits.
      #expect(await reason { try await identity.enrol(Self.zenobia.identified("z2")) } == "PHONE_TAKEN")
      #expect(try await identity.keyOwners() == [memberID])
      #expect(try await identity.allKeyOwners().count == KeyStock.batch)
      try await identity.service.restart()
      #expect(try await identity.service.app.verify().isEmpty)
      try await identity.upkeep()
      if !TestEngine.isSQLite {
        // Another replica may have them ahead, for less than a day.
        #expect(try await identity.allKeyOwners().count == KeyStock.batch)
        identity.service.clock.advance(by: .seconds(24 * 3_600))
        try await identity.upkeep()
      }
      #expect(try await identity.allKeyOwners() == [memberID])
      #expect(try await identity.find(.memberID(memberID)).name == Self.plainWords[0])
    }
  }

  @Test(arguments: TestEngine.isSQLite ? ["vault-keys", "identity-keys.sqlite"] : ["vault-keys"])
  func `a start without the keys of a populated database is refused and makes nothing`(missing: String) async throws {
    try await IdentitySample.run { identity in
      try await identity.enrol(Self.zenobia)
      let path = identity.service.folder.path + "/" + missing
      let aside = NSTemporaryDirectory() + "patron-aside-\(UUID().uuidString)"
      let error = await #expect(throws: ConfigError.self) {
        try await identity.service.restart {
          try FileManager.default.moveItem(atPath: path, toPath: aside)
        }
      }
      #expect(error?.problem.contains("missing") == true)
      #expect(!FileManager.default.fileExists(atPath: path))
      try FileManager.default.moveItem(atPath: aside, toPath: path)
      try await identity.service.restart()
      #expect(try await identity.find(.phone(Self.plainWords[1])).name == Self.plainWords[0])
    }
  }

  @Test(.enabled(if: TestEngine.isSQLite, "copies files"))
  func `the key database of another installation is refused`() async throws {
    try await IdentitySample.run { identity in
      try await identity.enrol(Self.zenobia)
      try await IdentitySample.run(seed: 2) { other in
        try await other.enrol(Self.zenobia)
        let names = ["identity-keys.sqlite", "vault-keys"]
        let error = await #expect(throws: ConfigError.self) {
          try await other.service.restart {
            for name in names {
              try FileManager.default.removeItem(atPath: other.service.folder.path + "/" + name)
              for suffix in name.hasSuffix("sqlite") ? ["", "-wal"] : [""] {
                try FileManager.default.copyItem(
                  atPath: identity.service.folder.path + "/" + name + suffix, toPath: other.service.folder.path + "/" + name + suffix)
              }
            }
          }
        }
        #expect(error?.problem.contains("of another installation") == true)
      }
    }
  }
}

extension IdentitySample {
  /// The database of the members' keys.
  var keys: Database {
    get throws { try #require(service.environment.companion("keys")) }
  }

  /// Whose key and row are both there; keys that were made ahead, in this process or one before, are not among them.
  func keyOwners() async throws -> [String] {
    let owners = try await allKeyOwners()
    return try await service.database.read { snapshot in
      try owners.filter { try MemberStore.standing(of: $0, in: snapshot) != .absent }
    }
  }

  func allKeyOwners() async throws -> [String] {
    try await keys.read { try $0.all(SQL("test.owners", "SELECT owner_id FROM vault_key ORDER BY owner_id")) { $0.text(0) } }
  }

  /// What the background does once a day.
  func upkeep() async throws {
    try await VaultUpkeep(members: try #require(service.app.preparedMembers), environment: service.environment).once()
  }
}
