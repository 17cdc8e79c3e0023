/// A field of a member that an update may name, in the contract's spelling.
enum MemberField: String, CaseIterable, Sendable {
  case name, phone, email, birthday, demographics, consents, state
  case homeStoreID = "home_store_id"
  case externalID = "external_id"

  enum Problem: Error, CustomStringConvertible {
    case none
    case unknown(String)

    var description: String {
      switch self {
      case .none: "must name a field"
      case .unknown(let path):
        "\"\(path)\" is no field that can be changed; those are "
          + MemberField.allCases.map(\.rawValue).sorted().joined(separator: ", ")
      }
    }
  }

  /// The fields that a mask names; one named twice counts once.
  static func read(paths: [String]) throws(Problem) -> Set<MemberField> {
    guard !paths.isEmpty else { throw .none }
    var fields: Set<MemberField> = []
    for path in paths {
      guard let field = MemberField(rawValue: path) else { throw .unknown(String(path.prefix(64))) }
      fields.insert(field)
    }
    return fields
  }
}
