import Database
import Foundation
import ServiceKit

/// The SQL of members.
enum MemberStore {
  /// A unique key that another member has.
  enum Taken: Error {
    case phone, email, externalID
  }

  // MARK: Reading

  /// By what a member is found; of what is sealed, by its hash.
  enum Key: Sendable {
    case memberID(String)
    case phone([UInt8])
    case email([UInt8])
    /// The card in use; a replaced one finds nobody.
    case card(CardCode)
    case externalID([UInt8])
  }

  static func find(_ key: Key, in snapshot: some Queryable) throws -> MemberRow? {
    let (statement, value): (SQL, SQLValue) =
      switch key {
      case .memberID(let id): (selectByID, .text(id))
      case .phone(let hash): (selectByPhone, .blob(hash))
      case .email(let hash): (selectByEmail, .blob(hash))
      case .card(let code): (selectByCard, .text(code.digits))
      case .externalID(let hash): (selectByExternalID, .blob(hash))
      }
    return try snapshot.first(statement, [value]) { MemberRow($0) }
  }

  /// At most `limit` members in the order of their ids, from the one after `memberID`. Who was erased has no card and is not among them.
  static func list(after memberID: String, limit: Int, in snapshot: some Queryable) throws -> [MemberRow] {
    try snapshot.all(selectPage, [.text(memberID), .integer(limit)]) { MemberRow($0) }
  }

  private static let fromMember = "FROM member JOIN card ON card.member_id = member.member_id AND card.replace_time IS NULL"

  private static let selectByID = SQL(
    "identity.select-member-by-id", "SELECT \(MemberRow.columns) \(fromMember) WHERE member.member_id = ?1")
  private static let selectByPhone = SQL(
    "identity.select-member-by-phone", "SELECT \(MemberRow.columns) \(fromMember) WHERE member.phone_hash = ?1")
  private static let selectByEmail = SQL(
    "identity.select-member-by-email", "SELECT \(MemberRow.columns) \(fromMember) WHERE member.email_hash = ?1")
  private static let selectByCard = SQL(
    "identity.select-member-by-card", "SELECT \(MemberRow.columns) \(fromMember) WHERE card.card_code = ?1")
  private static let selectByExternalID = SQL(
    "identity.select-member-by-external-id", "SELECT \(MemberRow.columns) \(fromMember) WHERE member.external_id_hash = ?1")
  private static let selectPage = SQL(
    "identity.select-members",
    "SELECT \(MemberRow.columns) \(fromMember) WHERE member.member_id > ?1 ORDER BY member.member_id LIMIT ?2")

  // MARK: Standing

  /// absent → present → erased, and never back.
  enum Standing: Sendable {
    case absent, present, erased
  }

  static func standing(of memberID: String, in snapshot: some Queryable) throws -> Standing {
    try snapshot.first(selectStanding, [.text(memberID)]) { $0.isNull(0) ? .present : .erased } ?? .absent
  }

  private static let selectStanding = SQL("identity.select-standing", "SELECT erase_time FROM member WHERE member_id = ?1")

  // MARK: Retiring

  /// Sees to it that no member comes by these ids who is not there already; says who is.
  static func retire(_ memberIDs: [String], at time: Date, in transaction: Transaction) throws -> Set<String> {
    var present: Set<String> = []
    for memberID in memberIDs {
      if try standing(of: memberID, in: transaction) == .absent {
        try transaction.run(insertRetired, [.text(memberID), .time(time)])
      } else {
        present.insert(memberID)
      }
    }
    return present
  }

  private static let insertRetired = SQL(
    "identity.insert-retired-id",
    "INSERT INTO retired_member_id (member_id, retire_time) VALUES (?1, ?2) ON CONFLICT (member_id) DO NOTHING")
  private static let selectRetired = SQL("identity.select-retired-id", "SELECT 1 FROM retired_member_id WHERE member_id = ?1")

  // MARK: Adding

  static func insert(
    _ sealed: SealedProfile, _ hashes: ProfileHashes, homeStoreID: String, id: String, at time: Date, in transaction: Transaction
  ) throws {
    if try transaction.exists(selectRetired, [.text(id)]) { throw OwnerRetired() }
    try refuseTakenKeys(hashes, except: id, in: transaction)
    try transaction.run(
      insertMember,
      [
        .text(id), .integer(MemberState.active.rawValue), .optional(sealed[.name]), .optional(sealed[.phone]), .optional(hashes.phone),
        .optional(sealed[.email]), .optional(hashes.email), .optional(sealed[.birthday]), .optional(sealed[.demographics]),
        .optional(sealed[.externalID]), .optional(hashes.externalID), .text(homeStoreID), .time(time),
      ])
  }

  /// Says which key is taken, which a violated UNIQUE does not. A write is as if nobody else wrote, so look and write are one step; the UNIQUEs
  /// stand behind it all the same.
  private static func refuseTakenKeys(_ hashes: ProfileHashes, except id: String, in transaction: Transaction) throws {
    func isTaken(_ statement: SQL, _ hash: [UInt8]?) throws -> Bool {
      guard let hash else { return false }
      return try transaction.exists(statement, [.blob(hash), .text(id)])
    }
    if try isTaken(selectOtherByPhone, hashes.phone) { throw Taken.phone }
    if try isTaken(selectOtherByEmail, hashes.email) { throw Taken.email }
    if try isTaken(selectOtherByExternalID, hashes.externalID) { throw Taken.externalID }
  }

  private static let selectOtherByPhone = SQL(
    "identity.select-other-member-by-phone", "SELECT 1 FROM member WHERE phone_hash = ?1 AND member_id <> ?2")
  private static let selectOtherByEmail = SQL(
    "identity.select-other-member-by-email", "SELECT 1 FROM member WHERE email_hash = ?1 AND member_id <> ?2")
  private static let selectOtherByExternalID = SQL(
    "identity.select-other-member-by-external-id", "SELECT 1 FROM member WHERE external_id_hash = ?1 AND member_id <> ?2")
  private static let insertMember = SQL(
    "identity.insert-member",
    """
    INSERT INTO member (member_id, state, name, phone, phone_hash, email, email_hash, birthday, demographics, external_id,
      external_id_hash, home_store_id, create_time, update_time)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?13)
    """)

  // MARK: Changing

  /// What an update writes: each column that it names, with nil for what is no longer known.
  struct Changes: Sendable {
    var columns: [ProfileColumn] = []
    var sealed = SealedProfile()
    var hashes = ProfileHashes()
    var homeStoreID: String?
    var state: MemberState?
  }

  /// Writes the changes to a member who is present.
  static func update(_ changes: Changes, id: String, at time: Date, in transaction: Transaction) throws {
    try refuseTakenKeys(changes.hashes, except: id, in: transaction)
    for column in changes.columns {
      let sealed = SQLValue.optional(changes.sealed[column])
      switch column {
      case .name: try transaction.run(updateName, [.text(id), sealed])
      case .phone: try transaction.run(updatePhone, [.text(id), sealed, .optional(changes.hashes.phone)])
      case .email: try transaction.run(updateEmail, [.text(id), sealed, .optional(changes.hashes.email)])
      case .birthday: try transaction.run(updateBirthday, [.text(id), sealed])
      case .demographics: try transaction.run(updateDemographics, [.text(id), sealed])
      case .externalID: try transaction.run(updateExternalID, [.text(id), sealed, .optional(changes.hashes.externalID)])
      }
    }
    try transaction.run(
      updateRest, [.text(id), .optional(changes.state?.rawValue), .optional(changes.homeStoreID), .time(time)])
  }

  private static let updateName = SQL("identity.update-name", "UPDATE member SET name = ?2 WHERE member_id = ?1")
  private static let updatePhone = SQL(
    "identity.update-phone", "UPDATE member SET phone = ?2, phone_hash = ?3 WHERE member_id = ?1")
  private static let updateEmail = SQL(
    "identity.update-email", "UPDATE member SET email = ?2, email_hash = ?3 WHERE member_id = ?1")
  private static let updateBirthday = SQL("identity.update-birthday", "UPDATE member SET birthday = ?2 WHERE member_id = ?1")
  private static let updateDemographics = SQL(
    "identity.update-demographics", "UPDATE member SET demographics = ?2 WHERE member_id = ?1")
  private static let updateExternalID = SQL(
    "identity.update-external-id", "UPDATE member SET external_id = ?2, external_id_hash = ?3 WHERE member_id = ?1")
  private static let updateRest = SQL(
    "identity.update-member",
    """
    UPDATE member SET state = COALESCE(?2, state), home_store_id = COALESCE(?3, home_store_id), update_time = ?4
    WHERE member_id = ?1
    """)
}
