/// Which statements a text may consist of, told by their first word. Transaction control, PRAGMA, ATTACH and VACUUM are never among
/// them: inside a batch a service's COMMIT would commit the requests of others.
struct StatementRules {
  private let firstWords: Set<String>
  private let allowsBoundaries: Bool

  static let services = StatementRules(
    firstWords: ["SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "WITH", "VALUES", "EXPLAIN"], allowsBoundaries: false)
  static let migrations = StatementRules(
    firstWords: ["SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "WITH", "CREATE", "ALTER", "DROP", "REINDEX", "ANALYZE"],
    allowsBoundaries: true)

  /// Looks at the first statement of `text`. For services the text is one statement, and `ROLLBACK` stands nowhere in it, since
  /// `INSERT OR ROLLBACK` undoes the whole batch.
  func allows(_ text: String) -> Bool {
    var words = SQLWords(text)
    guard let first = words.next(), firstWords.contains(first) else { return false }
    if allowsBoundaries { return true }
    var hasEnded = false
    while let word = words.next() {
      if hasEnded || word == "ROLLBACK" { return false }
      if word == ";" { hasEnded = true }
    }
    return true
  }
}

/// The bare words of an SQL text in upper case and its semicolons, without comments, quoted names, strings and punctuation.
struct SQLWords: IteratorProtocol, Sequence {
  private let bytes: [UInt8]
  private var position = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  mutating func next() -> String? {
    while position < bytes.count {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"): skipQuoted(until: byte)
      case UInt8(ascii: "["): skipQuoted(until: UInt8(ascii: "]"))
      case UInt8(ascii: "-") where follows(UInt8(ascii: "-")): skipLine()
      case UInt8(ascii: "/") where follows(UInt8(ascii: "*")): skipBlockComment()
      case UInt8(ascii: ";"):
        position += 1
        return ";"
      case _ where SQLWords.isWord(byte): return takeWord()
      default: position += 1
      }
    }
    return nil
  }

  private func follows(_ byte: UInt8) -> Bool { position + 1 < bytes.count && bytes[position + 1] == byte }

  static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "_"), 0x80...0xff:
      true
    default: false
    }
  }

  private mutating func takeWord() -> String {
    let start = position
    while position < bytes.count, SQLWords.isWord(bytes[position]) { position += 1 }
    return String(decoding: bytes[start..<position], as: UTF8.self).uppercased()
  }

  /// A doubled quote inside is two quoted parts side by side, which skips alike.
  private mutating func skipQuoted(until end: UInt8) {
    position += 1
    while position < bytes.count, bytes[position] != end { position += 1 }
    position += 1
  }

  private mutating func skipLine() {
    while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
  }

  private mutating func skipBlockComment() {
    position += 2
    while position < bytes.count, !(bytes[position] == UInt8(ascii: "*") && follows(UInt8(ascii: "/"))) { position += 1 }
    position += 2
  }
}
