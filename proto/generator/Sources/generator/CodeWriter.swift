/// Collects lines of source text with their indentation.
struct CodeWriter {
  private(set) var text = ""
  private var depth = 0

  mutating func line(_ content: String = "") {
    if !content.isEmpty { text += String(repeating: "  ", count: depth) + content }
    text += "\n"
  }

  mutating func indented(_ body: (inout CodeWriter) -> Void) {
    depth += 1
    body(&self)
    depth -= 1
  }

  /// `opening {`, what `body` writes, `}`.
  mutating func block(_ opening: String, _ body: (inout CodeWriter) throws -> Void) rethrows {
    line(opening + " {")
    depth += 1
    try body(&self)
    depth -= 1
    line("}")
  }

  /// The .proto file's own words, as a documentation comment.
  mutating func documentation(_ comment: String) {
    var lines = comment.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      var line = line.first == " " ? line.dropFirst() : line
      while line.last?.isWhitespace == true { line = line.dropLast() }
      return String(line)
    }
    while lines.last?.isEmpty == true { lines.removeLast() }
    while lines.first?.isEmpty == true { lines.removeFirst() }
    for text in lines { line(text.isEmpty ? "///" : "/// \(text)") }
  }
}
