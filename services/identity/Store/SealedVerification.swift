import Database
import PatronAPI
import ServiceKit

/// What must hold between the members, their keys and the erasure log: three places that no one transaction spans, so each page of members is a
/// look of its own, and what looks wrong is looked at again.
struct SealedVerification {
  private static let pageSize = 256
  /// Longer than the commits of an erasure take.
  private static let moment = Duration.seconds(1)

  let keeping: MemberVault
  let log: ErasureLog
  let database: Database

  func differences() async throws -> [TypeV1.Difference] {
    try await ofMembers() + ofErased() + ofLog()
  }

  /// Every member who is not erased opens, and is found by what they are.
  private func ofMembers() async throws -> [TypeV1.Difference] {
    var found: [TypeV1.Difference] = []
    var last = ""
    while true {
      let from = last
      let page = try await database.maintenanceRead { try SealedRows.page(after: from, limit: Self.pageSize, in: $0) }
      guard let end = page.last else { return found }
      let keys = try await keeping.vault.withKeys(of: page.map(\.memberID)) { $0 }
      for row in page {
        guard let key = keys[row.memberID] else {
          if try await isPresent(row.memberID) { found.append(Self.difference("member_has_a_key", row.memberID, "a key", "none")) }
          continue
        }
        guard let profile = try? keeping.open(row.sealed, under: key) else {
          found.append(Self.difference("sealed_fields_open", row.memberID, "fields that open", "fields that do not"))
          continue
        }
        if keeping.hashes(of: profile) != row.hashes {
          found.append(Self.difference("hashes_match_fields", row.memberID, "the hashes of phone, email and external id", "others"))
        }
      }
      last = end.memberID
    }
  }

  private func isPresent(_ memberID: String) async throws -> Bool {
    try await database.read { try MemberStore.standing(of: memberID, in: $0) == .present }
  }

  /// Nobody who was erased has a key left.
  private func ofErased() async throws -> [TypeV1.Difference] {
    var found: [TypeV1.Difference] = []
    var last = ""
    while true {
      let from = last
      let page = try await database.maintenanceRead { try ErasureStore.erased(after: from, limit: Self.pageSize, in: $0) }
      guard let end = page.last else { return found }
      let wrong = try await lookTwice(page.map(\.memberID), keeping.vault.ownersWithKey)
      found += wrong.map { Self.difference("erased_member_has_no_key", $0, "no key", "a key") }
      last = end.memberID
    }
  }

  /// Whoever stands in the log is erased, or never was in this database.
  private func ofLog() async throws -> [TypeV1.Difference] {
    let wrong = try await lookTwice(log.entries().map(\.ownerID)) { memberIDs in
      try await database.maintenanceRead { snapshot in
        try memberIDs.filter { try MemberStore.standing(of: $0, in: snapshot) == .present }
      }
    }
    return wrong.map { Self.difference("logged_erasure_is_done", $0, "erased", "present") }
  }

  /// Who is wrong now and a moment later: an erasure that is under way stands half done between its steps.
  private func lookTwice(_ memberIDs: [String], _ wrong: ([String]) async throws -> [String]) async throws -> [String] {
    let suspects = try await wrong(memberIDs)
    if suspects.isEmpty { return [] }
    try await Task.sleep(for: Self.moment)
    return try await wrong(suspects)
  }

  private static func difference(_ check: String, _ memberID: String, _ expected: String, _ found: String) -> TypeV1.Difference {
    TypeV1.Difference(check: "identity.\(check)", ids: [memberID], expected: expected, found: found)
  }
}

/// The sealed part of members' rows, with the hashes by which they are found.
enum SealedRows {
  struct SealedRow: Sendable {
    var memberID: String
    var sealed: SealedProfile
    var hashes: ProfileHashes
  }

  /// At most `limit` members who are not erased, in the order of their ids, from the one after `memberID`.
  static func page(after memberID: String, limit: Int, in snapshot: some Queryable) throws -> [SealedRow] {
    try snapshot.all(select, [.text(memberID), .integer(limit)]) { row in
      SealedRow(
        memberID: row.text(0), sealed: SealedProfile(row, from: 1),
        hashes: ProfileHashes(phone: row.optionalBlob(7), email: row.optionalBlob(8), externalID: row.optionalBlob(9)))
    }
  }

  private static let select = SQL(
    "identity.select-sealed-members",
    """
    SELECT member_id, name, phone, email, birthday, demographics, external_id, phone_hash, email_hash, external_id_hash
    FROM member WHERE member_id > ?1 AND erase_time IS NULL ORDER BY member_id LIMIT ?2
    """)
}
