extension JSONValue {
  /// RFC 8259. Refused besides: two members of one name, and nesting deeper than any message of the contract.
  init(parsing text: String) throws(ProtobufJSONError) {
    var parser = JSONParser(text)
    self = try parser.document()
  }
}

private struct JSONParser {
  private let bytes: [UInt8]
  private var position = 0

  private static let deepestNesting = 64

  init(_ text: String) { bytes = Array(text.utf8) }

  mutating func document() throws(ProtobufJSONError) -> JSONValue {
    let value = try value(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw fault("more follows after the end of the value") }
    return value
  }

  private mutating func value(depth: Int) throws(ProtobufJSONError) -> JSONValue {
    guard depth < Self.deepestNesting else { throw fault("it is nested too deeply") }
    skipSpace()
    switch peek() {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .boolean(true))
    case UInt8(ascii: "f"): return try word("false", .boolean(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case let byte? where byte == UInt8(ascii: "-") || Self.isDigit(byte): return try number()
    case nil: throw fault("it ends early")
    default: throw fault("a value was expected")
    }
  }

  private mutating func object(depth: Int) throws(ProtobufJSONError) -> JSONValue {
    position += 1
    var members: [JSONValue.Member] = []
    skipSpace()
    if take(UInt8(ascii: "}")) { return .object([]) }
    repeat {
      skipSpace()
      guard peek() == UInt8(ascii: "\"") else { throw fault("a member's name in double quotes was expected") }
      let name = try string()
      guard !members.contains(where: { $0.name == name }) else { throw fault("the member \"\(name)\" stands twice") }
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw fault("a colon was expected") }
      members.append(JSONValue.Member(name: name, value: try value(depth: depth + 1)))
      skipSpace()
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { throw fault("a comma or } was expected") }
    return .object(members)
  }

  private mutating func array(depth: Int) throws(ProtobufJSONError) -> JSONValue {
    position += 1
    var values: [JSONValue] = []
    skipSpace()
    if take(UInt8(ascii: "]")) { return .array([]) }
    repeat {
      values.append(try value(depth: depth + 1))
      skipSpace()
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw fault("a comma or ] was expected") }
    return .array(values)
  }

  private mutating func string() throws(ProtobufJSONError) -> String {
    position += 1
    var content: [UInt8] = []
    while let byte = peek() {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: content, as: UTF8.self) else { throw fault("a string is not valid UTF-8") }
        return string
      case UInt8(ascii: "\\"): content += Array(String(try escaped()).utf8)
      case 0..<0x20: throw fault("a control character stands in a string")
      default: content.append(byte)
      }
    }
    throw fault("a string is not closed")
  }

  private mutating func escaped() throws(ProtobufJSONError) -> Unicode.Scalar {
    guard let byte = peek() else { throw fault("it ends early") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let unit = try codeUnit()
      if let scalar = Unicode.Scalar(unit) { return scalar }
      // The first half of a pair of surrogates.
      guard (0xD800..<0xDC00).contains(unit), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw fault("a lone surrogate") }
      let second = try codeUnit()
      guard (0xDC00..<0xE000).contains(second), let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (second - 0xDC00)) else {
        throw fault("a lone surrogate")
      }
      return scalar
    default: throw fault("an unknown escape in a string")
    }
  }

  private mutating func codeUnit() throws(ProtobufJSONError) -> UInt32 {
    guard position + 4 <= bytes.count,
      bytes[position..<position + 4].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let unit = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
    else { throw fault("four hexadecimal digits were expected") }
    position += 4
    return unit
  }

  private mutating func number() throws(ProtobufJSONError) -> JSONValue {
    let start = position
    _ = take(UInt8(ascii: "-"))
    let firstDigit = position
    guard skipDigits() > 0 else { throw fault("a digit was expected") }
    guard bytes[firstDigit] != UInt8(ascii: "0") || position == firstDigit + 1 else { throw fault("a number starts with 0") }
    if take(UInt8(ascii: ".")) {
      guard skipDigits() > 0 else { throw fault("a digit was expected") }
    }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if !take(UInt8(ascii: "-")) { _ = take(UInt8(ascii: "+")) }
      guard skipDigits() > 0 else { throw fault("a digit was expected") }
    }
    return .number(String(decoding: bytes[start..<position], as: UTF8.self))
  }

  private mutating func skipDigits() -> Int {
    let start = position
    while let byte = peek(), Self.isDigit(byte) { position += 1 }
    return position - start
  }

  private mutating func word(_ word: String, _ value: JSONValue) throws(ProtobufJSONError) -> JSONValue {
    guard bytes[position...].starts(with: word.utf8) else { throw fault("a value was expected") }
    position += word.utf8.count
    return value
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard peek() == byte else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = peek(), [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
  }

  private func fault(_ what: String) -> ProtobufJSONError {
    ProtobufJSONError("This is no JSON: at byte \(position), \(what).")
  }
}
