import Database
import Foundation

/// The SQL of erasing.
enum ErasureStore {
  /// Empties the row of a member who is present, forgets by what they were found, and ends their card. Their id, home store, consents and
  /// the codes of their cards stay: pseudonyms, by which nobody is found. Says whether there was something to erase.
  static func erase(memberID: String, at time: Date, in transaction: Transaction) throws -> Bool {
    // A row from before the sealing, in a backup that was put back.
    try transaction.run(deletePlain, [.text(memberID)])
    guard try transaction.run(eraseMember, [.text(memberID), .time(time)]) == 1 else { return false }
    try CardStore.endCurrent(of: memberID, at: time, in: transaction)
    return true
  }

  /// A member who was erased, and when.
  struct Erased: Sendable {
    var memberID: String
    var time: Date
  }

  /// At most `limit` members who were erased, in the order of their ids, from the one after `memberID`.
  static func erased(after memberID: String, limit: Int, in snapshot: some Queryable) throws -> [Erased] {
    try snapshot.all(selectErased, [.text(memberID), .integer(limit)]) { Erased(memberID: $0.text(0), time: $0.time(1)) }
  }

  private static let deletePlain = SQL("identity.delete-plain-member", "DELETE FROM plain_member WHERE member_id = ?1")
  private static let eraseMember = SQL(
    "identity.erase-member",
    """
    UPDATE member SET name = NULL, phone = NULL, phone_hash = NULL, email = NULL, email_hash = NULL, birthday = NULL, demographics = NULL,
      external_id = NULL, external_id_hash = NULL, update_time = ?2, erase_time = ?2
    WHERE member_id = ?1 AND erase_time IS NULL
    """)
  private static let selectErased = SQL(
    "identity.select-erased-members",
    "SELECT member_id, erase_time FROM member WHERE erase_time IS NOT NULL AND member_id > ?1 ORDER BY member_id LIMIT ?2")
}
