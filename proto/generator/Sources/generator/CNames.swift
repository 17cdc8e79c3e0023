/// The names that protoc-gen-c gives (protobuf-c 1.4.1, c_helpers.cc).
enum CNames {
  /// patron.type.v1.Money → Patron__Type__V1__Money.
  static func type(_ fullName: String) -> String {
    fullName.split(separator: ".").map { camel(String($0)) }.joined(separator: "__")
  }

  /// patron.type.v1.Money → patron__type__v1__money__descriptor.
  static func descriptor(_ fullName: String) -> String {
    fullName.split(separator: ".").map { lower(String($0)) }.joined(separator: "__") + "__descriptor"
  }

  /// The generated function that leads to the descriptor.
  static func layoutFunction(_ fullName: String) -> String { "layout_of_" + descriptor(fullName).dropLast("__descriptor".count) }

  /// The enumeration of a oneof's cases.
  static func oneofCase(_ oneof: String, of message: String) -> String { "\(type(message))__\(camel(oneof))Case" }

  /// A struct member.
  static func member(_ name: String) -> String {
    let lowercased = name.lowercased()
    return keywords.contains(lowercased) ? lowercased + "_" : lowercased
  }

  private static func camel(_ name: String) -> String {
    var result = ""
    var capitalizes = true
    for character in name {
      if character == "_" {
        capitalizes = true
      } else {
        result += capitalizes ? character.uppercased() : String(character)
        capitalizes = false
      }
    }
    return result
  }

  private static func lower(_ name: String) -> String {
    var result = ""
    var followsUppercase = true
    for character in name {
      if character.isUppercase {
        if !followsUppercase { result += "_" }
        followsUppercase = true
      } else {
        followsUppercase = false
      }
      result += character.lowercased()
    }
    return result
  }

  private static let keywords: Set<String> = [
    "and", "and_eq", "asm", "auto", "bitand", "bitor", "bool", "break", "case", "catch", "char", "class", "compl", "const",
    "const_cast", "continue", "default", "delete", "do", "double", "dynamic_cast", "else", "enum", "explicit", "extern", "false",
    "float", "for", "friend", "goto", "if", "inline", "int", "long", "mutable", "namespace", "new", "not", "not_eq", "operator", "or",
    "or_eq", "private", "protected", "public", "register", "reinterpret_cast", "return", "short", "signed", "sizeof", "static",
    "static_cast", "struct", "switch", "template", "this", "throw", "true", "try", "typedef", "typeid", "typename", "union",
    "unsigned", "using", "virtual", "void", "volatile", "wchar_t", "while", "xor", "xor_eq",
  ]
}
