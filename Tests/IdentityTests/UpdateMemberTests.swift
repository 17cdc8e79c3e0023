import Database
import GoogleProto
import PatronAPI
import RPC
import ServiceKit
import ServiceTesting
import Testing

@testable import Identity

@Suite struct UpdateMemberTests {
  private func enrolled(_ identity: IdentitySample, _ requestID: String = "e1", phone: String = "+14155550100") async throws -> String {
    try await identity.enrol(
      IdentityV1.EnrolMemberRequest(
        requestID: requestID, name: "Ada", phone: phone, birthday: TypeV1.Date(year: 1990, month: 1, day: 1), homeStoreID: "sto_1",
        consents: [IdentityV1.Consent(purpose: .marketing, channel: .sms, granted: true, textVersion: "v1")])
    ).memberID
  }

  @Test func onlyTheFieldsOfTheMaskChange() async throws {
    try await IdentitySample.run { identity in
      let memberID = try await enrolled(identity)
      identity.service.clock.advance(by: .seconds(60))
      try await identity.update(
        "u1", ["name", "birthday", "email"],
        IdentityV1.Member(memberID: memberID, name: "Ada King", phone: "+19998887777", email: "ada@example.com", homeStoreID: "sto_9"))
      let member = try await identity.find(.memberID(memberID))
      #expect(member.name == "Ada King")
      #expect(member.email == "ada@example.com")
      #expect(member.birthday == nil)
      #expect(member.phone == "+14155550100")
      #expect(member.homeStoreID == "sto_1")
      #expect(member.consents.count == 1)
      #expect(member.createTime?.date == ManualClock.start)
      #expect(member.updateTime?.date == ManualClock.start.addingTimeInterval(60))
    }
  }

  @Test func aConsentThatChangesKeepsItsHistoryAndTheLatestCounts() async throws {
    try await IdentitySample.run { identity in
      let memberID = try await enrolled(identity)
      for (number, granted) in [(1, false), (2, true), (3, false)] {
        identity.service.clock.advance(by: .seconds(60))
        try await identity.update(
          "u\(number)", ["consents"],
          IdentityV1.Member(
            memberID: memberID,
            consents: [IdentityV1.Consent(purpose: .marketing, channel: .sms, granted: granted, textVersion: "v\(number + 1)")]))
      }
      try await identity.update(
        "u4", ["consents"],
        IdentityV1.Member(
          memberID: memberID, consents: [IdentityV1.Consent(purpose: .marketing, channel: .email, granted: true, textVersion: "v9")]))
      let consents = try await identity.find(.memberID(memberID)).consents
      #expect(consents.map(\.channel) == [.sms, .email])
      #expect(consents.map(\.granted) == [false, true])
      #expect(consents.map(\.textVersion) == ["v4", "v9"])
      #expect(consents.map { $0.updateTime?.date } == [180, 180].map { ManualClock.start.addingTimeInterval($0) })
      let history = try await identity.service.database.read { snapshot in
        try snapshot.all(
          SQL("test.consents", "SELECT text_version, client_id, staff_id FROM consent_entry WHERE channel = 1 ORDER BY sequence")
        ) { [$0.text(0), $0.text(1), $0.text(2)] }
      }
      #expect(history == ["v1", "v2", "v3", "v4"].map { [$0, "cli_office", "sta_1"] })
      #expect(try await identity.service.app.verify().isEmpty)
    }
  }

  @Test func aPhoneMovesOnceItsMemberGivesItUp() async throws {
    try await IdentitySample.run { identity in
      let first = try await enrolled(identity)
      let second = try await enrolled(identity, "e2", phone: "+14155550101")
      let taken = await reason {
        try await identity.update("u1", ["phone"], IdentityV1.Member(memberID: second, phone: "+14155550100"))
      }
      #expect(taken == "PHONE_TAKEN")
      try await identity.update("u2", ["phone"], IdentityV1.Member(memberID: first))
      try await identity.update("u1", ["phone"], IdentityV1.Member(memberID: second, phone: "+14155550100"))
      #expect(try await identity.find(.phone("+14155550100")).memberID == second)
      #expect(await reason { try await identity.find(.phone("+14155550101")) } == "MEMBER_NOT_FOUND")
    }
  }

  @Test func keepingOnesOwnPhoneIsNoClash() async throws {
    try await IdentitySample.run { identity in
      let memberID = try await enrolled(identity)
      try await identity.update("u1", ["phone"], IdentityV1.Member(memberID: memberID, phone: "+1 415 555 0100"))
    }
  }

  @Test func aMemberIsSuspendedAndMadeActiveAgain() async throws {
    try await IdentitySample.run { identity in
      let memberID = try await enrolled(identity)
      for (number, state) in [(1, IdentityV1.MemberState.suspended), (2, .active)] {
        try await identity.update("u\(number)", ["state"], IdentityV1.Member(memberID: memberID, state: state))
        #expect(try await identity.find(.memberID(memberID)).state == state)
      }
    }
  }

  @Test(
    arguments: [
      ([], IdentityV1.Member(memberID: "mem_1"), "update_mask"), (["card_code"], IdentityV1.Member(memberID: "mem_1"), "update_mask"),
      (["member_id"], IdentityV1.Member(memberID: "mem_1"), "update_mask"), (["name"], IdentityV1.Member(name: "x"), "member.member_id"),
      (["state"], IdentityV1.Member(memberID: "mem_1"), "member.state"),
      (["state"], IdentityV1.Member(memberID: "mem_1", state: .unrecognized(7)), "member.state"),
      (["phone"], IdentityV1.Member(memberID: "mem_1", phone: "1"), "member.phone"),
    ] as [([String], IdentityV1.Member, String)])
  func aWrongUpdateIsNamed(paths: [String], member: IdentityV1.Member, field: String) async throws {
    try await IdentitySample.run { identity in
      let error = await #expect(throws: RPCError.self) { try await identity.update("u1", paths, member) }
      #expect(error?.code == .invalidArgument)
      #expect(error?.fieldViolations.map(\.field) == [field])
    }
  }

  @Test func whoeverIsNotThereCannotBeChanged() async throws {
    try await IdentitySample.run { identity in
      #expect(
        await reason { try await identity.update("u1", ["name"], IdentityV1.Member(memberID: "mem_none", name: "x")) } == "MEMBER_NOT_FOUND"
      )
      #expect(
        await reason {
          try await identity.members.replaceCard(
            IdentityV1.ReplaceCardRequest(requestID: "c1", memberID: "mem_none"), options: identity.signed(IdentitySample.backOffice))
        } == "MEMBER_NOT_FOUND")
    }
  }

  @Test func aReplacedCardStopsWorkingAndTheNewOneWorks() async throws {
    try await IdentitySample.run { identity in
      let enrolled = try await identity.enrol(IdentityV1.EnrolMemberRequest(requestID: "e1"))
      let request = IdentityV1.ReplaceCardRequest(requestID: "c1", memberID: enrolled.memberID)
      let replaced = try await identity.members.replaceCard(request, options: identity.signed(IdentitySample.backOffice))
      #expect(replaced.cardCode != enrolled.cardCode)
      #expect(await reason { try await identity.find(.cardCode(enrolled.cardCode)) } == "MEMBER_NOT_FOUND")
      #expect(try await identity.find(.cardCode(replaced.cardCode)).memberID == enrolled.memberID)
      #expect(try await identity.members.replaceCard(request, options: identity.signed(IdentitySample.backOffice)) == replaced)
      #expect(try await identity.service.app.verify().isEmpty)
    }
  }

  @Test func eachChangePublishesOneFact() async throws {
    try await IdentitySample.run { identity in
      let memberID = try await enrolled(identity)
      try await identity.update("u1", ["name", "phone"], IdentityV1.Member(memberID: memberID, name: "A"))
      _ = try await identity.members.replaceCard(
        IdentityV1.ReplaceCardRequest(requestID: "c1", memberID: memberID), options: identity.signed(IdentitySample.backOffice))
      let events = try await identity.service.database.events(after: 0, limit: 10).map(\.event)
      #expect(events.map(\.type) == ["identity.member_enrolled.v1", "identity.member_updated.v1", "identity.card_replaced.v1"])
      #expect(events.allSatisfy { $0.aggregateType == "member" && $0.aggregateID == memberID })
      #expect(
        try IdentityV1.MemberEnrolled(decoding: events[0].payload) == IdentityV1.MemberEnrolled(memberID: memberID, homeStoreID: "sto_1"))
      #expect(try IdentityV1.MemberUpdated(decoding: events[1].payload).fields == ["name", "phone"])
    }
  }
}
