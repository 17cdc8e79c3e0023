import Database
import GoogleProto
import PatronAPI
import RPC
import ServiceKit
import ServiceTesting
import Testing

@testable import Identity

@Suite struct EnrolMemberTests {
  private static let ada = IdentityV1.EnrolMemberRequest(
    requestID: "r1", name: " Ada Lovelace ", phone: "+1 (415) 555-0100", email: " Ada@Example.com",
    birthday: TypeV1.Date(year: 1996, month: 2, day: 29),
    demographics: IdentityV1.Demographics(ageBand: "25-34", householdSize: "2"), homeStoreID: "sto_1",
    consents: [
      IdentityV1.Consent(purpose: .terms, granted: true, textVersion: "2026-01"),
      IdentityV1.Consent(purpose: .marketing, channel: .sms, granted: false, textVersion: "2026-01"),
    ], externalID: "household-7")

  @Test func aMemberIsFoundByEveryKeyAndComesBackInCanonicalForm() async throws {
    try await IdentitySample.run { identity in
      let reply = try await identity.enrol(Self.ada)
      let keys: [IdentityV1.FindMemberRequest.Key] = [
        .memberID(reply.memberID), .phone("+14155550100"), .phone("+1 415-555-0100"), .email("ADA@example.COM"),
        .cardCode(reply.cardCode), .externalID("household-7"),
      ]
      for key in keys {
        let member = try await identity.find(key)
        #expect(member.memberID == reply.memberID)
        #expect(member.name == "Ada Lovelace")
        #expect(member.phone == "+14155550100")
        #expect(member.email == "Ada@Example.com")
        #expect(member.birthday == TypeV1.Date(year: 1996, month: 2, day: 29))
        #expect(member.demographics == Self.ada.demographics)
        #expect(member.homeStoreID == "sto_1")
        #expect(member.state == .active)
        #expect(member.cardCode == reply.cardCode)
        #expect(member.createTime?.date == ManualClock.start)
        #expect(member.consents.map(\.purpose) == [.terms, .marketing])
        #expect(member.consents.map(\.granted) == [true, false])
        #expect(member.consents.allSatisfy { $0.textVersion == "2026-01" && $0.updateTime?.date == ManualClock.start })
      }
    }
  }

  @Test func aMemberMayBeUnknownButForTheirCard() async throws {
    try await IdentitySample.run { identity in
      let first = try await identity.enrol(IdentityV1.EnrolMemberRequest(requestID: "r1"))
      let second = try await identity.enrol(IdentityV1.EnrolMemberRequest(requestID: "r2"))
      #expect(first.memberID != second.memberID)
      #expect(first.cardCode != second.cardCode)
      let member = try await identity.find(.cardCode(second.cardCode))
      #expect(
        member
          == IdentityV1.Member(
            memberID: second.memberID, state: .active, cardCode: second.cardCode, createTime: member.createTime,
            updateTime: member.updateTime))
    }
  }

  @Test func ofAThousandWhoEnrolOnePhoneAtOnceOneWins() async throws {
    try await IdentitySample.run { identity in
      let outcomes = await withTaskGroup(of: String.self) { group in
        for number in 0..<1_000 {
          group.addTask {
            do {
              try await identity.enrol(IdentityV1.EnrolMemberRequest(requestID: "r\(number)", phone: "+14155550100"))
              return "won"
            } catch {
              return (error as? RPCError)?.reason ?? "\(error)"
            }
          }
        }
        return await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
      }
      #expect(outcomes == ["won": 1, "PHONE_TAKEN": 999])
    }
  }

  @Test func aRepeatAnswersAlikeAndMakesNoSecondMember() async throws {
    try await IdentitySample.run { identity in
      let first = try await identity.enrol(Self.ada)
      try await identity.service.restart()
      #expect(try await identity.enrol(Self.ada) == first)
      let list = try await identity.members.listMembers(
        IdentityV1.ListMembersRequest(), options: identity.signed(IdentitySample.backOffice))
      #expect(list.members.map(\.memberID) == [first.memberID])
    }
  }

  @Test func anIDThatWasUsedForAnotherPersonIsRefused() async throws {
    try await IdentitySample.run { identity in
      try await identity.enrol(Self.ada)
      var other = Self.ada
      other.name = "Grace Hopper"
      #expect(await reason { try await identity.enrol(other) } == "REQUEST_ID_REUSED")
    }
  }

  @Test(
    arguments: [
      (IdentityV1.EnrolMemberRequest(phone: "+14155550100"), "PHONE_TAKEN"),
      (IdentityV1.EnrolMemberRequest(email: "ada@EXAMPLE.com"), "EMAIL_TAKEN"),
      (IdentityV1.EnrolMemberRequest(externalID: "household-7"), "EXTERNAL_ID_TAKEN"),
    ] as [(IdentityV1.EnrolMemberRequest, String)])
  func aKeyThatAnotherMemberHasIsRefusedAndLeavesNothing(request: IdentityV1.EnrolMemberRequest, expected: String) async throws {
    try await IdentitySample.run { identity in
      try await identity.enrol(Self.ada)
      #expect(await reason { try await identity.enrol(request.identified("r2")) } == expected)
      let counts = try await identity.service.database.read { snapshot in
        try snapshot.first(SQL("test.count", "SELECT (SELECT COUNT(*) FROM member), (SELECT COUNT(*) FROM card)"), []) {
          [$0.int(0), $0.int(1)]
        }
      }
      #expect(counts == [1, 1])
      // Nothing was recorded either: the id may be used for a request that succeeds.
      try await identity.enrol(IdentityV1.EnrolMemberRequest(requestID: "r2"))
    }
  }

  @Test(
    arguments: [
      ("name", IdentityV1.EnrolMemberRequest(name: String(repeating: "é", count: 101))),
      ("name", IdentityV1.EnrolMemberRequest(name: "a\nb")),
      ("phone", IdentityV1.EnrolMemberRequest(phone: "4155550100")),
      ("phone", IdentityV1.EnrolMemberRequest(phone: "+0415555")),
      ("phone", IdentityV1.EnrolMemberRequest(phone: "+123456")),
      ("phone", IdentityV1.EnrolMemberRequest(phone: "+1234567890123456")),
      ("phone", IdentityV1.EnrolMemberRequest(phone: "+1415555010x")),
      ("phone", IdentityV1.EnrolMemberRequest(phone: "+١٤١٥٥٥٥٠١٠٠")),
      ("email", IdentityV1.EnrolMemberRequest(email: "ada")),
      ("email", IdentityV1.EnrolMemberRequest(email: "ada@example")),
      ("email", IdentityV1.EnrolMemberRequest(email: "a@b@example.com")),
      ("email", IdentityV1.EnrolMemberRequest(email: "a da@example.com")),
      ("email", IdentityV1.EnrolMemberRequest(email: "<ada>@example.com")),
      ("email", IdentityV1.EnrolMemberRequest(email: "ada@-example.com")),
      ("email", IdentityV1.EnrolMemberRequest(email: String(repeating: "a", count: 65) + "@example.com")),
      ("birthday", IdentityV1.EnrolMemberRequest(birthday: TypeV1.Date(year: 2025, month: 2, day: 29))),
      ("birthday", IdentityV1.EnrolMemberRequest(birthday: TypeV1.Date(year: 1900, month: 2, day: 29))),
      ("birthday", IdentityV1.EnrolMemberRequest(birthday: TypeV1.Date(year: 1990, month: 13, day: 1))),
      ("birthday", IdentityV1.EnrolMemberRequest(birthday: TypeV1.Date(year: 1990, month: 4, day: 31))),
      ("birthday", IdentityV1.EnrolMemberRequest(birthday: TypeV1.Date(year: 1990, month: 4, day: 0))),
      ("birthday", IdentityV1.EnrolMemberRequest(birthday: TypeV1.Date(year: 1899, month: 12, day: 31))),
      ("birthday", IdentityV1.EnrolMemberRequest(birthday: TypeV1.Date(year: 2026, month: 3, day: 3))),
      ("birthday", IdentityV1.EnrolMemberRequest(birthday: TypeV1.Date())),
      (
        "demographics.age_band",
        IdentityV1.EnrolMemberRequest(demographics: IdentityV1.Demographics(ageBand: String(repeating: "x", count: 65)))
      ),
      ("home_store_id", IdentityV1.EnrolMemberRequest(homeStoreID: "sto 1")),
      ("external_id", IdentityV1.EnrolMemberRequest(externalID: String(repeating: "x", count: 65))),
      ("external_id", IdentityV1.EnrolMemberRequest(externalID: "é")),
      ("consents[0]", IdentityV1.EnrolMemberRequest(consents: [IdentityV1.Consent(granted: true, textVersion: "1")])),
      ("consents[0]", IdentityV1.EnrolMemberRequest(consents: [IdentityV1.Consent(purpose: .marketing, granted: true, textVersion: "1")])),
      ("consents[0]", IdentityV1.EnrolMemberRequest(consents: [IdentityV1.Consent(purpose: .terms, channel: .sms, textVersion: "1")])),
      ("consents[0]", IdentityV1.EnrolMemberRequest(consents: [IdentityV1.Consent(purpose: .terms, granted: true)])),
      ("consents[0]", IdentityV1.EnrolMemberRequest(consents: [IdentityV1.Consent(purpose: .unrecognized(9), textVersion: "1")])),
      (
        "consents",
        IdentityV1.EnrolMemberRequest(consents: [
          IdentityV1.Consent(purpose: .terms, granted: true, textVersion: "1"),
          IdentityV1.Consent(purpose: .terms, granted: false, textVersion: "1"),
        ])
      ),
    ] as [(String, IdentityV1.EnrolMemberRequest)])
  func aWrongFieldIsNamed(field: String, request: IdentityV1.EnrolMemberRequest) async throws {
    try await IdentitySample.run { identity in
      let error = await #expect(throws: RPCError.self) { try await identity.enrol(request.identified("r1")) }
      #expect(error?.code == .invalidArgument)
      #expect(error?.reason == "INVALID_FIELDS")
      #expect(error?.domain == "identity.patron")
      #expect(error?.fieldViolations.map(\.field) == [field])
    }
  }

  @Test func severalWrongFieldsAreNamedAtOnce() async throws {
    try await IdentitySample.run { identity in
      let error = await #expect(throws: RPCError.self) {
        try await identity.enrol(
          IdentityV1.EnrolMemberRequest(requestID: "r1", phone: "1", email: "x", birthday: TypeV1.Date(year: 2025, month: 2, day: 29)))
      }
      #expect(error?.fieldViolations.map(\.field) == ["phone", "email", "birthday"])
    }
  }

  @Test func aLeapDayIsABirthdayInLeapYearsOnlyAndTodayIsOneWhereTodayBeginsFirst() async throws {
    try await IdentitySample.run { identity in
      // 2026-03-02T09:30Z is still the 2nd at UTC+14; at 10:00Z the 3rd begins there.
      for (number, date) in [(1, (2024, 2, 29)), (2, (2000, 2, 29)), (3, (2026, 3, 2)), (4, (1900, 1, 1))] {
        try await identity.enrol(
          IdentityV1.EnrolMemberRequest(
            requestID: "r\(number)", birthday: TypeV1.Date(year: Int32(date.0), month: Int32(date.1), day: Int32(date.2))))
      }
      identity.service.clock.advance(by: .seconds(1_800))
      try await identity.enrol(
        IdentityV1.EnrolMemberRequest(requestID: "r5", birthday: TypeV1.Date(year: 2026, month: 3, day: 3)))
    }
  }

  @Test func nothingOfAPersonStandsInALogOrAnEventOrAStoredReply() async throws {
    try await IdentitySample.run { identity in
      let reply = try await identity.enrol(Self.ada)
      _ = await reason { try await identity.enrol(IdentityV1.EnrolMemberRequest(requestID: "r2", phone: "+14155550100")) }
      _ = try await identity.find(.phone("+14155550100"))
      try await identity.update("r3", ["name"], IdentityV1.Member(memberID: reply.memberID, name: "Ada King"))
      let stored = try await identity.service.database.read { snapshot in
        try snapshot.all(SQL("test.replies", "SELECT reply FROM database_request")) { $0.blob(0) }
          + snapshot.events(after: 0, limit: 100).map(\.event.payload)
      }
      #expect(stored.count == 4)
      let texts = identity.service.logs.lines + stored.map { String(decoding: $0, as: UTF8.self) }
      for secret in ["Ada", "Lovelace", "5550100", "xample.com", "1996", "household-7"] {
        #expect(texts.allSatisfy { !$0.contains(secret) }, "\(secret)")
      }
    }
  }

  @Test func aTillMayNotEnrolAndWhoeverHasNoScopeMayNotFind() async throws {
    try await IdentitySample.run { identity in
      #expect(await reason { try await identity.enrol(Self.ada, as: IdentitySample.till) } == "SCOPE_MISSING")
      let stranger = Caller(clientID: "cli_x", scopes: ["stock.read"])
      #expect(await reason { try await identity.find(.memberID("mem_1"), as: stranger) } == "SCOPE_MISSING")
      #expect(
        await reason {
          try await identity.members.listMembers(IdentityV1.ListMembersRequest(), options: identity.signed(IdentitySample.till))
        } == "SCOPE_MISSING")
    }
  }
}
