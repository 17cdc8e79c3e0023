/// Which tables a statement of the portable SQL reads and changes, told by its words: a table stands after FROM, JOIN, INTO or UPDATE. One
/// after a comma would not be seen.
struct StatementFootprint {
  enum Verb {
    case read, insert
    /// UPDATE or DELETE.
    case change
    /// Not told by its first word.
    case unknown
  }

  let verb: Verb
  /// The table that it changes, or the first that it reads.
  let target: String
  /// All, the target included.
  let tables: Set<String>
  let resolvesConflicts: Bool

  init(_ sql: SQL) {
    var found: [String] = []
    var resolvesConflicts = false
    var words: [String] = []
    for word in SQLTokens(sql.text).words {
      if word == "CONFLICT" { resolvesConflicts = true }
      if Self.precedesTable(words), word != "SELECT" { found.append(word.lowercased()) }
      words.append(word)
    }
    verb =
      switch words.first {
      case "SELECT": .read
      case "INSERT": .insert
      case "UPDATE", "DELETE": .change
      default: .unknown
      }
    target = found.first ?? ""
    tables = Set(found)
    self.resolvesConflicts = resolvesConflicts
  }

  private static func precedesTable(_ words: [String]) -> Bool {
    switch words.last {
    case "FROM", "JOIN", "INTO": true
    // Neither DO UPDATE nor FOR UPDATE.
    case "UPDATE": words.count == 1
    default: false
    }
  }
}
