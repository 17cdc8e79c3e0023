public import Database
import RPCTransport

/// Reads typed keys out of file < environment < flags, and remembers each key's type, default, range and doc.
///
/// A bad value is noted and the default returned, so that one pass finds every key; `problems` then holds what stops the
/// start.
public struct ConfigReader {
  /// The service whose configuration this is, such as "loyalty".
  public let service: String
  /// The keys read so far, in the order of reading.
  public private(set) var keys: [ConfigKey] = []
  /// What stops the start, in the order of reading.
  public private(set) var problems: [ConfigError] = []

  private let layers: ConfigLayers

  init(service: String, layers: ConfigLayers) {
    self.service = service
    self.layers = layers
  }

  /// A reader with values from flags only, as a test writes them.
  public init(service: String, values: [String: String] = [:]) {
    self.init(service: service, layers: ConfigLayers(flags: values))
  }

  // MARK: Typed keys

  /// Text of at most 4,096 bytes.
  public mutating func string(_ name: String, default defaultValue: String, doc: String) -> String {
    read(name, type: "text", range: "", default: defaultValue, doc: doc, isSecret: false, parse: Self.text) { $0 }
  }

  /// Text that is never printed.
  public mutating func secret(_ name: String, default defaultValue: String = "", doc: String) -> String {
    read(name, type: "text", range: "", default: defaultValue, doc: doc, isSecret: true, parse: Self.text) { $0 }
  }

  /// One of `allowed`.
  public mutating func choice<Value>(_ name: String, default defaultValue: Value, doc: String) -> Value
  where Value: RawRepresentable<String> & CaseIterable {
    let names = Value.allCases.map(\.rawValue).joined(separator: "|")
    return read(name, type: names, range: "", default: defaultValue, doc: doc, isSecret: false) { text in
      guard let value = Value(rawValue: text) else { throw Unreadable("must be one of \(names)") }
      return value
    } print: {
      $0.rawValue
    }
  }

  public mutating func bool(_ name: String, default defaultValue: Bool, doc: String) -> Bool {
    read(name, type: "true|false", range: "", default: defaultValue, doc: doc, isSecret: false) { text in
      switch text {
      case "true": return true
      case "false": return false
      default: throw Unreadable("must be true or false")
      }
    } print: {
      String($0)
    }
  }

  public mutating func integer(_ name: String, default defaultValue: Int, in range: ClosedRange<Int>, doc: String) -> Int {
    let limits = "\(range.lowerBound) to \(range.upperBound)"
    return read(name, type: "integer", range: limits, default: defaultValue, doc: doc, isSecret: false) { text in
      guard let value = Int(text) else { throw Unreadable("must be an integer") }
      guard range.contains(value) else { throw Unreadable("must be \(limits)") }
      return value
    } print: {
      String($0)
    }
  }

  /// A length of time such as `250ms`, `30s`, `15m`, `12h` or `7d`.
  public mutating func duration(
    _ name: String, default defaultValue: Duration, in range: ClosedRange<Duration>, doc: String
  ) -> Duration {
    let limits = "\(DurationText.print(range.lowerBound)) to \(DurationText.print(range.upperBound))"
    return read(name, type: "duration", range: limits, default: defaultValue, doc: doc, isSecret: false) { text in
      guard let value = DurationText.parse(text) else { throw Unreadable("must be a duration such as 250ms, 30s, 15m, 12h or 7d") }
      guard range.contains(value) else { throw Unreadable("must be \(limits)") }
      return value
    } print: {
      DurationText.print($0)
    }
  }

  /// A host and a port such as `127.0.0.1:5151`; port 0 lets the system choose.
  public mutating func address(_ name: String, default defaultValue: String, doc: String) -> HostAndPort {
    guard let defaultAddress = HostAndPort(defaultValue) else { preconditionFailure("the default of \(name) is no address") }
    return read(name, type: "host:port", range: "", default: defaultAddress, doc: doc, isSecret: false) { text in
      guard let value = HostAndPort(text) else { throw Unreadable("must be host:port with a port of 0 to 65535") }
      return value
    } print: {
      $0.description
    }
  }

  /// Where a database lives. A URL may hold a password, so a wrong one is not repeated and a good one shows without it.
  public mutating func database(_ name: String, default defaultValue: DatabaseLocation, doc: String) -> DatabaseLocation {
    read(
      name, type: "path|postgres://…", range: "", default: defaultValue, doc: doc, isSecret: false, repeatsWrongValue: false
    ) { text in
      guard text.utf8.count <= 4_096, let location = DatabaseLocation(text) else {
        throw Unreadable("must be the path of a file, or postgres://[user@][host][:port][/database][?option=value&…]")
      }
      return location
    } print: {
      $0.description
    }
  }

  static let targetForm = "host:port or dns:///host:port, several with commas, or ipv4: or ipv6: before numbers"

  /// Where another service is: what `ServiceEnvironment.channel` takes.
  public mutating func target(_ name: String, default defaultValue: String, doc: String) -> String {
    read(name, type: "host:port,…", range: "", default: defaultValue, doc: "\(doc): \(Self.targetForm).", isSecret: false) { text in
      guard text.utf8.count <= 4_096, ChannelTarget(text) != nil else { throw Unreadable("must be \(Self.targetForm)") }
      return text
    } print: {
      $0
    }
  }

  // MARK: What no type says

  /// Notes a problem of a key, or between keys, that a type cannot express.
  public mutating func reject(_ name: String, _ problem: String) {
    problems.append(ConfigError(key: name, problem: problem))
  }

  /// Throws the first problem: of a value, of a layer, or of a key that nobody reads.
  func finish() throws(ConfigError) {
    if let problem = problems.first { throw problem }
    if let problem = layers.firstUnknownKey(known: Set(keys.map(\.name)), service: service) { throw problem }
  }

  // MARK: Reading

  private struct Unreadable: Error {
    let problem: String
    init(_ problem: String) { self.problem = problem }
  }

  private static func text(_ text: String) throws -> String {
    guard text.utf8.count <= 4_096 else { throw Unreadable("at most 4096 bytes") }
    return text
  }

  private mutating func read<Value>(
    _ name: String, type: String, range: String, default defaultValue: Value, doc: String, isSecret: Bool,
    repeatsWrongValue: Bool = true, parse: (String) throws -> Value, print: (Value) -> String
  ) -> Value {
    precondition(!keys.contains { $0.name == name }, "\(name) is read twice")
    var value = defaultValue
    var source = ConfigSource.default
    if let (text, textSource) = layers.value(of: name) {
      do {
        value = try parse(text)
        source = textSource
      } catch {
        // A secret's value is not repeated, not even a wrong one.
        let problem = (error as? Unreadable)?.problem ?? "cannot be read"
        reject(name, isSecret || !repeatsWrongValue ? "\(problem) (\(textSource))" : "\(problem), not \"\(text)\" (\(textSource))")
      }
    }
    keys.append(
      ConfigKey(
        name: name, type: type, range: range, defaultValue: print(defaultValue), documentation: doc, isSecret: isSecret,
        value: print(value), source: source))
    return value
  }
}
