import Database
import Foundation
import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Identity
@testable import ServiceKit

/// A database that version 1 of the schema has populated, served by this binary.
@Suite(.enabled(if: TestEngine.isSQLite, "plain members were only ever in files")) struct SealingUpgradeTests {
  private static let members = 600

  /// Two of every three have a phone, one of every four an email; number 7 is Zenobia.
  private static func populate(_ path: String) async throws {
    let database = try Database.open(DatabaseConfiguration(path: path), migrations: [IdentityApp.migrations[0]])
    try await database.write { transaction in
      for number in 0..<members {
        let id = memberID(number)
        let isZenobia = number == 7
        let words = SealedMemberTests.plainWords
        try transaction.run(
          insertMember,
          [
            .text(id), .text(isZenobia ? words[0] : "Plainname \(number)"),
            .optional(isZenobia ? words[1] : number % 3 == 0 ? nil : phone(number)), .optional(isZenobia ? words[2] : nil),
            .optional(isZenobia ? 19_870_605 : nil), .text(isZenobia ? words[4] : ""), .optional(isZenobia ? words[5] : nil),
          ])
        try transaction.run(insertCard, [.text(card(number)), .text(id)])
        try transaction.run(insertConsent, [.text("cns_\(number)"), .text(id)])
      }
    }
    let hash = BodyHash(database: database)(oldRequest, method: oldMethod)
    try await database.write { transaction in
      try transaction.record(
        RequestKey(client: "cli_office", method: oldMethod, requestID: oldRequest.requestID), bodyHash: hash,
        reply: oldReply.encoded(), at: Date(timeIntervalSince1970: 1))
      for number in 0..<600 {
        try transaction.record(
          RequestKey(client: "cli_\(number)", method: "/other/Method", requestID: "r"), bodyHash: [UInt8](repeating: 7, count: 32),
          reply: [],
          at: Date(timeIntervalSince1970: 1))
      }
    }
    await database.close()
  }

  /// A request that the earlier version answered.
  private static let oldMethod = "/patron.identity.v1.IdentityService/EnrolMember"
  private static let oldRequest = IdentityV1.EnrolMemberRequest(requestID: "old", name: "Plainname 1", phone: phone(1))
  private static let oldReply = IdentityV1.EnrolMemberResponse(memberID: memberID(1), cardCode: card(1))

  private static func memberID(_ number: Int) -> String { "mem_\(1_000 + number)" }
  private static func phone(_ number: Int) -> String { "+8613800\(100_000 + number)" }
  private static func card(_ number: Int) -> String {
    CardCode(random: [UInt8](repeating: 0, count: 14) + [UInt8(number / 256), UInt8(number % 256)]).digits
  }

  private static let insertMember = SQL(
    "test.insert-member",
    """
    INSERT INTO member (member_id, state, name, phone, email, email_key, birthday, age_band, income_band, home_ownership, marital_status,
      household_size, household_composition, kids_count, home_store_id, external_id, create_time, update_time)
    VALUES (?1, 1, ?2, ?3, ?4, ?4, ?5, ?6, '', '', '', '2', '', '', 'sto_1', ?7, 1000000, 2000000)
    """)
  private static let insertCard = SQL("test.insert-card", "INSERT INTO card (card_code, member_id, create_time) VALUES (?1, ?2, 1000000)")
  private static let insertConsent = SQL(
    "test.insert-consent", "INSERT INTO consent_entry VALUES (?1, ?2, 1, 0, 1, 1, 'v1', 'cli_1', '', 1000000)")

  @Test func `a populated database is sealed at the first start, and no plain byte stays`() async throws {
    try await IdentitySample.run { identity in
      try await identity.service.restart {
        try identity.removeAllFiles()
        try await Self.populate(identity.service.databasePath)
        #expect(try SealedMemberTests.found(SealedMemberTests.plainWords, in: identity.service.folder.path).count > 3)
      }
      let words = SealedMemberTests.plainWords + ["Plainname", "+8613800"]
      #expect(try SealedMemberTests.found(words, in: identity.service.folder.path) == [])
      #expect(try await identity.service.app.verify().isEmpty)
      let zenobia = try await identity.find(.phone(SealedMemberTests.plainWords[1]))
      #expect(
        zenobia
          == IdentityV1.Member(
            memberID: Self.memberID(7), state: .active, name: SealedMemberTests.plainWords[0], phone: SealedMemberTests.plainWords[1],
            email: SealedMemberTests.plainWords[2], birthday: TypeV1.Date(year: 1987, month: 6, day: 5),
            demographics: IdentityV1.Demographics(ageBand: SealedMemberTests.plainWords[4], householdSize: "2"), homeStoreID: "sto_1",
            consents: zenobia.consents, cardCode: Self.card(7), externalID: SealedMemberTests.plainWords[5], createTime: zenobia.createTime,
            updateTime: zenobia.updateTime))
      #expect(zenobia.consents.map(\.textVersion) == ["v1"])
      #expect(zenobia.createTime?.date == Date(timeIntervalSince1970: 1))
      #expect(try await identity.find(.cardCode(Self.card(301))).phone == Self.phone(301))
      #expect(try await identity.keyOwners().count == Self.members)
      let again = IdentityV1.EnrolMemberRequest(requestID: "r1", phone: Self.phone(301))
      #expect(await reason { try await identity.enrol(again) } == "PHONE_TAKEN")
      // What was answered before is answered alike, and its hash is one that the database alone cannot make.
      #expect(try await identity.enrol(Self.oldRequest) == Self.oldReply)
      let other = IdentityV1.EnrolMemberRequest(requestID: Self.oldRequest.requestID, name: "Another", phone: Self.oldRequest.phone)
      #expect(await reason { try await identity.enrol(other) } == "REQUEST_ID_REUSED")
      let lengths = try await identity.service.database.read { snapshot in
        try snapshot.all(SQL("test.lengths", "SELECT DISTINCT method, length(body_hash) FROM database_request ORDER BY 1")) {
          "\($0.text(0)) \($0.int(1))"
        }
      }
      #expect(lengths == ["/other/Method 32", "\(Self.oldMethod) 33"])
      // Once only.
      try await identity.service.restart()
      #expect(identity.service.logs.lines.filter { $0.contains("sealed what stood in plain") }.count == 1)
    }
  }

  @Test func `a sealing that was cut off goes on where it stood`() async throws {
    try await IdentitySample.run { identity in
      try await identity.service.restart {
        try identity.removeAllFiles()
        try await Self.populate(identity.service.databasePath)
      }
      // As a kill leaves it: some rows sealed, others plain with their keys made, and the file not yet written anew.
      try await identity.service.database.write { transaction in
        try transaction.run(SQL("test.unscrub", "UPDATE vault_link SET is_scrubbed = 0"))
        try transaction.run(
          SQL(
            "test.plain-again",
            """
            INSERT INTO plain_member (member_id, state, name, phone, age_band, income_band, home_ownership, marital_status, household_size,
              household_composition, kids_count, home_store_id, create_time, update_time)
            SELECT member_id, 1, 'Plainname ' || member_id, NULL, '', '', '', '', '', '', '', '', 0, 0 FROM member WHERE member_id >= 'mem_1300'
            """))
        try transaction.run(
          SQL("test.unseal", "UPDATE member SET name = NULL, phone = NULL, phone_hash = NULL WHERE member_id >= 'mem_1300'"))
      }
      try await identity.service.restart()
      #expect(try SealedMemberTests.found(["Plainname"], in: identity.service.folder.path) == [])
      #expect(try await identity.find(.memberID("mem_1400")).name == "Plainname mem_1400")
      #expect(try await identity.find(.memberID("mem_1100")).name == "Plainname 100")
      #expect(try await identity.service.app.verify().isEmpty)
      #expect(try await identity.keyOwners().count == Self.members)
    }
  }

  @Test func `a plain backup from before brings nobody back who was erased since`() async throws {
    try await IdentitySample.run { identity in
      try await identity.service.restart {
        try identity.removeAllFiles()
        try await Self.populate(identity.service.databasePath)
        try await identity.log.add([ErasureLog.Entry(memberID: Self.memberID(7), time: ManualClock.start)])
      }
      #expect(await reason { try await identity.find(.memberID(Self.memberID(7))) } == "MEMBER_ERASED")
      #expect(try SealedMemberTests.found(SealedMemberTests.plainWords, in: identity.service.folder.path) == [])
      #expect(try await identity.keyOwners().count == Self.members - 1)
      #expect(try await identity.service.app.verify().isEmpty)
    }
  }
}

extension IdentitySample {
  func removeAllFiles() throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: service.folder.path) {
      try FileManager.default.removeItem(atPath: service.folder.path + "/" + name)
    }
  }
}
