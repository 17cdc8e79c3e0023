import GoogleProto
import PatronAPI
import RPC
import ServiceKit
import ServiceTesting
import Testing

@testable import Identity

@Suite struct FindMemberTests {
  @Test(
    arguments: [
      (.memberID("mem_none"), .notFound, "MEMBER_NOT_FOUND"), (.phone("+14155550199"), .notFound, "MEMBER_NOT_FOUND"),
      (.email("nobody@example.com"), .notFound, "MEMBER_NOT_FOUND"), (.externalID("none"), .notFound, "MEMBER_NOT_FOUND"),
      (.cardCode("9000000000000001"), .notFound, "MEMBER_NOT_FOUND"), (.cardCode("9000000000000002"), .invalidArgument, "INVALID_FIELDS"),
      (.cardCode("900000000000000"), .invalidArgument, "INVALID_FIELDS"), (.phone("415"), .invalidArgument, "INVALID_FIELDS"),
      (.email("x"), .invalidArgument, "INVALID_FIELDS"), (nil, .invalidArgument, "INVALID_FIELDS"),
    ] as [(IdentityV1.FindMemberRequest.Key?, StatusCode, String)])
  func aKeyThatNobodyHasIsToldApartFromAKeyThatCannotBe(
    key: IdentityV1.FindMemberRequest.Key?, code: StatusCode, reason: String
  ) async throws {
    try await IdentitySample.run { identity in
      let error = await #expect(throws: RPCError.self) {
        try await identity.members.findMember(
          IdentityV1.FindMemberRequest(key: key), options: identity.signed(IdentitySample.till))
      }
      #expect(error?.code == code)
      #expect(error?.reason == reason)
    }
  }

  @Test func aListShowsEveryMemberOnceWithTheirConsentsPageByPage() async throws {
    try await IdentitySample.run { identity in
      var enrolled: [String] = []
      for number in 1...7 {
        enrolled.append(
          try await identity.enrol(
            IdentityV1.EnrolMemberRequest(
              requestID: "r\(number)",
              consents: [IdentityV1.Consent(purpose: .terms, granted: true, textVersion: "v\(number)")])
          ).memberID)
      }
      var listed: [IdentityV1.Member] = []
      var token = ""
      repeat {
        let page = try await identity.members.listMembers(
          IdentityV1.ListMembersRequest(pageSize: 3, pageToken: token), options: identity.signed(IdentitySample.backOffice))
        #expect(page.members.count <= 3)
        listed += page.members
        token = page.nextPageToken
      } while !token.isEmpty
      #expect(listed.map(\.memberID) == enrolled)
      #expect(listed.map { $0.consents.map(\.textVersion) } == (1...7).map { ["v\($0)"] })
    }
  }

  @Test func aPageTokenOfAnotherListIsRefused() async throws {
    try await IdentitySample.run { identity in
      let token = PageToken(list: "identity.clients", keys: [.text("cli_1")]).encoded
      #expect(
        await reason {
          try await identity.members.listMembers(
            IdentityV1.ListMembersRequest(pageToken: token), options: identity.signed(IdentitySample.backOffice))
        } == "PAGE_TOKEN_INVALID")
    }
  }
}
