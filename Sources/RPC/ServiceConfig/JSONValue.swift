#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// A piece of JSON whose shape its reader finds out.
indirect enum JSONValue: Decodable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  /// Nil when the text is no JSON.
  static func parse(_ text: String) -> JSONValue? {
    try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int64.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }
}

/// An object being read: each field by its name and type, and what is wrong with it by its whole path. Fields that nobody asks for are
/// ignored; null is as good as absent, as in all JSON of protobuf.
struct JSONFields {
  let path: String
  private let values: [String: JSONValue]

  init(_ value: JSONValue, at path: String) throws(ServiceConfigError) {
    guard case .object(let values) = value else { throw ServiceConfigError(path, "must be an object") }
    self.path = path
    self.values = values
  }

  private func at(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

  func error(_ name: String, _ problem: String) -> ServiceConfigError { ServiceConfigError(at(name), problem) }

  /// Makes a value of what was read; what it refuses is told with the whole path.
  func make<Value>(_ body: () throws(ServiceConfigError) -> Value) throws(ServiceConfigError) -> Value {
    do throws(ServiceConfigError) { return try body() } catch { throw self.error(error.field, error.problem) }
  }

  func required<Value>(_ name: String, _ value: Value?) throws(ServiceConfigError) -> Value {
    guard let value else { throw error(name, "is missing") }
    return value
  }

  /// The one field of an object that has no other; nil when it has more or none.
  var onlyName: String? { values.count == 1 ? values.keys.first : nil }

  private func value(_ name: String) -> JSONValue? {
    if case .null = values[name] { return nil }
    return values[name]
  }

  func bool(_ name: String) throws(ServiceConfigError) -> Bool? {
    switch value(name) {
    case nil: return nil
    case .bool(let value): return value
    default: throw error(name, "must be true or false")
    }
  }

  func string(_ name: String) throws(ServiceConfigError) -> String? {
    switch value(name) {
    case nil: return nil
    case .string(let value): return value
    default: throw error(name, "must be a string")
    }
  }

  /// A uint32, which protobuf also writes as a string.
  func integer(_ name: String) throws(ServiceConfigError) -> Int? {
    switch value(name) {
    case nil: return nil
    case .integer(let value) where (0...Int64(UInt32.max)).contains(value): return Int(value)
    case .string(let text): if let value = UInt32(text) { return Int(value) }
    default: break
    }
    throw error(name, "must be a whole number that is not negative")
  }

  func number(_ name: String) throws(ServiceConfigError) -> Double? {
    switch value(name) {
    case nil: return nil
    case .integer(let value): return Double(value)
    case .number(let value): return value
    default: throw error(name, "must be a number")
    }
  }

  /// Seconds with at most nine decimals and an `s`, such as `"1.5s"`. Rule: google.protobuf.Duration's JSON form.
  func duration(_ name: String) throws(ServiceConfigError) -> Duration? {
    switch value(name) {
    case nil: return nil
    case .string(let text): if let duration = Duration(protobufJSON: text) { return duration }
    default: break
    }
    throw error(name, "must be a duration such as \"1.5s\"")
  }

  func object(_ name: String) throws(ServiceConfigError) -> JSONFields? {
    guard let value = value(name) else { return nil }
    return try JSONFields(value, at: at(name))
  }

  /// An empty object when it is absent.
  func objectOrEmpty(_ name: String) throws(ServiceConfigError) -> JSONFields {
    try JSONFields(value(name) ?? .object([:]), at: at(name))
  }

  /// The objects of a list.
  func objects(_ name: String) throws(ServiceConfigError) -> [JSONFields]? {
    guard let list = try list(name) else { return nil }
    var objects: [JSONFields] = []
    for (index, value) in list.enumerated() { objects.append(try JSONFields(value, at: "\(at(name))[\(index)]")) }
    return objects
  }

  func statusCodes(_ name: String) throws(ServiceConfigError) -> Set<StatusCode>? {
    guard let list = try list(name) else { return nil }
    var codes: Set<StatusCode> = []
    for (index, value) in list.enumerated() {
      let code: StatusCode? =
        switch value {
        case .integer(let number): StatusCode.all.first { Int64($0.rawValue) == number }
        case .string(let text): StatusCode.all.first { $0.description == text.uppercased() }
        default: nil
        }
      guard let code, code != .ok else { throw error("\(name)[\(index)]", "must be the name or the number of a status code of failure") }
      codes.insert(code)
    }
    return codes
  }

  private func list(_ name: String) throws(ServiceConfigError) -> [JSONValue]? {
    switch value(name) {
    case nil: return nil
    case .array(let values): return values
    default: throw error(name, "must be a list")
    }
  }
}

extension Duration {
  /// Nil when malformed or beyond what google.protobuf.Duration holds, some 10,000 years.
  fileprivate init?(protobufJSON text: String) {
    guard text.hasSuffix("s") else { return nil }
    let isNegative = text.hasPrefix("-")
    let parts = text.dropFirst(isNegative ? 1 : 0).dropLast().split(separator: ".", omittingEmptySubsequences: false)
    let isDigits = { (text: Substring) in !text.isEmpty && text.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") } }
    guard (1...2).contains(parts.count), parts.allSatisfy(isDigits) else { return nil }
    guard parts.count == 1 || parts[1].count <= 9 else { return nil }
    guard let seconds = Int64(parts[0]), seconds <= 315_576_000_000 else { return nil }
    let fraction = parts.count == 1 ? 0 : Int64(parts[1] + String(repeating: "0", count: 9 - parts[1].count)) ?? 0
    let duration = Duration.seconds(seconds) + .nanoseconds(fraction)
    self = isNegative ? .zero - duration : duration
  }
}
