import Database
import Foundation

/// A member as stored: the sealed profile and what stands beside it in plain.
struct MemberRow: Sendable {
  var memberID: String
  var state: MemberState
  var sealed: SealedProfile
  var homeStoreID: String
  var cardCode: String
  var createTime: Date
  var updateTime: Date

  /// The select list that `init(_:)` reads, for statements over `member` joined with the card in use.
  static let columns = """
    member.member_id, member.state, member.home_store_id, member.create_time, member.update_time, card.card_code, member.name, \
    member.phone, member.email, member.birthday, member.demographics, member.external_id
    """

  private static let firstSealedColumn: Int = 6

  init(_ row: Row) {
    memberID = row.text(0)
    // The column's CHECK allows no other value.
    state = MemberState(rawValue: row.int(1)) ?? .suspended
    homeStoreID = row.text(2)
    createTime = row.time(3)
    updateTime = row.time(4)
    cardCode = row.text(5)
    sealed = SealedProfile(row, from: Self.firstSealedColumn)
  }
}
