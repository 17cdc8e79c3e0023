import Foundation
internal import GoogleProto

/// JSON → bytes by descriptor.
struct JSONToWire {
  let contract: ContractSchema

  func message(_ value: JSONValue, _ schema: MessageSchema, path: String) throws(ProtobufJSONError) -> [UInt8] {
    if let wellKnown = WellKnownType(schema.fullName) { return try wellKnown.bytes(value, path: path) }
    guard case .object(let members) = value else { throw ProtobufJSONError(at: path, "an object was expected") }
    var given: [(field: FieldSchema, value: JSONValue, path: String)] = []
    var oneofs: [Int: String] = [:]
    for member in members {
      let place = path.isEmpty ? member.name : "\(path).\(member.name)"
      guard let field = schema.field(named: member.name) else {
        throw ProtobufJSONError(at: place, "\(schema.fullName) has no such field; it has \(list(schema.fields.map(\.jsonName)))")
      }
      // null is absence.
      if member.value == .null { continue }
      guard !given.contains(where: { $0.field.number == field.number }) else {
        throw ProtobufJSONError(at: place, "the field is given under both its names")
      }
      if let oneof = field.oneofIndex {
        if let other = oneofs[oneof] { throw ProtobufJSONError(at: place, "only one of \(other) and \(member.name) may be given") }
        oneofs[oneof] = member.name
      }
      given.append((field, member.value, place))
    }
    var writer = WireWriter()
    for (field, value, place) in given.sorted(by: { $0.field.number < $1.field.number }) {
      try write(value, field, path: place, to: &writer)
    }
    return writer.bytes
  }

  private func write(
    _ value: JSONValue, _ field: FieldSchema, path: String, to writer: inout WireWriter
  ) throws(ProtobufJSONError) {
    guard field.isRepeated else {
      try writeElement(value, field, path: path, to: &writer)
      return
    }
    if field.type == .message, try contract.message(field.typeName).isMapEntry {
      guard case .object(let members) = value else { throw ProtobufJSONError(at: path, "an object was expected") }
      for member in members {
        let entry = JSONValue.object([.init(name: "key", value: .string(member.name)), .init(name: "value", value: member.value)])
        try writeElement(entry, field, path: "\(path).\(member.name)", to: &writer)
      }
      return
    }
    guard case .array(let values) = value else { throw ProtobufJSONError(at: path, "an array was expected") }
    for (index, value) in values.enumerated() { try writeElement(value, field, path: "\(path)[\(index)]", to: &writer) }
  }

  private func writeElement(
    _ value: JSONValue, _ field: FieldSchema, path: String, to writer: inout WireWriter
  ) throws(ProtobufJSONError) {
    switch field.type {
    case .message:
      let content = try message(value, try contract.message(field.typeName), path: path)
      writer.tag(field.number, .lengthPrefixed)
      writer.lengthPrefixed(content)
    case .string:
      guard case .string(let text) = value else { throw ProtobufJSONError(at: path, "a string was expected") }
      writer.tag(field.number, .lengthPrefixed)
      writer.lengthPrefixed(Array(text.utf8))
    case .bytes:
      guard case .string(let text) = value, let data = base64(text) else { throw ProtobufJSONError(at: path, "base64 was expected") }
      writer.tag(field.number, .lengthPrefixed)
      writer.lengthPrefixed(data)
    case .bool:
      guard case .boolean(let flag) = value else { throw ProtobufJSONError(at: path, "true or false was expected") }
      writer.tag(field.number, .varint)
      writer.varint(flag ? 1 : 0)
    case .`enum`:
      let number = try enumeration(value, try contract.enumeration(field.typeName), path: path)
      writer.tag(field.number, .varint)
      writer.varint(UInt64(bitPattern: Int64(number)))
    case .int32, .int64:
      let number: Int64 = field.type == .int32 ? Int64(try integer(value, path: path) as Int32) : try integer(value, path: path)
      writer.tag(field.number, .varint)
      writer.varint(UInt64(bitPattern: number))
    case .sint32, .sint64:
      let number: Int64 = field.type == .sint32 ? Int64(try integer(value, path: path) as Int32) : try integer(value, path: path)
      writer.tag(field.number, .varint)
      writer.varint(UInt64(bitPattern: (number << 1) ^ (number >> 63)))
    case .uint32, .uint64:
      let number: UInt64 = field.type == .uint32 ? UInt64(try integer(value, path: path) as UInt32) : try integer(value, path: path)
      writer.tag(field.number, .varint)
      writer.varint(number)
    case .fixed32:
      writer.tag(field.number, .bits32)
      writer.fixed(try integer(value, path: path) as UInt32)
    case .sfixed32:
      writer.tag(field.number, .bits32)
      writer.fixed(try integer(value, path: path) as Int32)
    case .fixed64:
      writer.tag(field.number, .bits64)
      writer.fixed(try integer(value, path: path) as UInt64)
    case .sfixed64:
      writer.tag(field.number, .bits64)
      writer.fixed(try integer(value, path: path) as Int64)
    case .float:
      writer.tag(field.number, .bits32)
      writer.fixed(Float(try number(value, path: path)).bitPattern)
    case .double:
      writer.tag(field.number, .bits64)
      writer.fixed(try number(value, path: path).bitPattern)
    case .group, .unrecognized:
      throw ProtobufJSONError(at: path, "the field has a type that JSON cannot carry")
    }
  }

  /// A whole number, given as a number or as a string of digits; 1e3 and 5.0 are whole too.
  private func integer<Integer: FixedWidthInteger>(_ value: JSONValue, path: String) throws(ProtobufJSONError) -> Integer {
    let text: String
    switch value {
    case .number(let number): text = number
    case .string(let string): text = string
    default: throw ProtobufJSONError(at: path, "a whole number was expected")
    }
    if let integer = Integer(text), !text.hasPrefix("+") { return integer }
    guard let double = Double(text), double.isFinite, double == double.rounded() else {
      throw ProtobufJSONError(at: path, "a whole number was expected")
    }
    guard let integer = Integer(exactly: double) else {
      throw ProtobufJSONError(at: path, "\(text) is out of the range \(Integer.min) to \(Integer.max)")
    }
    return integer
  }

  private func number(_ value: JSONValue, path: String) throws(ProtobufJSONError) -> Double {
    switch value {
    case .string("NaN"): return .nan
    case .string("Infinity"): return .infinity
    case .string("-Infinity"): return -.infinity
    case .number(let text), .string(let text):
      if let number = Double(text), number.isFinite { return number }
    default: break
    }
    throw ProtobufJSONError(at: path, "a number was expected")
  }

  private func enumeration(_ value: JSONValue, _ schema: EnumerationSchema, path: String) throws(ProtobufJSONError) -> Int32 {
    switch value {
    case .string(let name):
      if let found = schema.values.first(where: { $0.name == name }) { return found.number }
      throw ProtobufJSONError(at: path, "\"\(name)\" is none of \(list(schema.values.map(\.name)))")
    case .number: return try integer(value, path: path)
    default: throw ProtobufJSONError(at: path, "one of \(list(schema.values.map(\.name))) was expected")
    }
  }

  /// Both alphabets, with or without padding.
  private func base64(_ text: String) -> [UInt8]? {
    var text = text.replacing("-", with: "+").replacing("_", with: "/")
    text += String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
    return Data(base64Encoded: text).map { [UInt8]($0) }
  }

  private func list(_ names: [String]) -> String { names.isEmpty ? "none" : names.joined(separator: ", ") }
}
