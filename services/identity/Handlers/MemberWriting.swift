import Foundation
import GoogleProto
import PatronAPI

/// From the Domain's values to the contract's messages.
enum MemberWriting {
  static func message(
    _ row: MemberRow, _ profile: MemberProfile, consents: some Sequence<ConsentStore.CurrentRow>
  ) -> IdentityV1.Member {
    IdentityV1.Member(
      memberID: row.memberID, state: IdentityV1.MemberState(rawValue: Int32(row.state.rawValue)), name: profile.name,
      phone: profile.phone?.canonical ?? "", email: profile.email?.written ?? "", birthday: profile.birthday.map(date),
      demographics: profile.demographics.isEmpty ? nil : demographics(profile.demographics), homeStoreID: row.homeStoreID,
      consents: consents.map(consent), cardCode: row.cardCode, externalID: profile.externalID ?? "",
      createTime: GoogleProtobuf.Timestamp(row.createTime), updateTime: GoogleProtobuf.Timestamp(row.updateTime))
  }

  private static func date(_ birthday: Birthday) -> TypeV1.Date {
    TypeV1.Date(year: Int32(birthday.year), month: Int32(birthday.month), day: Int32(birthday.day))
  }

  private static func demographics(_ demographics: MemberProfile.Demographics) -> IdentityV1.Demographics {
    IdentityV1.Demographics(
      ageBand: demographics.ageBand, incomeBand: demographics.incomeBand, homeOwnership: demographics.homeOwnership,
      maritalStatus: demographics.maritalStatus, householdSize: demographics.householdSize,
      householdComposition: demographics.householdComposition, kidsCount: demographics.kidsCount)
  }

  private static func consent(_ row: ConsentStore.CurrentRow) -> IdentityV1.Consent {
    IdentityV1.Consent(
      purpose: IdentityV1.ConsentPurpose(rawValue: Int32(row.consent.purpose.rawValue)),
      channel: IdentityV1.ConsentChannel(rawValue: Int32(row.consent.channel.rawValue)), granted: row.consent.granted,
      textVersion: row.consent.textVersion, updateTime: GoogleProtobuf.Timestamp(row.time))
  }
}
