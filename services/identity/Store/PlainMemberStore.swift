import Database
import Foundation

/// The SQL of the rows that migration 2 left to be sealed, and of the vault that seals them.
enum PlainMemberStore {
  struct PlainMember: Sendable {
    var memberID: String
    var profile: MemberProfile
  }

  /// Where there never was a member, nothing was ever plain. Those who are erased leave their rows, and what was theirs may be in free pages.
  static func hasNoMember(in snapshot: some Queryable) throws -> Bool { try !snapshot.exists(selectAny) }

  static func next(_ limit: Int, in snapshot: some Queryable) throws -> [PlainMember] {
    try snapshot.all(selectNext, [.integer(limit)]) { row in
      PlainMember(
        memberID: row.text(0),
        profile: MemberProfile(
          name: row.text(1), phone: row.optionalText(2).map(PhoneNumber.init(canonical:)),
          email: row.optionalText(3).map(EmailAddress.init(stored:)), birthday: row.optionalInt(4).map(Birthday.init(number:)),
          demographics: MemberProfile.Demographics(
            ageBand: row.text(5), incomeBand: row.text(6), homeOwnership: row.text(7), maritalStatus: row.text(8),
            householdSize: row.text(9), householdComposition: row.text(10), kidsCount: row.text(11)),
          externalID: row.optionalText(12)))
    }
  }

  /// Puts the sealed profile into the member's row and removes the plain one.
  static func replace(_ memberID: String, _ sealed: SealedProfile, _ hashes: ProfileHashes, in transaction: Transaction) throws {
    try transaction.run(
      updateMember,
      [
        .text(memberID), .optional(sealed[.name]), .optional(sealed[.phone]), .optional(hashes.phone), .optional(sealed[.email]),
        .optional(hashes.email), .optional(sealed[.birthday]), .optional(sealed[.demographics]), .optional(sealed[.externalID]),
        .optional(hashes.externalID),
      ])
    try transaction.run(deletePlain, [.text(memberID)])
  }

  private static let selectAny = SQL("identity.select-any-member", "SELECT 1 FROM member LIMIT 1")
  private static let selectNext = SQL(
    "identity.select-plain-members",
    """
    SELECT member_id, name, phone, email, birthday, age_band, income_band, home_ownership, marital_status, household_size,
      household_composition, kids_count, external_id
    FROM plain_member ORDER BY member_id LIMIT ?1
    """)
  private static let updateMember = SQL(
    "identity.seal-member",
    """
    UPDATE member SET name = ?2, phone = ?3, phone_hash = ?4, email = ?5, email_hash = ?6, birthday = ?7, demographics = ?8,
      external_id = ?9, external_id_hash = ?10
    WHERE member_id = ?1
    """)
  private static let deletePlain = SQL("identity.delete-sealed-plain-member", "DELETE FROM plain_member WHERE member_id = ?1")

  // MARK: The link to the vault

  /// Which vault has sealed the members, and whether the file is free of what was plain; nil while nothing was sealed.
  struct VaultLink: Sendable, Equatable {
    var vaultID: String
    var isScrubbed: Bool
  }

  static func vaultLink(in snapshot: some Queryable) throws -> VaultLink? {
    try snapshot.first(selectLink) { VaultLink(vaultID: $0.text(0), isScrubbed: $0.bool(1)) }
  }

  static func addLink(_ link: VaultLink, in transaction: Transaction) throws {
    try transaction.run(insertLink, [.text(link.vaultID), .bool(link.isScrubbed)])
  }

  static func markScrubbed(in transaction: Transaction) throws { try transaction.run(updateLink) }

  private static let selectLink = SQL("identity.select-vault-link", "SELECT vault_id, is_scrubbed FROM vault_link")
  private static let insertLink = SQL("identity.insert-vault-link", "INSERT INTO vault_link (vault_id, is_scrubbed) VALUES (?1, ?2)")
  private static let updateLink = SQL("identity.mark-scrubbed", "UPDATE vault_link SET is_scrubbed = 1")
}
