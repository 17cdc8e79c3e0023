import Database
import Foundation

/// The SQL of members.
enum MemberStore {
  /// A unique key that another member has.
  enum Taken: Error {
    case phone, email, externalID
  }

  // MARK: Reading

  /// By what a member is found.
  enum Key: Sendable {
    case memberID(String)
    case phone(PhoneNumber)
    case email(EmailAddress)
    /// The card in use; a replaced one finds nobody.
    case card(CardCode)
    case externalID(String)
  }

  static func find(_ key: Key, in snapshot: some Queryable) throws -> MemberRow? {
    let (statement, value): (SQL, String) =
      switch key {
      case .memberID(let id): (selectByID, id)
      case .phone(let phone): (selectByPhone, phone.canonical)
      case .email(let email): (selectByEmail, email.key)
      case .card(let code): (selectByCard, code.digits)
      case .externalID(let id): (selectByExternalID, id)
      }
    return try snapshot.first(statement, [.text(value)]) { MemberRow($0) }
  }

  /// At most `limit` members in the order of their ids, from the one after `memberID`.
  static func list(after memberID: String, limit: Int, in snapshot: some Queryable) throws -> [MemberRow] {
    try snapshot.all(selectPage, [.text(memberID), .integer(limit)]) { MemberRow($0) }
  }

  private static let fromMember = "FROM member JOIN card ON card.member_id = member.member_id AND card.replace_time IS NULL"

  private static let selectByID = SQL(
    "identity.select-member-by-id", "SELECT \(MemberRow.columns) \(fromMember) WHERE member.member_id = ?1")
  private static let selectByPhone = SQL(
    "identity.select-member-by-phone", "SELECT \(MemberRow.columns) \(fromMember) WHERE member.phone = ?1")
  private static let selectByEmail = SQL(
    "identity.select-member-by-email", "SELECT \(MemberRow.columns) \(fromMember) WHERE member.email_key = ?1")
  private static let selectByCard = SQL(
    "identity.select-member-by-card", "SELECT \(MemberRow.columns) \(fromMember) WHERE card.card_code = ?1")
  private static let selectByExternalID = SQL(
    "identity.select-member-by-external-id", "SELECT \(MemberRow.columns) \(fromMember) WHERE member.external_id = ?1")
  private static let selectPage = SQL(
    "identity.select-members",
    "SELECT \(MemberRow.columns) \(fromMember) WHERE member.member_id > ?1 ORDER BY member.member_id LIMIT ?2")

  // MARK: Writing

  static func insert(_ profile: MemberProfile, id: String, at time: Date, in transaction: Transaction) throws {
    try refuseTakenKeys(of: profile, except: id, in: transaction)
    try transaction.run(
      insertMember, [.text(id), .integer(MemberState.active.rawValue)] + columns(of: profile) + [.time(time), .time(time)])
  }

  /// Writes the whole profile of a member who exists.
  static func update(
    _ profile: MemberProfile, state: MemberState, id: String, at time: Date, in transaction: Transaction
  ) throws {
    try refuseTakenKeys(of: profile, except: id, in: transaction)
    try transaction.run(updateMember, [.text(id), .integer(state.rawValue)] + columns(of: profile) + [.time(time)])
  }

  /// Says which key is taken, which a violated UNIQUE does not. The one writer makes look and write one step; the UNIQUEs stand
  /// behind it all the same.
  private static func refuseTakenKeys(of profile: MemberProfile, except id: String, in transaction: Transaction) throws {
    func isTaken(_ statement: SQL, _ key: String?) throws -> Bool {
      guard let key else { return false }
      return try transaction.first(statement, [.text(key), .text(id)]) { _ in true } ?? false
    }
    if try isTaken(selectOtherByPhone, profile.phone?.canonical) { throw Taken.phone }
    if try isTaken(selectOtherByEmail, profile.email?.key) { throw Taken.email }
    if try isTaken(selectOtherByExternalID, profile.externalID) { throw Taken.externalID }
  }

  private static func columns(of profile: MemberProfile) -> [SQLValue] {
    let demographics = profile.demographics
    return [
      .text(profile.name), .optional(profile.phone?.canonical), .optional(profile.email?.written), .optional(profile.email?.key),
      .optional(profile.birthday?.number), .text(demographics.ageBand), .text(demographics.incomeBand),
      .text(demographics.homeOwnership), .text(demographics.maritalStatus), .text(demographics.householdSize),
      .text(demographics.householdComposition), .text(demographics.kidsCount), .text(profile.homeStoreID),
      .optional(profile.externalID),
    ]
  }

  private static let selectOtherByPhone = SQL(
    "identity.select-other-member-by-phone", "SELECT 1 FROM member WHERE phone = ?1 AND member_id <> ?2")
  private static let selectOtherByEmail = SQL(
    "identity.select-other-member-by-email", "SELECT 1 FROM member WHERE email_key = ?1 AND member_id <> ?2")
  private static let selectOtherByExternalID = SQL(
    "identity.select-other-member-by-external-id", "SELECT 1 FROM member WHERE external_id = ?1 AND member_id <> ?2")
  private static let insertMember = SQL(
    "identity.insert-member",
    """
    INSERT INTO member (member_id, state, name, phone, email, email_key, birthday, age_band, income_band, home_ownership,
      marital_status, household_size, household_composition, kids_count, home_store_id, external_id, create_time, update_time)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
    """)
  private static let updateMember = SQL(
    "identity.update-member",
    """
    UPDATE member SET state = ?2, name = ?3, phone = ?4, email = ?5, email_key = ?6, birthday = ?7, age_band = ?8,
      income_band = ?9, home_ownership = ?10, marital_status = ?11, household_size = ?12, household_composition = ?13,
      kids_count = ?14, home_store_id = ?15, external_id = ?16, update_time = ?17
    WHERE member_id = ?1
    """)
}
