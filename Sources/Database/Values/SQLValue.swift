public import Foundation

/// A value bound to a statement's parameter.
public enum SQLValue: Sendable, Hashable {
  case integer(Int64)
  case text(String)
  case blob([UInt8])
  case null
}

extension SQLValue {
  public static func integer(_ value: Int) -> SQLValue { SQLValue.integer(Int64(value)) }

  /// Stored as 0 or 1.
  public static func bool(_ value: Bool) -> SQLValue { SQLValue.integer(Int64(value ? 1 : 0)) }

  /// Stored as an INTEGER: whole microseconds since 1970-01-01T00:00:00Z, so that times compare and index as numbers.
  public static func time(_ value: Date) -> SQLValue { SQLValue.integer(value.microsecondsSince1970) }

  public static func optional(_ value: Int64?) -> SQLValue { value.map { SQLValue.integer($0) } ?? .null }
  public static func optional(_ value: Int?) -> SQLValue { value.map { SQLValue.integer($0) } ?? .null }
  public static func optional(_ value: String?) -> SQLValue { value.map { .text($0) } ?? .null }
  public static func optional(_ value: [UInt8]?) -> SQLValue { value.map { .blob($0) } ?? .null }
  public static func optional(_ value: Date?) -> SQLValue { value.map { .time($0) } ?? .null }
  public static func optional(_ value: Bool?) -> SQLValue { value.map { .bool($0) } ?? .null }
}

extension SQLValue: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByNilLiteral, ExpressibleByBooleanLiteral {
  public init(integerLiteral value: Int64) { self = .integer(value) }
  public init(stringLiteral value: String) { self = .text(value) }
  public init(nilLiteral: ()) { self = .null }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension Date {
  /// Rounded to the nearest microsecond, so that a time read back and stored again never drifts.
  var microsecondsSince1970: Int64 { Int64((timeIntervalSince1970 * 1_000_000).rounded()) }

  init(microsecondsSince1970 microseconds: Int64) {
    self.init(timeIntervalSince1970: Double(microseconds) / 1_000_000)
  }
}
