/// What is known of a person, checked and in canonical form. Nil and empty mean that it is not known.
struct MemberProfile: Equatable, Sendable {
  var name = ""
  var phone: PhoneNumber?
  var email: EmailAddress?
  var birthday: Birthday?
  var demographics = Demographics()
  var homeStoreID = ""
  var externalID: String?

  /// Bands rather than figures, in the retailer's own words.
  struct Demographics: Equatable, Sendable {
    static let bytesAtMost = 64

    var ageBand = ""
    var incomeBand = ""
    var homeOwnership = ""
    var maritalStatus = ""
    var householdSize = ""
    var householdComposition = ""
    var kidsCount = ""

    var isEmpty: Bool { self == Demographics() }
  }
}

/// Whether a member may use the programme.
enum MemberState: Int, Sendable {
  case active = 1
  case suspended = 2
}
