import Foundation
import PatronAPI
import ServiceKit

/// An UpdateMember request, checked: the fields that its mask names, and their new values. Unmasked fields are not looked at.
struct MemberUpdate: Sendable {
  let memberID: String
  let fields: Set<MemberField>
  /// Only what is asked anew; consents that are not named stay.
  let consents: [GivenConsent]
  private let state: MemberState
  private let values: MemberProfile

  init(_ request: IdentityV1.UpdateMemberRequest, now: Date) throws {
    var errors = FieldErrors()
    let member = request.member ?? IdentityV1.Member()
    let fields = errors.read("update_mask") { try MemberField.read(paths: request.updateMask?.paths ?? []) } ?? []
    errors.require(!member.memberID.isEmpty, "member.member_id", "must say whom")

    var values = MemberProfile()
    var state = MemberState.active
    var consents: [GivenConsent] = []
    // In the contract's order, so that one request always names its errors alike.
    for field in MemberField.allCases where fields.contains(field) {
      let path = "member.\(field.rawValue)"
      switch field {
      case .name: values.name = MemberReading.name(member.name, path, &errors)
      case .phone: values.phone = MemberReading.phone(member.phone, path, &errors)
      case .email: values.email = MemberReading.email(member.email, path, &errors)
      case .birthday: values.birthday = MemberReading.birthday(member.birthday, now: now, path, &errors)
      case .demographics: values.demographics = MemberReading.demographics(member.demographics, path, &errors)
      case .consents: consents = MemberReading.consents(member.consents, path, &errors)
      case .state: state = MemberReading.state(member.state, path, &errors)
      case .homeStoreID: values.homeStoreID = MemberReading.identifier(member.homeStoreID, path, &errors)
      case .externalID:
        let externalID = MemberReading.identifier(member.externalID, path, &errors)
        values.externalID = externalID.isEmpty ? nil : externalID
      }
    }
    try errors.throwIfAny()
    self.memberID = member.memberID
    self.fields = fields
    self.consents = consents
    self.state = state
    self.values = values
  }

  /// What to write, sealed under the member's key.
  func changes(_ keeping: MemberVault, under key: DataKey) throws -> MemberStore.Changes {
    let columns = ProfileColumn.allCases.filter { fields.contains($0.field) }
    // What the mask does not name is nil in `values`, and so are its hashes.
    return MemberStore.Changes(
      columns: columns, sealed: try keeping.seal(values, columns, under: key), hashes: keeping.hashes(of: values),
      homeStoreID: fields.contains(.homeStoreID) ? values.homeStoreID : nil, state: fields.contains(.state) ? state : nil)
  }
}

extension ProfileColumn {
  fileprivate var field: MemberField {
    switch self {
    case .name: .name
    case .phone: .phone
    case .email: .email
    case .birthday: .birthday
    case .demographics: .demographics
    case .externalID: .externalID
    }
  }
}
