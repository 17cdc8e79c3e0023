/// `grpc-message`: UTF-8 in which everything but printable ASCII, and the percent sign, is written as `%XX`.
/// Rule: `Status-Message` of PROTOCOL-HTTP2.md, which also says that a broken sequence is passed through, never refused.
package enum PercentEncoding {
  private static let digits = Array("0123456789ABCDEF".utf8)

  package static func encode(_ message: String) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(message.utf8.count)
    for byte in message.utf8 {
      if byte >= 0x20, byte <= 0x7e, byte != UInt8(ascii: "%") {
        text.append(byte)
      } else {
        text.append(UInt8(ascii: "%"))
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
      }
    }
    return text
  }

  package static func decode(_ text: some Collection<UInt8>) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    var index = text.startIndex
    while index != text.endIndex {
      let byte = text[index]
      text.formIndex(after: &index)
      if byte == UInt8(ascii: "%"), let (value, next) = hexPair(text, at: index) {
        bytes.append(value)
        index = next
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func hexPair<Text: Collection<UInt8>>(_ text: Text, at start: Text.Index) -> (UInt8, Text.Index)? {
    let pair = text[start...].prefix(2)
    guard pair.count == 2, let high = digit(pair.first!), let low = digit(pair.dropFirst().first!) else { return nil }
    return (high << 4 | low, pair.endIndex)
  }

  private static func digit(_ character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
    case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
    case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}
