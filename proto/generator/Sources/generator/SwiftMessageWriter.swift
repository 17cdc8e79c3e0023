/// Writes one message as a Swift struct and its way to and from the C struct.
struct SwiftMessageWriter {
  let contract: Contract
  let isRequest: (String) -> Bool

  // MARK: The value

  func writeDeclaration(of message: Contract.Message, to code: inout CodeWriter) throws {
    code.documentation(message.comment)
    let requestID = message.field(named: "request_id")
    let isIdentified = isRequest(message.fullName) && requestID?.kind == .string && requestID?.presence == .implicit
    try code.block("public struct \(swiftName(message)): \(isIdentified ? "RequestIdentified" : "ProtobufMessage")") { code in
      let properties = try properties(of: message)
      for property in properties {
        code.documentation(property.comment)
        code.line("public var \(property.name): \(property.type) = \(property.defaultValue)")
      }
      if !properties.isEmpty { code.line() }
      code.line("public init() {}")
      if !properties.isEmpty {
        code.line()
        let parameters = properties.map { "\($0.name): \($0.type) = \($0.defaultValue)" }
        code.line("public init(")
        for (index, parameter) in parameters.enumerated() { code.line("  \(parameter)\(index + 1 < parameters.count ? "," : "")") }
        code.block(")") { code in
          for property in properties { code.line("self.\(property.name) = \(property.name)") }
        }
      }
      for oneof in message.oneofs { try writeDeclaration(of: oneof, in: message, to: &code) }
      for enumeration in message.enumerations {
        code.line()
        SwiftEnumerationWriter(name: SwiftNames.typeComponent(enumeration.name)).write(enumeration, to: &code)
      }
      for nested in message.messages where !nested.isMapEntry {
        code.line()
        try writeDeclaration(of: nested, to: &code)
      }
    }
  }

  private struct Property {
    var name: String
    var type: String
    var defaultValue: String
    var comment: String
  }

  /// In the contract's order; a oneof stands where its first member does.
  private func properties(of message: Contract.Message) throws -> [Property] {
    var result: [Property] = []
    var written: Set<String> = []
    for field in message.fields {
      if case .oneof(let name) = field.presence {
        guard written.insert(name).inserted, let oneof = message.oneofs.first(where: { $0.name == name }) else { continue }
        result.append(
          Property(
            name: SwiftNames.member(name), type: "\(SwiftNames.upperCamel(name))?", defaultValue: "nil", comment: oneof.comment))
      } else {
        let (type, defaultValue) = try typeAndDefault(of: field)
        result.append(Property(name: SwiftNames.member(field.name), type: type, defaultValue: defaultValue, comment: field.comment))
      }
    }
    return result
  }

  private func writeDeclaration(of oneof: Contract.Oneof, in message: Contract.Message, to code: inout CodeWriter) throws {
    let name = SwiftNames.upperCamel(oneof.name)
    guard !message.messages.contains(where: { $0.name == name }), !message.enumerations.contains(where: { $0.name == name }) else {
      throw GeneratorError("\(message.fullName).\(oneof.name) would share its Swift name with a nested type")
    }
    code.line()
    code.documentation(oneof.comment)
    code.block("public enum \(name): Sendable, Equatable") { code in
      for field in message.members(of: oneof) {
        code.documentation(field.comment)
        code.line("case \(SwiftNames.member(field.name))(\(elementType(field.kind)))")
      }
    }
  }

  private func typeAndDefault(of field: Contract.Field) throws -> (String, String) {
    if let entry = contract.mapEntry(of: field) {
      guard entry.field(named: "key")?.kind == .string, entry.field(named: "value")?.kind == .string else {
        throw GeneratorError("\(field.fullName) is a map of a kind that has not been needed yet: only map<string, string> is generated")
      }
      return ("[String: String]", "[:]")
    }
    let element = elementType(field.kind)
    if field.isRepeated { return ("[\(element)]", "[]") }
    if field.presence != .implicit { return ("\(element)?", "nil") }
    switch field.kind {
    case .bool: return (element, "false")
    case .string: return (element, "\"\"")
    case .bytes: return (element, "[]")
    case .enumeration(let name): return (element, try "." + zeroCase(of: name))
    default: return (element, "0")
    }
  }

  private func zeroCase(of enumeration: String) throws -> String {
    guard let found = contract.enumeration(enumeration), let zero = found.values.first(where: { $0.number == 0 }) else {
      throw GeneratorError("\(enumeration) has no zero value")
    }
    return SwiftNames.enumerationCase(zero.name, of: found.name)
  }

  private func elementType(_ kind: Contract.Kind) -> String {
    switch kind {
    case .double: "Double"
    case .float: "Float"
    case .int32: "Int32"
    case .int64: "Int64"
    case .uint32: "UInt32"
    case .uint64: "UInt64"
    case .bool: "Bool"
    case .string: "String"
    case .bytes: "[UInt8]"
    case .message(let name), .enumeration(let name): contract.swiftType(name)
    }
  }

  private func swiftName(_ message: Contract.Message) -> String { SwiftNames.typeComponent(message.name) }

  // MARK: To and from C

  func writeConversions(of message: Contract.Message, to code: inout CodeWriter) {
    code.line()
    code.block("extension \(contract.swiftType(message.fullName))") { code in
      code.line("public static var fullName: String { \"\(message.fullName)\" }")
      code.line("public static var layout: MessageLayout { MessageLayout(\(CNames.layoutFunction(message.fullName))()) }")
      code.line()
      code.block("public init(reading message: UnsafeRawPointer) throws(ProtobufError)") { code in
        writeBinding(of: message, to: &code)
        for field in message.fields { writeReading(of: field, to: &code) }
        for oneof in message.oneofs { writeReading(of: oneof, in: message, to: &code) }
      }
      code.line()
      code.block("public func write(to message: UnsafeMutableRawPointer, in arena: MessageArena)") { code in
        writeBinding(of: message, to: &code)
        for field in message.fields { writeWriting(of: field, in: message, to: &code) }
        for oneof in message.oneofs { writeWriting(of: oneof, in: message, to: &code) }
      }
    }
    for nested in message.messages where !nested.isMapEntry { writeConversions(of: nested, to: &code) }
  }

  private func writeBinding(of message: Contract.Message, to code: inout CodeWriter) {
    guard !message.fields.isEmpty else { return }
    code.line("let c = message.assumingMemoryBound(to: \(CNames.type(message.fullName)).self)")
  }

  private func writeReading(of field: Contract.Field, to code: inout CodeWriter) {
    let target = "self.\(SwiftNames.member(field.name))"
    let source = "c.pointee.\(CNames.member(field.name))"
    if contract.mapEntry(of: field) != nil {
      code.line(
        "\(target) = try FieldReading.stringMap(c.pointee.n_\(CNames.member(field.name)), UnsafeRawPointer(\(source)), \"\(field.fullName)\")"
      )
    } else if field.isRepeated {
      code.line("\(target) = \(repeatedReading(of: field))")
    } else {
      switch field.presence {
      case .implicit, .pointer: code.line("\(target) = \(singularReading(of: field))")
      case .flag: code.line("if c.pointee.has_\(CNames.member(field.name)) != 0 { \(target) = \(singularReading(of: field)) }")
      case .syntheticOneof(let name):
        code.line("if c.pointee.\(name.lowercased())_case.rawValue == \(field.number) { \(target) = \(singularReading(of: field)) }")
      case .oneof: break
      }
    }
  }

  private func writeReading(of oneof: Contract.Oneof, in message: Contract.Message, to code: inout CodeWriter) {
    code.block("switch c.pointee.\(oneof.name.lowercased())_case.rawValue") { code in
      for field in message.members(of: oneof) {
        let name = SwiftNames.member(field.name)
        let target = "self.\(SwiftNames.member(oneof.name))"
        code.line("case \(field.number):")
        if case .message(let type) = field.kind {
          code.line("  let value: \(contract.swiftType(type))? = \(singularReading(of: field))")
          code.line("  if let value { \(target) = .\(name)(value) }")
        } else {
          code.line("  \(target) = .\(name)(\(singularReading(of: field)))")
        }
      }
      code.line("default: break")
    }
  }

  private func singularReading(of field: Contract.Field) -> String {
    let source = "c.pointee.\(CNames.member(field.name))"
    switch field.kind {
    case .double, .float, .int32, .int64, .uint32, .uint64: return source
    case .bool: return "\(source) != 0"
    case .string: return "try FieldReading.string(\(source), \"\(field.fullName)\")"
    case .bytes: return "FieldReading.bytes(\(source))"
    case .message: return "try FieldReading.message(UnsafeRawPointer(\(source)))"
    case .enumeration(let name):
      return "\(contract.swiftType(name))(rawValue: Int32(truncatingIfNeeded: \(source).rawValue))"
    }
  }

  private func repeatedReading(of field: Contract.Field) -> String {
    let member = CNames.member(field.name)
    let arguments = "c.pointee.n_\(member), c.pointee.\(member)"
    let rawArguments = "c.pointee.n_\(member), UnsafeRawPointer(c.pointee.\(member))"
    switch field.kind {
    case .double, .float, .int32, .int64, .uint32, .uint64: return "FieldReading.numbers(\(arguments))"
    case .bool: return "FieldReading.booleans(\(arguments))"
    case .string: return "try FieldReading.strings(\(arguments), \"\(field.fullName)\")"
    case .bytes: return "FieldReading.byteStrings(\(arguments))"
    case .message: return "try FieldReading.messages(\(rawArguments))"
    case .enumeration: return "FieldReading.enumerations(\(rawArguments))"
    }
  }

  private func writeWriting(of field: Contract.Field, in message: Contract.Message, to code: inout CodeWriter) {
    let value = "self.\(SwiftNames.member(field.name))"
    let member = CNames.member(field.name)
    if let entry = contract.mapEntry(of: field) {
      code.line("c.pointee.n_\(member) = \(value).count")
      code.line(
        "c.pointee.\(member) = arena.stringMap(\(value), MessageLayout(\(CNames.layoutFunction(entry.fullName))()))?.assumingMemoryBound(to: UnsafeMutablePointer<\(CNames.type(entry.fullName))>?.self)"
      )
    } else if field.isRepeated {
      code.line("c.pointee.n_\(member) = \(value).count")
      code.line("c.pointee.\(member) = \(repeatedWriting(value, field.kind))")
    } else {
      switch field.presence {
      case .implicit: code.line("c.pointee.\(member) = \(singularWriting(value, field.kind))")
      case .pointer: code.line("c.pointee.\(member) = \(messageWriting(value, field.kind))")
      case .flag:
        code.block("if let value = \(value)") { code in
          code.line("c.pointee.has_\(member) = 1")
          code.line("c.pointee.\(member) = \(singularWriting("value", field.kind))")
        }
      case .syntheticOneof(let name):
        code.block("if let value = \(value)") { code in
          writeMember(field, ofOneof: name, in: message, to: &code)
        }
      case .oneof: break
      }
    }
  }

  private func writeWriting(of oneof: Contract.Oneof, in message: Contract.Message, to code: inout CodeWriter) {
    code.block("switch self.\(SwiftNames.member(oneof.name))") { code in
      for field in message.members(of: oneof) {
        code.line("case .\(SwiftNames.member(field.name))(let value)?:")
        code.indented { code in writeMember(field, ofOneof: oneof.name, in: message, to: &code) }
      }
      code.line("case nil: break")
    }
  }

  /// Sets the case and the member of a C union to `value`.
  private func writeMember(_ field: Contract.Field, ofOneof oneof: String, in message: Contract.Message, to code: inout CodeWriter) {
    let caseType = CNames.oneofCase(oneof, of: message.fullName)
    code.line("c.pointee.\(oneof.lowercased())_case = \(caseType)(rawValue: \(field.number))")
    if case .message = field.kind {
      code.line("c.pointee.\(CNames.member(field.name)) = \(messageWriting("value", field.kind))")
    } else {
      code.line("c.pointee.\(CNames.member(field.name)) = \(singularWriting("value", field.kind))")
    }
  }

  private func singularWriting(_ value: String, _ kind: Contract.Kind) -> String {
    switch kind {
    case .double, .float, .int32, .int64, .uint32, .uint64: return value
    case .bool: return "\(value) ? 1 : 0"
    case .string: return "arena.string(\(value))"
    case .bytes: return "arena.bytes(\(value))"
    case .message: return messageWriting(value, kind)
    case .enumeration(let name):
      // C makes an enumeration signed only where it has a negative value.
      let isSigned = contract.enumeration(name)?.values.contains { $0.number < 0 } ?? false
      return "\(CNames.type(name))(rawValue: \(isSigned ? "\(value).rawValue" : "UInt32(bitPattern: \(value).rawValue)"))"
    }
  }

  private func messageWriting(_ value: String, _ kind: Contract.Kind) -> String {
    guard case .message(let name) = kind else { return value }
    return "arena.message(\(value))?.assumingMemoryBound(to: \(CNames.type(name)).self)"
  }

  private func repeatedWriting(_ value: String, _ kind: Contract.Kind) -> String {
    switch kind {
    case .double, .float, .int32, .int64, .uint32, .uint64: return "arena.numbers(\(value))"
    case .bool: return "arena.booleans(\(value))"
    case .string: return "arena.strings(\(value))"
    case .bytes: return "arena.byteStrings(\(value))"
    case .message(let name):
      return "arena.messages(\(value))?.assumingMemoryBound(to: UnsafeMutablePointer<\(CNames.type(name))>?.self)"
    case .enumeration(let name):
      return "arena.enumerations(\(value))?.assumingMemoryBound(to: \(CNames.type(name)).self)"
    }
  }
}
