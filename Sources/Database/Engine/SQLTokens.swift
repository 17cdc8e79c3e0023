/// The parts of an SQL text in order, nothing left out: joined again they are the text.
struct SQLTokens: IteratorProtocol, Sequence {
  enum Kind: Equatable {
    /// A bare name, a keyword or a number.
    case word
    /// `?N`.
    case parameter(Int)
    case string
    /// A name in double quotes.
    case quotedName
    /// A name in backticks or brackets, which only SQLite reads.
    case foreignName
    case comment
    case blank
    /// One character of punctuation.
    case mark
  }

  struct Token: Equatable {
    let kind: Kind
    let text: String

    var word: String? { kind == .word ? text.uppercased() : nil }
    func isMark(_ mark: String) -> Bool { kind == .mark && text == mark }
    /// Neither a blank nor a comment.
    var hasMeaning: Bool { kind != .blank && kind != .comment }
  }

  /// The bare words in upper case and the semicolons, without comments, quoted names, strings and other punctuation.
  var words: some Sequence<String> { lazy.compactMap { $0.word ?? ($0.isMark(";") ? ";" : nil) } }

  private let bytes: [UInt8]
  private var position = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  mutating func next() -> Token? {
    guard position < bytes.count else { return nil }
    let start = position
    let kind = advance()
    return Token(kind: kind, text: String(decoding: bytes[start..<position], as: UTF8.self))
  }

  private mutating func advance() -> Kind {
    let byte = bytes[position]
    switch byte {
    case UInt8(ascii: "'"): return quoted(.string, until: byte)
    case UInt8(ascii: "\""): return quoted(.quotedName, until: byte)
    case UInt8(ascii: "`"): return quoted(.foreignName, until: byte)
    case UInt8(ascii: "["): return quoted(.foreignName, until: UInt8(ascii: "]"))
    case UInt8(ascii: "-") where follows(UInt8(ascii: "-")):
      skip { $0 != UInt8(ascii: "\n") }
      return .comment
    case UInt8(ascii: "/") where follows(UInt8(ascii: "*")):
      position += 2
      while position < bytes.count, !(bytes[position] == UInt8(ascii: "*") && follows(UInt8(ascii: "/"))) { position += 1 }
      position = Swift.min(position + 2, bytes.count)
      return .comment
    case UInt8(ascii: "?"):
      position += 1
      let digits = position
      skip { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      return Int(String(decoding: bytes[digits..<position], as: UTF8.self)).map(Kind.parameter) ?? .mark
    case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
      skip { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }
      return .blank
    case _ where SQLTokens.isWord(byte):
      skip(while: SQLTokens.isWord)
      return .word
    default:
      position += 1
      return .mark
    }
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "_"), 0x80...0xff:
      true
    default: false
    }
  }

  private func follows(_ byte: UInt8) -> Bool { position + 1 < bytes.count && bytes[position + 1] == byte }

  private mutating func skip(while holds: (UInt8) -> Bool) {
    while position < bytes.count, holds(bytes[position]) { position += 1 }
  }

  /// A doubled quote stands for itself and does not end.
  private mutating func quoted(_ kind: Kind, until end: UInt8) -> Kind {
    position += 1
    while position < bytes.count {
      if bytes[position] == end {
        guard follows(end) else { break }
        position += 1
      }
      position += 1
    }
    position = Swift.min(position + 1, bytes.count)
    return kind
  }
}
