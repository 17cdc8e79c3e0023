/// The contract's names in Swift's spelling.
enum SwiftNames {
  /// patron.loyalty.v1 → LoyaltyV1. Packages that have no organisation to drop, or whose last part would say too little, are listed.
  static func namespace(_ package: String) -> String {
    switch package {
    case "google.protobuf": return "GoogleProtobuf"
    case "google.rpc": return "GoogleRPC"
    default:
      let parts = package.split(separator: ".").dropFirst()
      return parts.map { capitalized(spelledVersion(String($0))) }.joined()
    }
  }

  private static func spelledVersion(_ part: String) -> String {
    part.hasPrefix("v1alpha") ? "v1Alpha" + part.dropFirst("v1alpha".count) : part
  }

  /// line_number → lineNumber, request_id → requestID, member_ids → memberIDs.
  static func lowerCamel(_ name: String) -> String {
    let words = name.split(separator: "_").map(String.init)
    var result = words.first?.lowercased() ?? ""
    for word in words.dropFirst() {
      switch word.lowercased() {
      case "id": result += "ID"
      case "ids": result += "IDs"
      case let word: result += capitalized(word)
      }
    }
    return result
  }

  static func member(_ name: String) -> String { escaped(lowerCamel(name)) }

  static func upperCamel(_ name: String) -> String { capitalized(lowerCamel(name)) }

  /// GetBalance → getBalance.
  static func method(_ name: String) -> String { escaped(name.prefix(1).lowercased() + name.dropFirst()) }

  /// ORDER_STATE_PENDING of OrderState → pending.
  static func enumerationCase(_ value: String, of enumeration: String) -> String {
    let prefix = upperSnake(enumeration) + "_"
    let rest = value.hasPrefix(prefix) ? String(value.dropFirst(prefix.count)) : value
    return escaped(lowerCamel(rest.lowercased()))
  }

  private static func upperSnake(_ name: String) -> String {
    var result = ""
    for character in name {
      if character.isUppercase && !result.isEmpty { result += "_" }
      result += character.uppercased()
    }
    return result
  }

  /// A type's own name; `Type` and `Protocol` would be taken for metatypes.
  static func typeComponent(_ name: String) -> String {
    switch name {
    case "Any": "`Any`"
    case "Type": "TypeEnum"
    case "Protocol": "ProtocolEnum"
    default: name
    }
  }

  private static func capitalized(_ word: String) -> String { word.prefix(1).uppercased() + word.dropFirst() }

  private static let keywords: Set<String> = [
    "as", "associatedtype", "break", "case", "catch", "class", "continue", "default", "defer", "deinit", "do", "else", "enum",
    "extension", "fallthrough", "false", "fileprivate", "for", "func", "guard", "if", "import", "in", "init", "inout", "internal",
    "is", "let", "nil", "operator", "precedencegroup", "private", "protocol", "public", "repeat", "rethrows", "return", "self",
    "static", "struct", "subscript", "super", "switch", "throw", "throws", "true", "try", "typealias", "var", "where", "while",
  ]

  private static func escaped(_ name: String) -> String { keywords.contains(name) ? "`\(name)`" : name }
}

extension Contract {
  /// The Swift name of a message or enumeration, by its full name in the contract: its namespace, then its place within.
  func swiftType(_ fullName: String) -> String {
    let package = files.map(\.package).filter { fullName.hasPrefix($0 + ".") }.max { $0.count < $1.count } ?? ""
    let parts = fullName.dropFirst(package.count + 1).split(separator: ".").map { SwiftNames.typeComponent(String($0)) }
    return ([SwiftNames.namespace(package)] + parts).joined(separator: ".")
  }
}
