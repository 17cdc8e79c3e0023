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
    var words = SQLTokens(text).words.makeIterator()
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
