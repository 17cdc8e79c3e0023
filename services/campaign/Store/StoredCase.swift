import Database

extension Row {
  /// The column as a case of an enumeration.
  func storedCase<Value: RawRepresentable<Int64>>(_ column: Int) throws -> Value {
    let rawValue = int64(column)
    guard let value = Value(rawValue: rawValue) else {
      throw UnknownStoredCase(type: String(describing: Value.self), rawValue: rawValue)
    }
    return value
  }

  /// Two columns as counters.
  func useCount(_ column: Int) -> UseCount {
    UseCount(held: int64(column), used: int64(column + 1))
  }
}

/// A row holds a number that no case has: another binary wrote it, or it is damaged. The schema's checks all but rule it out.
struct UnknownStoredCase: Error, Equatable {
  let type: String
  let rawValue: Int64
}

/// A row that the schema's own references promise is not there. Our bug: the request is undone and answered INTERNAL.
struct MissingRow: Error, Equatable {
  let table: String
  let key: String
}
