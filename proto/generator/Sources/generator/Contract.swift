/// Everything that the .proto files declare, as the writers need it.
struct Contract {
  var files: [File] = []
  /// Every message, nested ones too, by its full name without the leading dot.
  var messages: [String: Message] = [:]

  var enumerations: [String: Enumeration] = [:]

  struct File {
    var path: String
    var package: String
    var isProto2: Bool
    var messages: [Message] = []
    var enumerations: [Enumeration] = []
    var services: [Service] = []
  }

  struct Message {
    var fullName: String
    var name: String
    var comment: String
    var fields: [Field] = []
    /// Real oneofs; those that protoc makes for `optional` are the fields' presence.
    var oneofs: [Oneof] = []
    var messages: [Message] = []
    var enumerations: [Enumeration] = []
    var isMapEntry = false
  }

  struct Oneof {
    var name: String
    var comment: String
  }

  struct Field {
    var name: String
    var number: Int32
    var kind: Kind
    var isRepeated: Bool
    var presence: Presence
    var comment: String
    var parentFullName: String
    var fullName: String { "\(parentFullName).\(name)" }
  }

  enum Kind: Equatable {
    case double, float, int32, int64, uint32, uint64, bool, string, bytes
    case message(String)
    case enumeration(String)
  }

  /// How the C struct tells that a singular field is there.
  enum Presence: Equatable {
    /// proto3 without `optional`: a default value is absent.
    case implicit
    /// A singular message: the pointer.
    case pointer
    /// proto3 `optional`: the synthetic oneof of this name.
    case syntheticOneof(String)
    /// proto2: a `has_` flag.
    case flag
    /// A member of the real oneof of this name.
    case oneof(String)
  }

  struct Enumeration {
    var fullName: String
    var name: String
    var comment: String
    var values: [Value] = []

    struct Value {
      var name: String
      var number: Int32
      var comment: String
    }
  }

  struct Service {
    var fullName: String
    var name: String
    var comment: String
    var methods: [Method] = []

    struct Method {
      var name: String
      var comment: String
      var request: String
      var reply: String
      var streamsRequests: Bool
      var streamsReplies: Bool
    }
  }
}

extension Contract.Message {
  func field(named name: String) -> Contract.Field? { fields.first { $0.name == name } }
  func members(of oneof: Contract.Oneof) -> [Contract.Field] { fields.filter { $0.presence == .oneof(oneof.name) } }
}

extension Contract.File {
  /// Whether a field of the file's messages has a type of GoogleProto.
  var usesGoogleTypes: Bool { messages.contains { $0.usesGoogleTypes } }
}

extension Contract.Message {
  fileprivate var usesGoogleTypes: Bool {
    messages.contains { $0.usesGoogleTypes }
      || fields.contains {
        if case .message(let name) = $0.kind { name.hasPrefix("google.") } else { false }
      }
  }
}

extension Contract {
  func enumeration(_ fullName: String) -> Enumeration? { enumerations[fullName] }

  /// The entry message of a map field.
  func mapEntry(of field: Field) -> Message? {
    guard field.isRepeated, case .message(let name) = field.kind, let entry = messages[name], entry.isMapEntry else { return nil }
    return entry
  }

  /// libprotobuf-c unpacks nested messages by recursion without a limit, so a recursive type would let a peer overflow the stack.
  /// descriptor.proto is exempt: only this repository's own descriptors are decoded by it.
  func refuseRecursion() throws {
    for name in messages.keys.sorted() where !name.hasPrefix("google.protobuf.") {
      try refuseRecursion(in: name, path: [])
    }
  }

  private func refuseRecursion(in name: String, path: [String]) throws {
    guard !path.contains(name) else {
      throw GeneratorError("\(name) contains itself by way of \((path + [name]).joined(separator: " → ")), which has no bound on the wire")
    }
    for field in messages[name]?.fields ?? [] {
      if case .message(let inner) = field.kind { try refuseRecursion(in: inner, path: path + [name]) }
    }
  }
}
