/// A message of the contract as a Swift value, carried to and from bytes by libprotobuf-c.
///
/// The generator conforms every message. Its life on the way in: libprotobuf-c unpacks the bytes into C structs that lie in one
/// `MessageArena`, `init(reading:)` copies them into a Swift value, and the arena goes away at once. On the way out: `write(to:in:)`
/// fills C structs in an arena, libprotobuf-c packs them, and the arena goes away. No C memory outlives a call.
///
/// Encoding is canonical: fields in the order of their numbers, maps sorted by key, nothing for a default value, no unknown fields.
/// Two equal values therefore have equal bytes, so that the bytes may be hashed.
public protocol ProtobufMessage: Sendable, Equatable {
  /// Every field absent or at its default.
  init()

  /// The name that the contract gives the message, such as "patron.type.v1.Money".
  static var fullName: String { get }

  /// How libprotobuf-c lays the message out. For generated code.
  static var layout: MessageLayout { get }

  /// Copies the C struct at `message`, which is laid out by `layout`. For generated code.
  init(reading message: UnsafeRawPointer) throws(ProtobufError)

  /// Fills the freshly initialised C struct at `message`, which is laid out by `layout`. For generated code.
  func write(to message: UnsafeMutableRawPointer, in arena: MessageArena)

  /// The message that `bytes` hold. Refused: bytes that are no such message, strings that are invalid UTF-8 or hold a NUL,
  /// and bytes that would unpack to more memory than `DecodingLimits` allows.
  init(decoding bytes: UnsafeRawBufferPointer) throws(ProtobufError)

  /// The message's bytes behind `reservingPrefix` zero bytes, which spares an RPC frame the copy that its header would cost.
  func encode(reservingPrefix: Int) -> [UInt8]
}

extension ProtobufMessage {
  @inlinable
  public init(decoding bytes: UnsafeRawBufferPointer) throws(ProtobufError) {
    var value: Self?
    try withUnpackedMessage(Self.layout, bytes) { (message) throws(ProtobufError) in value = try Self(reading: message) }
    self = value!
  }

  @inlinable
  public func encode(reservingPrefix: Int) -> [UInt8] {
    packedMessage(Self.layout, reservingPrefix: reservingPrefix) { message, arena in write(to: message, in: arena) }
  }

  @inlinable
  public init(decoding bytes: [UInt8]) throws(ProtobufError) {
    self = try bytes.withUnsafeBufferPointer { (buffer) throws(ProtobufError) -> Self in
      try Self(decoding: UnsafeRawBufferPointer(buffer))
    }
  }

  @inlinable
  public init(decoding bytes: ArraySlice<UInt8>) throws(ProtobufError) {
    self = try bytes.withUnsafeBufferPointer { (buffer) throws(ProtobufError) -> Self in
      try Self(decoding: UnsafeRawBufferPointer(buffer))
    }
  }

  /// The message's bytes.
  @inlinable
  public func encoded() -> [UInt8] {
    encode(reservingPrefix: 0)
  }
}

/// A request that changes something, and that its sender may therefore repeat under the same id.
public protocol RequestIdentified: ProtobufMessage {
  /// Chosen by the caller, 1 to 64 bytes.
  var requestID: String { get set }
}
