import Foundation
internal import GoogleProto

/// Bytes → JSON by descriptor. Unknown fields are left out.
struct WireToJSON {
  let contract: ContractSchema

  func object(_ bytes: ArraySlice<UInt8>, _ schema: MessageSchema) throws(ProtobufJSONError) -> JSONValue {
    if let wellKnown = WellKnownType(schema.fullName) { return try wellKnown.json(bytes) }
    var values: [Int: [JSONValue]] = [:]
    var entries: [Int: [JSONValue.Member]] = [:]
    var reader = WireReader(bytes)
    while !reader.isAtEnd {
      let (number, wireType) = try reader.tag()
      guard let field = schema.field(numbered: number) else {
        try reader.skip(wireType)
        continue
      }
      if field.type == .message, let entry = contract.messages[field.typeName], entry.isMapEntry {
        entries[number, default: []].append(try member(try reader.lengthPrefixed(), entry))
      } else if field.isRepeated && wireType == .lengthPrefixed && isPackable(field) {
        var packed = WireReader(try reader.lengthPrefixed())
        while !packed.isAtEnd { values[number, default: []].append(try scalar(field, &packed)) }
      } else {
        values[number, default: []].append(try element(field, &reader))
      }
    }
    var members: [JSONValue.Member] = []
    for field in schema.fields {
      if let entries = entries[field.number] {
        members.append(.init(name: field.jsonName, value: .object(entries)))
      } else if let values = values[field.number], let last = values.last {
        members.append(.init(name: field.jsonName, value: field.isRepeated ? .array(values) : last))
      }
    }
    return .object(members)
  }

  private func isPackable(_ field: FieldSchema) -> Bool {
    switch field.type {
    case .string, .bytes, .message, .group: false
    default: true
    }
  }

  private func member(_ bytes: ArraySlice<UInt8>, _ entry: MessageSchema) throws(ProtobufJSONError) -> JSONValue.Member {
    guard case .object(let members) = try object(bytes, entry) else { return .init(name: "", value: .null) }
    let key = members.first { $0.name == "key" }?.value
    let name =
      switch key {
      case .string(let text)?, .number(let text)?: text
      case .boolean(let flag)?: "\(flag)"
      default: ""
      }
    return .init(name: name, value: members.first { $0.name == "value" }?.value ?? .string(""))
  }

  private func element(_ field: FieldSchema, _ reader: inout WireReader) throws(ProtobufJSONError) -> JSONValue {
    switch field.type {
    case .message: return try object(try reader.lengthPrefixed(), try contract.message(field.typeName))
    case .string: return .string(String(decoding: try reader.lengthPrefixed(), as: UTF8.self))
    case .bytes: return .string(Data(try reader.lengthPrefixed()).base64EncodedString())
    default: return try scalar(field, &reader)
    }
  }

  private func scalar(_ field: FieldSchema, _ reader: inout WireReader) throws(ProtobufJSONError) -> JSONValue {
    switch field.type {
    case .bool: return .boolean(try reader.varint() != 0)
    case .int32: return .number("\(Int32(truncatingIfNeeded: try reader.varint()))")
    case .uint32: return .number("\(UInt32(truncatingIfNeeded: try reader.varint()))")
    case .sint32: return .number("\(Int32(truncatingIfNeeded: zigzag(try reader.varint())))")
    case .fixed32: return .number("\(try reader.fixed(UInt32.self))")
    case .sfixed32: return .number("\(Int32(bitPattern: try reader.fixed(UInt32.self)))")
    case .int64: return .string("\(Int64(bitPattern: try reader.varint()))")
    case .uint64: return .string("\(try reader.varint())")
    case .sint64: return .string("\(zigzag(try reader.varint()))")
    case .fixed64: return .string("\(try reader.fixed(UInt64.self))")
    case .sfixed64: return .string("\(Int64(bitPattern: try reader.fixed(UInt64.self)))")
    case .float: return number(Double(Float(bitPattern: try reader.fixed(UInt32.self))))
    case .double: return number(Double(bitPattern: try reader.fixed(UInt64.self)))
    case .`enum`:
      let number = Int32(truncatingIfNeeded: try reader.varint())
      let schema = try contract.enumeration(field.typeName)
      return schema.values.first { $0.number == number }.map { .string($0.name) } ?? .number("\(number)")
    case .string, .bytes, .message, .group, .unrecognized:
      throw ProtobufJSONError("The field \(field.name) has a type that JSON cannot carry.")
    }
  }

  private func zigzag(_ value: UInt64) -> Int64 { Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1) }

  /// JSON has no word for what is not finite; the mapping uses strings.
  private func number(_ value: Double) -> JSONValue {
    if value.isNaN { return .string("NaN") }
    if value.isInfinite { return .string(value < 0 ? "-Infinity" : "Infinity") }
    return .number("\(value)")
  }
}
