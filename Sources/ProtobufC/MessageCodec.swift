import CProtobufC

/// Unpacks `bytes` into the C structs of `layout` and runs `body` with the outermost one. The structs are gone when it returns.
@usableFromInline
func withUnpackedMessage(
  _ layout: MessageLayout, _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawPointer) throws(ProtobufError) -> Void
) throws(ProtobufError) {
  let limitBytes = DecodingLimits.memoryLimitBytes(wireBytes: bytes.count)
  try MessageArena.withArena(limitBytes: limitBytes) { (arena) throws(ProtobufError) in
    var allocator = arena.allocator
    let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    guard let message = protobuf_c_message_unpack(layout.descriptor, &allocator, bytes.count, start) else {
      if arena.isExhausted { throw .memoryLimitExceeded(message: layout.fullName, limitBytes: limitBytes) }
      throw .malformed(message: layout.fullName)
    }
    try body(UnsafeRawPointer(message))
  }
}

/// Lets `body` fill a C struct of `layout`, packs it, and returns its bytes behind `prefixBytes` zero bytes.
@usableFromInline
func packedMessage(
  _ layout: MessageLayout, reservingPrefix prefixBytes: Int, _ body: (UnsafeMutableRawPointer, MessageArena) -> Void
) -> [UInt8] {
  var packed: [UInt8] = []
  // Nothing in here refuses: the value is in memory already, so its C form is not limited.
  try! MessageArena.withArena(limitBytes: .max) { (arena) throws(ProtobufError) in
    let message = arena.allocateMessage(layout)
    body(message, arena)
    let base = message.assumingMemoryBound(to: ProtobufCMessage.self)
    let packedBytes = protobuf_c_message_get_packed_size(base)
    packed = [UInt8](unsafeUninitializedCapacity: prefixBytes + packedBytes) { buffer, count in
      buffer.extracting(..<prefixBytes).initialize(repeating: 0)
      if packedBytes > 0 { protobuf_c_message_pack(base, buffer.baseAddress! + prefixBytes) }
      count = prefixBytes + packedBytes
    }
  }
  return packed
}

extension MessageArena {
  /// An empty C struct of `layout`, as protoc-gen-c's initialiser leaves it.
  @usableFromInline
  func allocateMessage(_ layout: MessageLayout) -> UnsafeMutableRawPointer {
    let message = allocate(layout.structBytes)
    protobuf_c_message_init(layout.descriptor, message)
    return message
  }
}
