internal import GoogleProto
internal import ProtobufC

/// The files of some `google.protobuf.FileDescriptorSet`s, found by name and by every symbol that they define.
///
/// Files are kept as the bytes that the compiler wrote, since decoding and encoding again would lose what this build does not know.
struct DescriptorIndex: Sendable {
  private struct File: Sendable {
    let bytes: [UInt8]
    let dependencies: [String]
  }

  private var files: [String: File] = [:]
  private var fileBySymbol: [String: String] = [:]
  private(set) var messageNames: Set<String> = []

  init(fileDescriptorSets: [[UInt8]]) throws {
    for set in fileDescriptorSets {
      for bytes in try Self.split(set) { try add(bytes) }
    }
  }

  func fileName(definingSymbol symbol: String) -> String? { fileBySymbol[symbol] }

  func hasFile(_ name: String) -> Bool { files[name] != nil }

  /// The bytes of a file and of everything that it imports, directly or not, itself first, without what is in `sent`.
  func closure(of name: String, without sent: inout Set<String>) -> [[UInt8]] {
    var result: [[UInt8]] = []
    var queue = [name]
    while let next = queue.popLast() {
      guard let file = files[next], sent.insert(next).inserted else { continue }
      result.append(file.bytes)
      queue.append(contentsOf: file.dependencies.reversed())
    }
    return result
  }

  private mutating func add(_ bytes: [UInt8]) throws {
    let descriptor = try GoogleProtobuf.FileDescriptorProto(decoding: bytes)
    guard let name = descriptor.name, files[name] == nil else { return }
    files[name] = File(bytes: bytes, dependencies: descriptor.dependency)
    let package = descriptor.package ?? ""
    for message in descriptor.messageType { add(message, in: package, file: name) }
    for enumeration in descriptor.enumType { add(enumeration, in: package, file: name) }
    for service in descriptor.service {
      let serviceName = Self.join(package, service.name)
      fileBySymbol[serviceName] = name
      for method in service.method { fileBySymbol[Self.join(serviceName, method.name)] = name }
    }
    for field in descriptor.extension { fileBySymbol[Self.join(package, field.name)] = name }
  }

  private mutating func add(_ message: GoogleProtobuf.DescriptorProto, in scope: String, file: String) {
    let name = Self.join(scope, message.name)
    fileBySymbol[name] = file
    messageNames.insert(name)
    for field in message.field { fileBySymbol[Self.join(name, field.name)] = file }
    for oneof in message.oneofDecl { fileBySymbol[Self.join(name, oneof.name)] = file }
    for enumeration in message.enumType { add(enumeration, in: name, file: file) }
    for nested in message.nestedType { add(nested, in: name, file: file) }
  }

  /// The values of an enum live in the scope around it, as in C++.
  private mutating func add(_ enumeration: GoogleProtobuf.EnumDescriptorProto, in scope: String, file: String) {
    fileBySymbol[Self.join(scope, enumeration.name)] = file
    for value in enumeration.value { fileBySymbol[Self.join(scope, value.name)] = file }
  }

  private static func join(_ scope: String, _ name: String?) -> String {
    scope.isEmpty ? name ?? "" : "\(scope).\(name ?? "")"
  }
}

extension DescriptorIndex {
  struct MalformedSet: Error {}

  /// The bytes of each file: field 1 of the set, length-delimited; nothing else stands in a set.
  private static func split(_ set: [UInt8]) throws -> [[UInt8]] {
    let tagOfFile: UInt8 = 1 << 3 | 2
    var files: [[UInt8]] = []
    var rest = set[...]
    while let tag = rest.popFirst() {
      guard tag == tagOfFile, let length = readVarint(&rest), length <= rest.count else { throw MalformedSet() }
      files.append(Array(rest.prefix(length)))
      rest = rest.dropFirst(length)
    }
    return files
  }

  private static func readVarint(_ rest: inout ArraySlice<UInt8>) -> Int? {
    var value = 0
    for shift in stride(from: 0, to: 32, by: 7) {
      guard let byte = rest.popFirst() else { return nil }
      value |= Int(byte & 127) << shift
      if byte < 128 { return value }
    }
    return nil
  }
}
