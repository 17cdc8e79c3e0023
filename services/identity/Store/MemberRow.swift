import Database
import Foundation

/// A member as stored: the profile and what the service adds to it.
struct MemberRow: Sendable {
  var memberID: String
  var state: MemberState
  var profile: MemberProfile
  var cardCode: String
  var createTime: Date
  var updateTime: Date

  /// The select list that `init(_:)` reads, for statements over `member` joined with the card in use.
  static let columns = """
    member.member_id, member.state, member.name, member.phone, member.email, member.email_key, member.birthday, member.age_band, \
    member.income_band, member.home_ownership, member.marital_status, member.household_size, member.household_composition, \
    member.kids_count, member.home_store_id, member.external_id, member.create_time, member.update_time, card.card_code
    """

  init(_ row: Row) {
    memberID = row.text(0)
    // The column's CHECK allows no other value.
    state = MemberState(rawValue: row.int(1)) ?? .suspended
    profile = MemberProfile(
      name: row.text(2), phone: row.optionalText(3).map(PhoneNumber.init(canonical:)),
      email: row.optionalText(4).map { EmailAddress(written: $0, key: row.text(5)) },
      birthday: row.optionalInt(6).map(Birthday.init(number:)),
      demographics: MemberProfile.Demographics(
        ageBand: row.text(7), incomeBand: row.text(8), homeOwnership: row.text(9), maritalStatus: row.text(10),
        householdSize: row.text(11), householdComposition: row.text(12), kidsCount: row.text(13)),
      homeStoreID: row.text(14), externalID: row.optionalText(15))
    createTime = row.time(16)
    updateTime = row.time(17)
    cardCode = row.text(18)
  }
}
