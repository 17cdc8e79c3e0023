/// What a statement's failure means for the transaction around it. Everything but `refused` ends or repeats the transaction.
enum PostgresFailure: Equatable {
  /// Another transaction came first, or stood in the way: run again, it may succeed.
  case conflict
  /// A row is there that this transaction did not see when it looked. Run again it sees it, and either replays or refuses by name.
  case duplicate
  /// The connection is gone; nothing of the transaction was committed, unless it was lost while COMMIT was under way.
  case disconnected
  /// The server said no.
  case refused

  init(sqlState: String) {
    switch sqlState {
    case "40001", "40P01": self = .conflict
    case "23505": self = .duplicate
    case _ where PostgresFailure.endsTheSession(sqlState): self = .disconnected
    default: self = .refused
    }
  }

  /// Shutdown, crash, a server that starts, a broken connection, a COMMIT whose outcome the server does not know.
  static func endsTheSession(_ sqlState: String) -> Bool { sqlState.hasPrefix("57P") || sqlState.hasPrefix("08") || sqlState == "40003" }
}

extension DatabaseError {
  /// The typed form of an SQLSTATE (PostgreSQL's appendix A). `constraint` is the name of the constraint that was broken, if one was.
  init(sqlState: String, constraint: String, sql: String) {
    switch sqlState {
    case "23505": self = .constraint(constraint.hasSuffix("_pkey") ? .primaryKey : .unique, sql: sql)
    case "23503": self = .constraint(.foreignKey, sql: sql)
    case "23514": self = .constraint(.check, sql: sql)
    case "23502": self = .constraint(.notNull, sql: sql)
    // Not of the column's type, out of its range, or a text with a zero byte.
    case "42804", "22003", "22021", "22P02", "22P03": self = .constraint(.dataType, sql: sql)
    case "P0001": self = .constraint(.trigger, sql: sql)
    case "40001", "40P01", "55P03", "53300": self = .busy(sql: sql)
    case "53100": self = .full(sql: sql)
    case "53200", "53000": self = .outOfMemory(sql: sql)
    case "25006", "42501": self = .readOnly(sql: sql)
    case "57014": self = .interrupted(sql: sql)
    case "58030": self = .inputOutput(sql: sql)
    case "XX001", "XX002": self = .corrupt(sql: sql)
    case _ where PostgresFailure.endsTheSession(sqlState): self = .inputOutput(sql: sql)
    case _ where sqlState.hasPrefix("23"): self = .constraint(.other, sql: sql)
    case _ where sqlState.hasPrefix("42"): self = .invalidStatement(sql: sql)
    default: self = .server(state: sqlState, sql: sql)
    }
  }
}
