import Database
import PatronAPI
import ServiceTesting
import Testing

@testable import Identity

@Suite struct IdentitySchemaTests {
  @Test func theSchemaKeepsTheDatabasesRules() async throws {
    try await IdentitySample.run { identity in
      let violations = try await SchemaCheck.check(identity.service.database)
      #expect(violations.isEmpty, "\(violations)")
    }
  }

  @Test func theSchemaItselfRefusesWhatTheCodeMustNeverWrite() async throws {
    try await IdentitySample.run { identity in
      let enrolled = try await identity.enrol(IdentityV1.EnrolMemberRequest(requestID: "r1", phone: "+14155550100"))
      for statement in [
        SQL("test.second-card", "INSERT INTO card (card_code, member_id, create_time) SELECT '9999999999999999', member_id, 0 FROM member"),
        SQL("test.orphan-card", "INSERT INTO card (card_code, member_id, create_time) VALUES ('9999999999999999', 'mem_none', 0)"),
        SQL("test.state", "UPDATE member SET state = 3"),
        SQL("test.email", "UPDATE member SET email = 'a@b.c'"),
      ] {
        let error = await #expect(throws: DatabaseError.self, "\(statement.name)") {
          try await identity.service.database.write { transaction in try transaction.run(statement) }
        }
        if case .constraint? = error {} else { Issue.record("\(statement.name): \(String(describing: error))") }
      }
      #expect(try await identity.find(.cardCode(enrolled.cardCode)).memberID == enrolled.memberID)
    }
  }

  @Test func verifyNamesWhatIsWrong() async throws {
    try await IdentitySample.run { identity in
      let enrolled = try await identity.enrol(
        IdentityV1.EnrolMemberRequest(
          requestID: "r1", consents: [IdentityV1.Consent(purpose: .terms, granted: true, textVersion: "1")]))
      #expect(try await identity.service.app.verify().isEmpty)
      try await identity.service.database.write { transaction in
        try transaction.run(SQL("test.end-card", "UPDATE card SET replace_time = 1"))
        try transaction.run(SQL("test.gap", "UPDATE consent_entry SET sequence = 5"))
        try transaction.run(SQL("test.scopes", "DELETE FROM api_client_scope"))
      }
      let differences = try await identity.service.app.verify()
      #expect(
        differences.map(\.check) == [
          "identity.member_has_one_card_in_use", "identity.client_has_a_scope", "identity.consent_entries_are_numbered_without_gaps",
        ])
      #expect(differences[0] == TypeV1.Difference(check: differences[0].check, ids: [enrolled.memberID], expected: "1", found: "0"))
    }
  }
}
