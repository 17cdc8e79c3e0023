import Database
import Foundation
import ServiceKit

/// A column of `member` that is sealed under the member's key, and how its field becomes bytes and is read back.
enum ProfileColumn: Int, CaseIterable, Sendable {
  case name, phone, email, birthday, demographics, externalID

  static let table = "member"

  private static let places = ["name", "phone", "email", "birthday", "demographics", "external_id"].map { SealedColumn(table, $0) }

  var place: SealedColumn { Self.places[rawValue] }

  /// Nil when the field is not known.
  func bytes(of profile: MemberProfile) -> [UInt8]? {
    switch self {
    case .name: profile.name.isEmpty ? nil : Array(profile.name.utf8)
    case .phone: profile.phone.map { Array($0.canonical.utf8) }
    case .email: profile.email.map { Array($0.written.utf8) }
    case .birthday: profile.birthday.map { Array(String($0.number).utf8) }
    case .demographics: profile.demographics.isEmpty ? nil : Self.bytes(of: profile.demographics)
    case .externalID: profile.externalID.map { Array($0.utf8) }
    }
  }

  /// Puts what `bytes(of:)` gave back into `profile`. They were authenticated, so they are what this code wrote.
  func read(_ bytes: Data, into profile: inout MemberProfile) {
    func text() -> String { String(decoding: bytes, as: UTF8.self) }
    switch self {
    case .name: profile.name = text()
    case .phone: profile.phone = PhoneNumber(canonical: text())
    case .email: profile.email = EmailAddress(stored: text())
    case .birthday: profile.birthday = Int(text()).map(Birthday.init(number:))
    case .demographics: profile.demographics = Self.demographics(in: bytes)
    case .externalID: profile.externalID = text()
    }
  }

  // MARK: Demographics in one column

  private static var demographicFields: [WritableKeyPath<MemberProfile.Demographics, String>] {
    [\.ageBand, \.incomeBand, \.homeOwnership, \.maritalStatus, \.householdSize, \.householdComposition, \.kidsCount]
  }

  /// Each text after its length, which a byte holds. A field that is added later goes to the end.
  private static func bytes(of demographics: MemberProfile.Demographics) -> [UInt8] {
    demographicFields.flatMap { field in
      let text = Array(demographics[keyPath: field].utf8)
      return [UInt8(text.count)] + text
    }
  }

  private static func demographics(in bytes: Data) -> MemberProfile.Demographics {
    var demographics = MemberProfile.Demographics()
    var rest = bytes[...]
    for field in demographicFields {
      guard let length = rest.popFirst() else { break }
      demographics[keyPath: field] = String(decoding: rest.prefix(Int(length)), as: UTF8.self)
      rest = rest.dropFirst(Int(length))
    }
    return demographics
  }
}

/// What is known of a person as it is stored: a sealed value for each column, nil where nothing is known.
struct SealedProfile: Equatable, Sendable {
  private var values: [[UInt8]?] = Array(repeating: nil, count: ProfileColumn.allCases.count)

  init() {}

  /// From the columns of a row that begin at `first`, in the order of the cases.
  init(_ row: Row, from first: Int) {
    for column in ProfileColumn.allCases { self[column] = row.optionalBlob(first + column.rawValue) }
  }

  subscript(column: ProfileColumn) -> [UInt8]? {
    get { values[column.rawValue] }
    set { values[column.rawValue] = newValue }
  }
}

/// By what a person is found whose phone, email and external id are stored sealed.
struct ProfileHashes: Equatable, Sendable {
  var phone: [UInt8]?
  var email: [UInt8]?
  var externalID: [UInt8]?
}
