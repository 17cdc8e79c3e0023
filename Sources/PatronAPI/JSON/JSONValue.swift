import Foundation

/// A JSON document in memory. An object keeps the order of its members; a number keeps its text, for no 64-bit integer survives a Double.
enum JSONValue: Equatable {
  case object([Member])
  case array([JSONValue])
  case string(String)
  case number(String)
  case boolean(Bool)
  case null

  struct Member: Equatable {
    var name: String
    var value: JSONValue
  }
}

// MARK: Printing

extension JSONValue {
  /// Indented by two spaces; an empty object or array on one line.
  var text: String {
    var text = ""
    write(to: &text, depth: 0)
    return text
  }

  private func write(to text: inout String, depth: Int) {
    func newLine(_ depth: Int) { text += "\n" + String(repeating: "  ", count: depth) }
    switch self {
    case .null: text += "null"
    case .boolean(let value): text += value ? "true" : "false"
    case .number(let value): text += value
    case .string(let value): text += Self.quoted(value)
    case .array(let values):
      text += "["
      for (index, value) in values.enumerated() {
        if index > 0 { text += "," }
        newLine(depth + 1)
        value.write(to: &text, depth: depth + 1)
      }
      if !values.isEmpty { newLine(depth) }
      text += "]"
    case .object(let members):
      text += "{"
      for (index, member) in members.enumerated() {
        if index > 0 { text += "," }
        newLine(depth + 1)
        text += Self.quoted(member.name) + ": "
        member.value.write(to: &text, depth: depth + 1)
      }
      if !members.isEmpty { newLine(depth) }
      text += "}"
    }
  }

  private static func quoted(_ string: String) -> String {
    var result = "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case let scalar where scalar.value < 0x20 || scalar.value == 0x7F: result += String(format: "\\u%04x", scalar.value)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
