/// The protobuf encoding's own words, for messages that are known by descriptor only.
enum WireType: UInt8 {
  case varint = 0
  case bits64 = 1
  case lengthPrefixed = 2
  case bits32 = 5
}

struct WireWriter {
  private(set) var bytes: [UInt8] = []

  mutating func tag(_ number: Int, _ type: WireType) { varint(UInt64(number) << 3 | UInt64(type.rawValue)) }

  mutating func varint(_ value: UInt64) {
    var value = value
    while value > 127 {
      bytes.append(UInt8(truncatingIfNeeded: value) | 128)
      value >>= 7
    }
    bytes.append(UInt8(value))
  }

  mutating func fixed<Integer: FixedWidthInteger>(_ value: Integer) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }

  mutating func lengthPrefixed(_ content: [UInt8]) {
    varint(UInt64(content.count))
    bytes += content
  }
}

struct WireReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func tag() throws(ProtobufJSONError) -> (number: Int, type: WireType) {
    let tag = try varint()
    guard let type = WireType(rawValue: UInt8(tag & 7)), tag >> 3 > 0, tag >> 3 <= 0x1FFF_FFFF else { throw Self.malformed }
    return (Int(tag >> 3), type)
  }

  mutating func varint() throws(ProtobufJSONError) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), through: 63, by: 7) {
      guard let byte = rest.popFirst() else { throw Self.malformed }
      value |= UInt64(byte & 127) << shift
      if byte < 128 { return value }
    }
    throw Self.malformed
  }

  mutating func fixed<Integer: FixedWidthInteger>(_ type: Integer.Type) throws(ProtobufJSONError) -> Integer {
    let content = try take(MemoryLayout<Integer>.size)
    return content.reversed().reduce(0) { $0 << 8 | Integer($1) }
  }

  mutating func lengthPrefixed() throws(ProtobufJSONError) -> ArraySlice<UInt8> {
    let length = try varint()
    guard length <= UInt64(rest.count) else { throw Self.malformed }
    return try take(Int(length))
  }

  mutating func skip(_ type: WireType) throws(ProtobufJSONError) {
    switch type {
    case .varint: _ = try varint()
    case .bits64: _ = try take(8)
    case .lengthPrefixed: _ = try lengthPrefixed()
    case .bits32: _ = try take(4)
    }
  }

  private mutating func take(_ count: Int) throws(ProtobufJSONError) -> ArraySlice<UInt8> {
    guard rest.count >= count else { throw Self.malformed }
    let content = rest.prefix(count)
    rest = rest.dropFirst(count)
    return content
  }

  private static let malformed = ProtobufJSONError("The bytes are not a message of this type.")
}
