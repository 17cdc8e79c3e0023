// Through whose headers the compiler sees libprotobuf-c's enumerations.
internal import CGoogleProto
internal import CProtobufC
internal import ProtobufC

/// Every generated message's decoding. The first two bytes of an input say which message the rest is to be.
///
/// What decodes is stable: it encodes, that decodes again, and encodes to the same bytes.
package struct MessagesTarget: FuzzTarget {
  package static let name = "messages"
  private static let instancesOfEach = 3
  private let memory = GuardedMemory(capacity: 2 * Mutator.largestInput)

  package init() {}

  /// Some honest messages of each type, all of which must decode.
  package func seeds() throws -> [[UInt8]] {
    var random = FuzzRandom(seed: 1)
    return try generatedMessages.enumerated().flatMap { index, type in
      try (0..<MessagesTarget.instancesOfEach).map { _ in
        let bytes = HonestMessage.bytes(of: type.layout.descriptor, depth: 0, &random)
        do { try check(type, bytes) } catch let error as ProtobufError { throw Finding("an honest \(type.fullName) is refused: \(error)") }
        return [UInt8(index >> 8), UInt8(index & 255)] + bytes
      }
    }
  }

  package func run(_ input: [UInt8], _ random: inout FuzzRandom) throws {
    guard input.count >= 2 else { return }
    let type = generatedMessages[(Int(input[0]) << 8 | Int(input[1])) % generatedMessages.count]
    do {
      try check(type, Array(input.dropFirst(2)))
    } catch is ProtobufError {
      // Refused, as it may be.
    }
  }

  private func check<Message: ProtobufMessage>(_ type: Message.Type, _ bytes: [UInt8]) throws {
    let encoded = try memory.hold(bytes) { try Message(decoding: $0) }.encoded()
    do {
      // Compared by bytes, for a NaN is not equal to itself.
      guard try Message(decoding: encoded).encoded() == encoded else { throw Finding("\(type.fullName) encodes otherwise the second time") }
    } catch let error as ProtobufError {
      throw Finding("\(type.fullName) does not decode what it encoded: \(error)")
    }
  }
}

/// Random messages as an honest peer would write them, made from the layout that libprotobuf-c has of them.
private enum HonestMessage {
  private static let deepest = 4
  private static let longestText = 20
  private static let mostElements = 3

  static func bytes(of message: UnsafePointer<ProtobufCMessageDescriptor>, depth: Int, _ random: inout FuzzRandom) -> [UInt8] {
    var bytes: [UInt8] = []
    for index in 0..<Int(message.pointee.n_fields) {
      let field = message.pointee.fields[index]
      guard field.label == PROTOBUF_C_LABEL_REQUIRED || !random.chance(3) else { continue }
      let isRepeated = field.label == PROTOBUF_C_LABEL_REPEATED
      for _ in 0..<(isRepeated ? random.below(mostElements + 1) : 1) { bytes += element(of: field, depth, &random) }
    }
    return bytes
  }

  private static func element(of field: ProtobufCFieldDescriptor, _ depth: Int, _ random: inout FuzzRandom) -> [UInt8] {
    func tag(_ wireType: UInt64) -> [UInt8] { varint(UInt64(field.id) << 3 | wireType) }
    switch field.type {
    case PROTOBUF_C_TYPE_FIXED32, PROTOBUF_C_TYPE_SFIXED32, PROTOBUF_C_TYPE_FLOAT: return tag(5) + (0..<4).map { _ in random.byte() }
    case PROTOBUF_C_TYPE_FIXED64, PROTOBUF_C_TYPE_SFIXED64, PROTOBUF_C_TYPE_DOUBLE: return tag(1) + (0..<8).map { _ in random.byte() }
    case PROTOBUF_C_TYPE_BOOL: return tag(0) + [UInt8(random.below(2))]
    case PROTOBUF_C_TYPE_STRING, PROTOBUF_C_TYPE_BYTES:
      // Strings are bytes in the layout; text is good for both.
      let text = (0..<random.below(longestText)).map { _ in UInt8(ascii: "a") + UInt8(random.below(26)) }
      return tag(2) + varint(UInt64(text.count)) + text
    case PROTOBUF_C_TYPE_MESSAGE:
      guard depth < deepest, let inner = field.descriptor else { return [] }
      let message = bytes(of: inner.assumingMemoryBound(to: ProtobufCMessageDescriptor.self), depth: depth + 1, &random)
      return tag(2) + varint(UInt64(message.count)) + message
    default: return tag(0) + varint(random.chance(2) ? UInt64(random.below(300)) : random.next())
    }
  }

  private static func varint(_ value: UInt64) -> [UInt8] {
    var (value, bytes) = (value, [UInt8]())
    while value > 127 {
      bytes.append(UInt8(value & 127) | 128)
      value >>= 7
    }
    return bytes + [UInt8(value)]
  }
}
