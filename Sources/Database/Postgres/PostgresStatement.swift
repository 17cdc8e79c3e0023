/// A statement that the server has prepared for one connection.
struct PostgresStatement {
  /// What the connection calls it.
  let name: String
  private let sqlText: String
  private let locksRow: Bool
  /// The text with PostgreSQL's `$1` for the portable `?1`.
  let text: String
  /// Of each parameter, as far as a value of it has been seen; the server finds out the others.
  let types: [UInt32]

  init(name: String, _ sql: SQL, arguments: [SQLValue], knownTypes: [UInt32] = []) {
    self.name = name
    sqlText = sql.text
    locksRow = sql.locksRow
    var parameterCount = 0
    let translated = SQLTokens(sql.text).reduce(into: "") { text, token in
      if case .parameter(let number) = token.kind {
        parameterCount = max(parameterCount, number)
        text += "$\(number)"
      } else {
        text += token.text
      }
    }
    // Not FOR UPDATE, which would hold up who only refers to the row by a foreign key.
    text = translated + (sql.locksRow ? " FOR NO KEY UPDATE" : "")
    types = (0..<parameterCount).map { index in
      let known = index < knownTypes.count ? knownTypes[index] : PostgresType.unspecified
      return (index < arguments.count ? arguments[index].postgresType : nil) ?? known
    }
  }

  func isOf(_ sql: SQL) -> Bool { sqlText == sql.text && locksRow == sql.locksRow }

  /// Whether it was prepared for values of these types. NULL is of each.
  func takes(_ arguments: [SQLValue]) -> Bool {
    for (argument, type) in zip(arguments, types) {
      if let wanted = argument.postgresType, wanted != type { return false }
    }
    return true
  }
}
