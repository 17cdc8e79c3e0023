import ServiceKit

/// Identity's refusals as the wire shows them; the README's table lists them.
extension Refusal {
  static let memberNotFound = Refusal(.notFound, "MEMBER_NOT_FOUND", "no member has this key")
  static let memberErased = Refusal(.notFound, "MEMBER_ERASED", "the member was erased")
  static let clientNotFound = Refusal(.notFound, "CLIENT_NOT_FOUND", "no API client has this id")
  static let apiKeyUnknown = Refusal(.unauthenticated, "API_KEY_UNKNOWN", "no API client has this key")
  static let apiKeyRevoked = Refusal(.unauthenticated, "API_KEY_REVOKED", "the API client was revoked")

  init(_ taken: MemberStore.Taken) {
    switch taken {
    case .phone: self.init(.alreadyExists, "PHONE_TAKEN", "another member has this phone")
    case .email: self.init(.alreadyExists, "EMAIL_TAKEN", "another member has this email")
    case .externalID: self.init(.alreadyExists, "EXTERNAL_ID_TAKEN", "another member has this external id")
    }
  }

  /// Nil for a member who is present.
  init?(_ standing: MemberStore.Standing) {
    switch standing {
    case .absent: self = .memberNotFound
    case .present: return nil
    case .erased: self = .memberErased
    }
  }

  init(_ excess: Grant.Excess) {
    switch excess {
    case .scope(let scope):
      self.init(
        .permissionDenied, "SCOPE_NOT_HELD", "a client cannot give a scope that it does not hold", metadata: ["scope": scope])
    case .store:
      self.init(.permissionDenied, "STORE_NOT_HELD", "a client cannot let another act for stores that it may not act for itself")
    }
  }
}
