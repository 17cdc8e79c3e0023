import Database

/// A row holds a number that no case has: another binary's, or damage. The schema's checks make it all but impossible.
struct UnknownStoredCase: Error, Equatable {
  var type: String
  var rawValue: Int64
}

extension Row {
  /// The column as a case of an enumeration.
  func value<Value: RawRepresentable<Int64>>(_ column: Int) throws -> Value {
    let rawValue = int64(column)
    guard let value = Value(rawValue: rawValue) else {
      throw UnknownStoredCase(type: String(describing: Value.self), rawValue: rawValue)
    }
    return value
  }
}

/// A guarded statement found what the same transaction had ruled out. Our bug: the request is undone and answered INTERNAL.
struct BrokenInvariant: Error, Equatable {
  var what: String
}
