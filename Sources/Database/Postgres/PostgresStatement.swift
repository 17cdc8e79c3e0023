/// A statement that the server has prepared for one connection.
struct PostgresStatement {
  /// What the connection calls it.
  let name: String
  let sqlText: String
  /// The text with PostgreSQL's `$1` for the portable `?1`.
  let text: String
  /// Of each parameter, as far as a value of it has been seen; the server finds out the others.
  let types: [UInt32]

  init(name: String, sqlText: String, arguments: [SQLValue], knownTypes: [UInt32] = []) {
    self.name = name
    self.sqlText = sqlText
    var parameterCount = 0
    text = SQLTokens(sqlText).reduce(into: "") { text, token in
      if case .parameter(let number) = token.kind {
        parameterCount = max(parameterCount, number)
        text += "$\(number)"
      } else {
        text += token.text
      }
    }
    types = (0..<parameterCount).map { index in
      let known = index < knownTypes.count ? knownTypes[index] : PostgresType.unspecified
      return (index < arguments.count ? arguments[index].postgresType : nil) ?? known
    }
  }

  /// Whether it was prepared for values of these types. NULL is of each.
  func takes(_ arguments: [SQLValue]) -> Bool {
    for (argument, type) in zip(arguments, types) {
      if let wanted = argument.postgresType, wanted != type { return false }
    }
    return true
  }
}
