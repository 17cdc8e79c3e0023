import Foundation

/// The raw text of every given key by where it came from: file < environment < flags.
struct ConfigLayers {
  private(set) var file: [String: String] = [:]
  private(set) var environment: [String: String] = [:]
  private(set) var flags: [String: String] = [:]

  init(file: [String: String] = [:], environment: [String: String] = [:], flags: [String: String] = [:]) {
    self.file = file
    self.environment = environment
    self.flags = flags
  }

  /// Reads all three: the flags of the command line, `PATRON_<SERVICE>_…` of the environment, and the file that the key
  /// `config-file` of either names.
  init(service: String, arguments: [String], environment: [String: String]) throws(ConfigError) {
    self.flags = try Self.parse(arguments)
    let prefix = Self.environmentPrefix(of: service)
    for (name, value) in environment where name.hasPrefix(prefix) {
      self.environment[Self.key(ofVariable: name, prefix: prefix)] = value
    }
    if let path = flags[Self.fileKey] ?? self.environment[Self.fileKey], !path.isEmpty {
      self.file = try Self.readFile(path)
    }
  }

  static let fileKey = "config-file"

  static func environmentPrefix(of service: String) -> String { "PATRON_\(service.uppercased())_" }

  static func variable(of key: String, service: String) -> String {
    environmentPrefix(of: service) + key.uppercased().replacing("-", with: "_")
  }

  func value(of key: String) -> (text: String, source: ConfigSource)? {
    if let text = flags[key] { return (text, .flag) }
    if let text = environment[key] { return (text, .environment) }
    if let text = file[key] { return (text, .file) }
    return nil
  }

  /// The first key, by name, that nobody reads, the strongest layer first.
  func firstUnknownKey(known: Set<String>, service: String) -> ConfigError? {
    func unknown(_ layer: [String: String]) -> String? { layer.keys.filter { !known.contains($0) }.min() }
    if let key = unknown(flags) { return ConfigError(key: key, problem: "unknown flag --\(key)") }
    if let key = unknown(environment) {
      return ConfigError(key: key, problem: "unknown key \(Self.variable(of: key, service: service)) in the environment")
    }
    if let key = unknown(file) { return ConfigError(key: key, problem: "unknown key in the configuration file") }
    return nil
  }

  // MARK: Parsing

  /// `--key value` and `--key=value`.
  private static func parse(_ arguments: [String]) throws(ConfigError) -> [String: String] {
    var flags: [String: String] = [:]
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      guard argument.hasPrefix("--"), argument.count > 2 else {
        throw ConfigError(key: argument, problem: "expected a flag such as --listen-address 127.0.0.1:5151")
      }
      let body = argument.dropFirst(2)
      let name: String
      let value: String
      if let equals = body.firstIndex(of: "=") {
        name = String(body[..<equals])
        value = String(body[body.index(after: equals)...])
      } else {
        name = String(body)
        guard let next = rest.popFirst() else { throw ConfigError(key: name, problem: "--\(name) needs a value") }
        value = next
      }
      guard flags.updateValue(value, forKey: name) == nil else {
        throw ConfigError(key: name, problem: "--\(name) is given twice")
      }
    }
    return flags
  }

  private static func key(ofVariable name: String, prefix: String) -> String {
    name.dropFirst(prefix.count).lowercased().replacing("_", with: "-")
  }

  /// A JSON object whose values are strings, integers or booleans.
  private static func readFile(_ path: String) throws(ConfigError) -> [String: String] {
    guard let bytes = FileManager.default.contents(atPath: path) else {
      throw ConfigError(key: fileKey, problem: "cannot read \(path)")
    }
    guard let object = try? JSONDecoder().decode([String: FileValue].self, from: bytes) else {
      throw ConfigError(key: fileKey, problem: "\(path) is not a JSON object of keys with text, integers or booleans")
    }
    return object.mapValues(\.text)
  }

  private struct FileValue: Decodable {
    let text: String

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let flag = try? container.decode(Bool.self) {
        text = String(flag)
      } else if let integer = try? container.decode(Int.self) {
        text = String(integer)
      } else {
        text = try container.decode(String.self)
      }
    }
  }
}
