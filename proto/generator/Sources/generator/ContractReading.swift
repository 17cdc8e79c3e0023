import CDescriptor

// Descriptors → Contract.

extension Contract {
  init(descriptorSetAt path: String) throws {
    try withDescriptorSet(at: path) { set in
      for file in elements(set.pointee.n_file, set.pointee.file) { files.append(try FileReader(file).read()) }
    }
    for file in files {
      for enumeration in file.enumerations { enumerations[enumeration.fullName] = enumeration }
      for message in file.messages { index(message) }
    }
  }

  private mutating func index(_ message: Message) {
    messages[message.fullName] = message
    for enumeration in message.enumerations { enumerations[enumeration.fullName] = enumeration }
    for nested in message.messages { index(nested) }
  }
}

/// Reads one file; it carries the comments, which descriptors keep apart, by the path to what they stand at.
private struct FileReader {
  let file: Google__Protobuf__FileDescriptorProto
  let package: String
  let isProto2: Bool
  let comments: [[Int32]: String]

  /// The numbers of descriptor.proto's fields, of which comment paths are made.
  private enum Step {
    static let fileMessage: Int32 = 4
    static let fileEnumeration: Int32 = 5
    static let fileService: Int32 = 6
    static let messageField: Int32 = 2
    static let messageNested: Int32 = 3
    static let messageEnumeration: Int32 = 4
    static let messageOneof: Int32 = 8
    static let enumerationValue: Int32 = 2
    static let serviceMethod: Int32 = 2
  }

  init(_ pointer: UnsafeMutablePointer<Google__Protobuf__FileDescriptorProto>) {
    file = pointer.pointee
    package = text(file.package)
    isProto2 = text(file.syntax) != "proto3"
    var comments: [[Int32]: String] = [:]
    if let info = file.source_code_info {
      for location in elements(info.pointee.n_location, info.pointee.location) {
        let path = (0..<location.pointee.n_path).map { location.pointee.path[$0] }
        let comment = text(location.pointee.leading_comments) + text(location.pointee.trailing_comments)
        if !comment.isEmpty { comments[path] = comment }
      }
    }
    self.comments = comments
  }

  func read() throws -> Contract.File {
    var result = Contract.File(path: text(file.name), package: package, isProto2: isProto2)
    for (index, message) in elements(file.n_message_type, file.message_type).enumerated() {
      result.messages.append(try read(message.pointee, in: package, path: [Step.fileMessage, Int32(index)]))
    }
    for (index, enumeration) in elements(file.n_enum_type, file.enum_type).enumerated() {
      result.enumerations.append(read(enumeration.pointee, in: package, path: [Step.fileEnumeration, Int32(index)]))
    }
    for (index, service) in elements(file.n_service, file.service).enumerated() {
      result.services.append(read(service.pointee, path: [Step.fileService, Int32(index)]))
    }
    return result
  }

  private func read(_ message: Google__Protobuf__DescriptorProto, in scope: String, path: [Int32]) throws -> Contract.Message {
    let name = text(message.name)
    var result = Contract.Message(fullName: "\(scope).\(name)", name: name, comment: comments[path] ?? "")
    result.isMapEntry = message.options?.pointee.map_entry == 1
    let oneofs = elements(message.n_oneof_decl, message.oneof_decl).map { text($0.pointee.name) }
    var synthetic: Set<String> = []
    for (index, pointer) in elements(message.n_field, message.field).enumerated() {
      let field = pointer.pointee
      // descriptor.proto's own leftovers, of which the C compiler would warn.
      if isProto2 && field.options?.pointee.deprecated == 1 { continue }
      guard text(field.name) != "self" else {
        throw GeneratorError("\(result.fullName).self: Swift cannot name a member so")
      }
      let isRepeated = field.label == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_REPEATED
      let kind = try kind(of: field, in: result.fullName)
      let presence: Contract.Presence
      if field.has_oneof_index != 0 {
        let oneof = oneofs[Int(field.oneof_index)]
        if field.proto3_optional != 0 { synthetic.insert(oneof) }
        presence = field.proto3_optional != 0 ? .syntheticOneof(oneof) : .oneof(oneof)
      } else if case .message = kind {
        presence = .pointer
      } else {
        let isRequired = field.label == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_REQUIRED
        presence = isProto2 && !isRequired ? .flag : .implicit
      }
      result.fields.append(
        Contract.Field(
          name: text(field.name), number: field.number, kind: kind, isRepeated: isRepeated, presence: presence,
          comment: comments[path + [Step.messageField, Int32(index)]] ?? "", parentFullName: result.fullName))
    }
    for (index, oneof) in oneofs.enumerated() where !synthetic.contains(oneof) {
      result.oneofs.append(Contract.Oneof(name: oneof, comment: comments[path + [Step.messageOneof, Int32(index)]] ?? ""))
    }
    for (index, nested) in elements(message.n_nested_type, message.nested_type).enumerated() {
      result.messages.append(
        try read(nested.pointee, in: result.fullName, path: path + [Step.messageNested, Int32(index)]))
    }
    for (index, enumeration) in elements(message.n_enum_type, message.enum_type).enumerated() {
      result.enumerations.append(
        read(enumeration.pointee, in: result.fullName, path: path + [Step.messageEnumeration, Int32(index)]))
    }
    return result
  }

  private func kind(of field: Google__Protobuf__FieldDescriptorProto, in message: String) throws -> Contract.Kind {
    let typeName = String(text(field.type_name).drop { $0 == "." })
    switch field.type {
    case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_DOUBLE: return .double
    case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_FLOAT: return .float
    case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_INT64,
      GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_SINT64,
      GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_SFIXED64:
      return .int64
    case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_UINT64,
      GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_FIXED64:
      return .uint64
    case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_INT32,
      GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_SINT32,
      GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_SFIXED32:
      return .int32
    case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_UINT32,
      GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_FIXED32:
      return .uint32
    case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_BOOL: return .bool
    case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_STRING: return .string
    case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_BYTES: return .bytes
    case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_MESSAGE: return .message(typeName)
    case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_ENUM: return .enumeration(typeName)
    default: throw GeneratorError("\(message).\(text(field.name)) has a type that libprotobuf-c does not know")
    }
  }

  private func read(_ enumeration: Google__Protobuf__EnumDescriptorProto, in scope: String, path: [Int32]) -> Contract.Enumeration {
    let name = text(enumeration.name)
    var result = Contract.Enumeration(fullName: "\(scope).\(name)", name: name, comment: comments[path] ?? "")
    for (index, value) in elements(enumeration.n_value, enumeration.value).enumerated() {
      result.values.append(
        Contract.Enumeration.Value(
          name: text(value.pointee.name), number: value.pointee.number,
          comment: comments[path + [Step.enumerationValue, Int32(index)]] ?? ""))
    }
    return result
  }

  private func read(_ service: Google__Protobuf__ServiceDescriptorProto, path: [Int32]) -> Contract.Service {
    let name = text(service.name)
    var result = Contract.Service(fullName: "\(package).\(name)", name: name, comment: comments[path] ?? "")
    for (index, pointer) in elements(service.n_method, service.method).enumerated() {
      let method = pointer.pointee
      result.methods.append(
        Contract.Service.Method(
          name: text(method.name), comment: comments[path + [Step.serviceMethod, Int32(index)]] ?? "",
          request: String(text(method.input_type).drop { $0 == "." }), reply: String(text(method.output_type).drop { $0 == "." }),
          streamsRequests: method.client_streaming != 0, streamsReplies: method.server_streaming != 0))
    }
    return result
  }
}
