import Database
import PatronAPI

/// What must hold over all of identity's rows beyond what the schema itself enforces.
enum IdentityVerification {
  static func differences(in snapshot: some Queryable) throws -> [TypeV1.Difference] {
    try snapshot.all(membersWithoutCard, []) { row in
      TypeV1.Difference(
        check: "identity.member_has_one_card_in_use", ids: [row.text(0)], expected: row.isNull(2) ? "1" : "0, since erased",
        found: "\(row.int(1))")
    }
      + snapshot.all(clientsWithoutScope, []) { row in
        TypeV1.Difference(check: "identity.client_has_a_scope", ids: [row.text(0)], expected: "1 or more", found: "0")
      }
      + snapshot.all(brokenConsentSequences, []) { row in
        TypeV1.Difference(
          check: "identity.consent_entries_are_numbered_without_gaps", ids: [row.text(0)], expected: "\(row.int(1))",
          found: "\(row.int(2))")
      }
  }

  private static let membersWithoutCard = SQL(
    "identity.verify-cards",
    """
    SELECT member.member_id, COUNT(card.card_code), member.erase_time FROM member
    LEFT JOIN card ON card.member_id = member.member_id AND card.replace_time IS NULL
    GROUP BY member.member_id, member.erase_time
    HAVING COUNT(card.card_code) <> CASE WHEN member.erase_time IS NULL THEN 1 ELSE 0 END
    """)
  private static let clientsWithoutScope = SQL(
    "identity.verify-scopes",
    """
    SELECT client_id FROM api_client
    WHERE NOT EXISTS (SELECT 1 FROM api_client_scope WHERE api_client_scope.client_id = api_client.client_id)
    """)
  private static let brokenConsentSequences = SQL(
    "identity.verify-consents",
    """
    SELECT member_id, COUNT(*), MAX(sequence) FROM consent_entry
    GROUP BY member_id, purpose, channel HAVING COUNT(*) <> MAX(sequence)
    """)
}
