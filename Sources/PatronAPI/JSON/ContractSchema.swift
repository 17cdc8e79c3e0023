internal import GoogleProto
internal import ProtobufC

/// The contract's messages and enumerations by full name, read once from the descriptors that the library carries.
struct ContractSchema: Sendable {
  let messages: [String: MessageSchema]
  let enumerations: [String: EnumerationSchema]
  let services: [ServiceSchema]

  static let shared = ContractSchema()

  private init() {
    guard let set = try? GoogleProtobuf.FileDescriptorSet(decoding: PatronDescriptors.fileDescriptorSet) else {
      preconditionFailure("the generated descriptor set does not decode")
    }
    var reader = SchemaReader()
    for file in set.file { reader.read(file) }
    messages = reader.messages
    enumerations = reader.enumerations
    services = reader.services
  }

  func message(_ fullName: String) throws(ProtobufJSONError) -> MessageSchema {
    guard let schema = messages[fullName] else { throw ProtobufJSONError("The contract has no message \(fullName).") }
    return schema
  }

  func enumeration(_ fullName: String) throws(ProtobufJSONError) -> EnumerationSchema {
    guard let schema = enumerations[fullName] else { throw ProtobufJSONError("The contract has no enumeration \(fullName).") }
    return schema
  }
}

struct MessageSchema: Sendable {
  var fullName: String
  /// In the contract's order.
  var fields: [FieldSchema]
  var isMapEntry: Bool

  func field(named name: String) -> FieldSchema? { fields.first { $0.jsonName == name || $0.name == name } }
  func field(numbered number: Int) -> FieldSchema? { fields.first { $0.number == number } }
}

struct FieldSchema: Sendable {
  var name: String
  var jsonName: String
  var number: Int
  var type: GoogleProtobuf.FieldDescriptorProto.TypeEnum
  var isRepeated: Bool
  /// Of messages and enumerations.
  var typeName: String
  /// The real oneof that it is a member of; two members in one object contradict each other.
  var oneofIndex: Int?
  /// Whether the default value is written too, because its being there says something.
  var hasPresence: Bool
}

struct EnumerationSchema: Sendable {
  var values: [(name: String, number: Int32)]
}

/// Flattens descriptors.
private struct SchemaReader {
  var messages: [String: MessageSchema] = [:]
  var enumerations: [String: EnumerationSchema] = [:]
  var services: [ServiceSchema] = []

  mutating func read(_ file: GoogleProtobuf.FileDescriptorProto) {
    let package = file.package ?? ""
    for message in file.messageType { read(message, in: package) }
    for enumeration in file.enumType { read(enumeration, in: package) }
    for service in file.service {
      services.append(
        ServiceSchema(
          fullName: "\(package).\(service.name ?? "")",
          methods: service.method.map { method in
            ServiceSchema.Method(
              name: method.name ?? "", requestName: withoutDot(method.inputType), replyName: withoutDot(method.outputType),
              streamsRequests: method.clientStreaming ?? false, streamsReplies: method.serverStreaming ?? false)
          }))
    }
  }

  private mutating func read(_ message: GoogleProtobuf.DescriptorProto, in scope: String) {
    let fullName = "\(scope).\(message.name ?? "")"
    messages[fullName] = MessageSchema(
      fullName: fullName, fields: message.field.map { field($0) }, isMapEntry: message.options?.mapEntry ?? false)
    for nested in message.nestedType { read(nested, in: fullName) }
    for enumeration in message.enumType { read(enumeration, in: fullName) }
  }

  private mutating func read(_ enumeration: GoogleProtobuf.EnumDescriptorProto, in scope: String) {
    enumerations["\(scope).\(enumeration.name ?? "")"] = EnumerationSchema(
      values: enumeration.value.map { ($0.name ?? "", $0.number ?? 0) })
  }

  private func field(_ field: GoogleProtobuf.FieldDescriptorProto) -> FieldSchema {
    let isSynthetic = field.proto3Optional ?? false
    let type = field.type ?? .unrecognized(0)
    return FieldSchema(
      name: field.name ?? "", jsonName: field.jsonName ?? "", number: Int(field.number ?? 0), type: type,
      isRepeated: field.label == .repeated, typeName: withoutDot(field.typeName),
      oneofIndex: isSynthetic ? nil : field.oneofIndex.map { Int($0) },
      hasPresence: isSynthetic || field.oneofIndex != nil || type == .message)
  }

  private func withoutDot(_ name: String?) -> String { String((name ?? "").drop { $0 == "." }) }
}
