/// Base64 as gRPC uses it: written without padding, read with or without (RFC 4648 section 4).
package enum Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// The value of each character; 255 where it is none of the alphabet.
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 255, count: 256)
    for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
    return values
  }()

  package static func encode(_ bytes: some Collection<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count * 4 + 2) / 3)
    var bits: UInt32 = 0
    var bitCount = 0
    for byte in bytes {
      bits = bits << 8 | UInt32(byte)
      bitCount += 8
      while bitCount >= 6 {
        bitCount -= 6
        text.append(alphabet[Int(bits >> UInt32(bitCount)) & 63])
      }
    }
    if bitCount > 0 {
      text.append(alphabet[Int(bits << UInt32(6 - bitCount)) & 63])
    }
    return text
  }

  /// Nil when a character is outside the alphabet, the length is impossible or the bits that remain are not zero.
  package static func decode(_ text: [UInt8]) -> [UInt8]? { text.withUnsafeBufferPointer { decode($0) } }

  package static func decode(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    var length = text.count
    while length > 0, text.count - length < 2, text[length - 1] == UInt8(ascii: "=") { length -= 1 }
    guard length % 4 != 1, length == text.count || text.count % 4 == 0 else { return nil }
    // Every signed caller comes this way: whole groups first, and one look at what all of them had (patron as a service, Benchmarks).
    return values.withUnsafeBufferPointer { values in
      var seen: UInt8 = 0
      var remainder: UInt8 = 0
      let bytes = [UInt8](unsafeUninitializedCapacity: length * 3 / 4) { buffer, count in
        var offset = 0
        count = 0
        while offset + 4 <= length {
          let (first, second) = (values[Int(text[offset])], values[Int(text[offset + 1])])
          let (third, fourth) = (values[Int(text[offset + 2])], values[Int(text[offset + 3])])
          seen |= first | second | third | fourth
          buffer[count] = first << 2 | second >> 4
          buffer[count + 1] = second << 4 | third >> 2
          buffer[count + 2] = third << 6 | fourth
          offset += 4
          count += 3
        }
        guard offset < length else { return }
        let (first, second) = (values[Int(text[offset])], values[Int(text[offset + 1])])
        seen |= first | second
        buffer[count] = first << 2 | second >> 4
        remainder = second << 4
        count += 1
        guard offset + 2 < length else { return }
        let third = values[Int(text[offset + 2])]
        seen |= third
        buffer[count] = second << 4 | third >> 2
        remainder = third << 6
        count += 1
      }
      // What is outside the alphabet has the value 255; all others are below 64.
      return seen < 64 && remainder == 0 ? bytes : nil
    }
  }
}
