/// A length-prefixed message: one byte that says whether it is compressed, four bytes of length (big endian), the message.
/// Rule: `Length-Prefixed-Message` of PROTOCOL-HTTP2.md.
@usableFromInline
package enum MessageFrame {
  @usableFromInline package static let prefixLength = 5

  /// Fills in the prefix of a message that begins at offset 5.
  @usableFromInline
  package static func writePrefix(into frame: inout [UInt8], isCompressed: Bool = false) {
    let length = UInt32(frame.count - prefixLength)
    frame.withUnsafeMutableBytes { bytes in
      bytes[0] = isCompressed ? 1 : 0
      bytes.storeBytes(of: length.bigEndian, toByteOffset: 1, as: UInt32.self)
    }
  }

  package static func frame(_ message: [UInt8]) -> [UInt8] {
    let count = prefixLength + message.count
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      let bytes = UnsafeMutableRawBufferPointer(buffer)
      bytes[0] = 0
      bytes.storeBytes(of: UInt32(message.count).bigEndian, toByteOffset: 1, as: UInt32.self)
      message.withUnsafeBytes { source in
        UnsafeMutableRawBufferPointer(rebasing: bytes[prefixLength...]).copyMemory(from: source)
      }
      initialized = count
    }
  }
}
