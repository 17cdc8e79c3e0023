/// Turns a migration that is written for SQLite into PostgreSQL's statements, so that one file serves both engines.
///
/// Strict: it knows the few forms that migrations use and refuses every other, since a form that both engines read differently would be
/// worse than none. A migration that needs more brings a text of its own for PostgreSQL (`Migration.init(number:name:sql:postgres:)`).
///
/// - `INTEGER` becomes `BIGINT`, `TEXT` becomes `TEXT COLLATE "C"` (bytewise order), `BLOB` becomes `BYTEA`; other types are refused.
/// - `INTEGER PRIMARY KEY`, with or without `AUTOINCREMENT`, is numbered by the database on both; `INTEGER NOT NULL PRIMARY KEY` is not.
/// - `STRICT` and `WITHOUT ROWID` go; a table that is not STRICT is refused.
/// - A trigger may refuse a change (`BEFORE UPDATE|DELETE … SELECT RAISE(ABORT, '…')`), and nothing else.
enum MigrationTranslator {
  /// The text holds something that is not known, near this word.
  struct Unknown: Error, Equatable {
    let near: String
  }

  typealias Token = SQLTokens.Token

  static func translate(_ text: String) throws(Unknown) -> [String] {
    var statements: [String] = []
    for tokens in try split(text) { statements.append(try statement(tokens)) }
    return statements
  }

  // MARK: Statements

  /// The tokens of each statement, without comments and without the semicolons between. Those inside a trigger's body stay.
  private static func split(_ text: String) throws(Unknown) -> [[Token]] {
    var statements: [[Token]] = []
    var current: [Token] = []
    for token in SQLTokens(text) where token.kind != .comment {
      let words = current.filter(\.hasMeaning)
      let isTrigger = words.count > 1 && words[0].word == "CREATE" && words[1].word == "TRIGGER"
      if token.isMark(";"), !isTrigger || words.last?.word == "END" {
        if !words.isEmpty { statements.append(current) }
        current = []
      } else {
        current.append(token)
      }
    }
    if let word = current.first(where: \.hasMeaning) { throw Unknown(near: word.text) }
    return statements
  }

  private static func statement(_ tokens: [Token]) throws(Unknown) -> String {
    let words = tokens.filter(\.hasMeaning)
    let first = words.first?.word ?? ""
    let second = words.dropFirst().first?.word ?? ""
    switch (first, second) {
    case ("CREATE", "TABLE"): return try table(tokens)
    case ("CREATE", "TRIGGER"): return try trigger(words)
    case ("CREATE", "INDEX"), ("CREATE", "UNIQUE"), ("DROP", "TABLE"), ("DROP", "INDEX"), ("INSERT", "INTO"), ("DELETE", "FROM"),
      ("UPDATE", _):
      return try joined(tokens, allowingConflictClause: first == "INSERT")
    case ("ALTER", "TABLE"): return try alteration(tokens)
    default: throw Unknown(near: words.first?.text ?? "")
    }
  }

  /// `CREATE TABLE name (…) STRICT`, with `WITHOUT ROWID` before or after.
  private static func table(_ tokens: [Token]) throws(Unknown) -> String {
    guard let open = tokens.firstIndex(where: { $0.isMark("(") }), let close = tokens.lastIndex(where: { $0.isMark(")") }), open < close
    else { throw Unknown(near: "CREATE TABLE") }
    let options = tokens[(close + 1)...].filter(\.hasMeaning).map { $0.text.uppercased() }
    guard [["STRICT"], ["STRICT", ",", "WITHOUT", "ROWID"], ["WITHOUT", "ROWID", ",", "STRICT"]].contains(options) else {
      throw Unknown(near: options.first ?? "a table that is not STRICT")
    }
    return try joined(tokens[...open]) + columns(Array(tokens[(open + 1)..<close])) + ")"
  }

  /// What stands between a table's parentheses: columns, whose second word is their type, and constraints.
  private static func columns(_ tokens: [Token]) throws(Unknown) -> String {
    var text = ""
    var definition: [Token] = []
    var depth = 0
    for token in tokens {
      if token.isMark("(") { depth += 1 }
      if token.isMark(")") { depth -= 1 }
      if token.isMark(","), depth == 0 {
        text += try column(definition) + ","
        definition = []
      } else {
        definition.append(token)
      }
    }
    return text + (try column(definition))
  }

  private static let constraintWords: Set<String> = ["CHECK", "PRIMARY", "UNIQUE", "FOREIGN"]
  private static let types = ["INTEGER": "BIGINT", "TEXT": "TEXT COLLATE \"C\"", "BLOB": "BYTEA"]

  private static func column(_ tokens: [Token]) throws(Unknown) -> String {
    let meaning = tokens.indices.filter { tokens[$0].hasMeaning }
    guard let name = meaning.first else { throw Unknown(near: ",") }
    if let word = tokens[name].word, constraintWords.contains(word) { return try joined(tokens) }
    guard meaning.count > 1, let type = tokens[meaning[1]].word, let translated = types[type] else {
      throw Unknown(near: tokens[name].text)
    }
    var rest = tokens[(meaning[1] + 1)...]
    var typeText = translated
    let following = meaning.dropFirst(2).prefix(3).map { tokens[$0].word ?? "" }
    if type == "INTEGER", following.prefix(2) == ["PRIMARY", "KEY"] {
      typeText = "BIGINT GENERATED BY DEFAULT AS IDENTITY"
      if following.last == "AUTOINCREMENT" { rest = rest.filter { $0.word != "AUTOINCREMENT" }[...] }
    }
    return try joined(tokens[..<meaning[1]]) + typeText + joined(rest)
  }

  /// `ALTER TABLE name ADD COLUMN …`, `RENAME …` or `DROP COLUMN …`.
  private static func alteration(_ tokens: [Token]) throws(Unknown) -> String {
    let meaning = tokens.indices.filter { tokens[$0].hasMeaning }
    let words = meaning.map { tokens[$0].word ?? "" }
    guard words.count > 4 else { throw Unknown(near: "ALTER TABLE") }
    if words[3] == "ADD", words[4] == "COLUMN" {
      return try joined(tokens[...meaning[4]]) + " " + column(Array(tokens[(meaning[4] + 1)...]))
    }
    guard words[3] == "RENAME" || (words[3] == "DROP" && words[4] == "COLUMN") else { throw Unknown(near: tokens[meaning[3]].text) }
    return try joined(tokens)
  }

  /// `CREATE TRIGGER name BEFORE UPDATE|DELETE ON table BEGIN SELECT RAISE(ABORT, 'why'); END`.
  private static func trigger(_ words: [Token]) throws(Unknown) -> String {
    let before = ["CREATE", "TRIGGER", nil, "BEFORE", nil, "ON", nil, "BEGIN", "SELECT", "RAISE", "(", "ABORT", ",", nil, ")", ";", "END"]
    guard words.count == before.count,
      zip(words, before).allSatisfy({ token, expected in expected == nil || token.text.uppercased() == expected }),
      words[4].word == "UPDATE" || words[4].word == "DELETE", words[13].kind == .string
    else { throw Unknown(near: words.count > 2 ? words[2].text : "TRIGGER") }
    return "CREATE TRIGGER \(words[2].text) BEFORE \(words[4].text) ON \(words[6].text) "
      + "FOR EACH ROW EXECUTE FUNCTION database_refuse_change(\(words[13].text))"
  }

  // MARK: Expressions

  /// What only SQLite reads, or reads in another way.
  private static let unknownWords: Set<String> = [
    "LIKE", "GLOB", "REGEXP", "MATCH", "COLLATE", "DEFERRABLE", "DEFERRED", "ROWID", "AUTOINCREMENT", "REPLACE", "ROLLBACK", "RAISE",
    "IFNULL", "IIF", "TYPEOF", "PRAGMA", "VIRTUAL", "TEMP", "TEMPORARY", "GENERATED", "CONFLICT", "CAST", "X", "CURRENT_TIME",
    "CURRENT_DATE", "CURRENT_TIMESTAMP", "DATETIME", "STRFTIME", "UNIXEPOCH", "INDEXED", "NOCASE",
  ]
  private static let wordsAfterIs: Set<String> = ["NULL", "NOT", "TRUE", "FALSE", "DISTINCT"]

  /// The tokens as they are, each run of blanks as one.
  private static func joined(_ tokens: some Sequence<Token>, allowingConflictClause: Bool = false) throws(Unknown) -> String {
    var text = ""
    var previous: (last: Token?, beforeLast: Token?) = (nil, nil)
    for token in tokens {
      guard token.hasMeaning else {
        text += " "
        continue
      }
      try check(token, after: previous, allowingConflictClause: allowingConflictClause)
      text += token.text
      previous = (token, previous.last)
    }
    return text
  }

  private static func check(
    _ token: Token, after previous: (last: Token?, beforeLast: Token?), allowingConflictClause: Bool
  ) throws(Unknown) {
    switch token.kind {
    case .parameter, .foreignName: throw Unknown(near: token.text)
    case .mark where token.text == "=" && previous.last?.text == "=": throw Unknown(near: "==")
    case .word:
      let word = token.text.uppercased()
      if word == "CONFLICT", allowingConflictClause { return }
      if unknownWords.contains(word), !isName(after: previous) { throw Unknown(near: token.text) }
      if previous.last?.word == "IS", !wordsAfterIs.contains(word) { throw Unknown(near: "IS") }
      if previous.last?.word == "NOT", previous.beforeLast?.word == "IS", !["NULL", "TRUE", "FALSE", "DISTINCT"].contains(word) {
        throw Unknown(near: "IS NOT")
      }
    default:
      if previous.last?.word == "IS" { throw Unknown(near: "IS") }
    }
  }

  /// After a full stop stands the name of a column, whatever it is.
  private static func isName(after previous: (last: Token?, beforeLast: Token?)) -> Bool { previous.last?.isMark(".") ?? false }
}
