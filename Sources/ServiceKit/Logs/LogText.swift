/// A log line under construction: quotes what it is given, so that no value can end the line or forge another field.
///
/// It writes into memory that is large enough for everything escaped; appending to an array or a string, forty times a line, costs more than
/// the rest of the line.
struct LogText {
  /// What one byte of a text may become: `\u0000`.
  private static let bytesOfAnEscape = 6
  private static let quoteBytes = 2

  /// The room that a text may need, quoted.
  static func room(for text: String) -> Int { text.utf8.count * bytesOfAnEscape + quoteBytes }

  private var next: UnsafeMutablePointer<UInt8>

  /// - Parameter room: in bytes, for all that `body` writes.
  static func write(room: Int, _ body: (inout LogText) -> Void) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
      guard let start = buffer.baseAddress else { return }
      var line = LogText(next: start)
      body(&line)
      count = line.next - start
      precondition(count <= room, "a log line is longer than the room for it")
    }
  }

  /// A message for people on one line, with line ends and control characters escaped.
  static func oneLine(_ text: String) -> String {
    String(decoding: write(room: room(for: text)) { $0.append(oneLine: text) }, as: UTF8.self)
  }

  private init(next: UnsafeMutablePointer<UInt8>) { self.next = next }

  /// As it stands.
  mutating func append(_ text: StaticString) { append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)) }

  /// As it stands: only for what holds neither a line end nor a control character.
  mutating func append(bare text: String) {
    var text = text
    text.withUTF8 { append($0) }
  }

  mutating func append(oneLine text: String) {
    var text = text
    text.withUTF8 { text in
      if text.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) { append(text) } else { append(escaped: text) }
    }
  }

  /// A value in a text line: bare when it is one plain word, otherwise quoted.
  mutating func append(word text: String) {
    var text = text
    text.withUTF8 { text in
      let isPlain = text.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "=") }
      if isPlain, !text.isEmpty { append(text) } else { append(quoted: text) }
    }
  }

  /// A JSON string.
  mutating func append(quoted text: String) {
    var text = text
    text.withUTF8 { append(quoted: $0) }
  }

  private mutating func append(quoted text: UnsafeBufferPointer<UInt8>) {
    append("\"")
    let isPlain = text.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
    if isPlain { append(text) } else { append(escaped: text) }
    append("\"")
  }

  private mutating func append(escaped text: UnsafeBufferPointer<UInt8>) {
    for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
      switch scalar {
      case "\"": append("\\\"")
      case "\\": append("\\\\")
      case "\n": append("\\n")
      case "\r": append("\\r")
      case "\t": append("\\t")
      case _ where scalar.value < 0x20 || scalar.value == 0x7F || scalar.value == 0x2028 || scalar.value == 0x2029:
        let digits = String(scalar.value, radix: 16)
        append(bare: "\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
      default: append(bare: String(scalar))
      }
    }
  }

  private mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let start = bytes.baseAddress else { return }
    next.update(from: start, count: bytes.count)
    next += bytes.count
  }
}
