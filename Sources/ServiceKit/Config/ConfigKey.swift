/// One key of a service's configuration as `--help` prints it and the effective configuration shows it.
public struct ConfigKey: Sendable, Equatable {
  /// Lower-case words with hyphens: "listen-address" in the file, `--listen-address` as a flag,
  /// `PATRON_<SERVICE>_LISTEN_ADDRESS` in the environment.
  public let name: String
  /// What a value is: "text", "integer", "duration", "true|false", "text|json", …
  public let type: String
  /// The values allowed beyond the type, such as "1 to 64"; empty when the type says it all.
  public let range: String
  public let defaultValue: String
  /// What it does, in one or two sentences.
  public let documentation: String
  /// A secret shows as "***" wherever the effective configuration is printed.
  public let isSecret: Bool
  /// The effective value in canonical spelling.
  public internal(set) var value: String
  public internal(set) var source: ConfigSource
}

/// Where an effective value came from. Later ones win.
public enum ConfigSource: Int, Sendable, Comparable, CustomStringConvertible {
  case `default`, file, environment, flag

  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

  public var description: String {
    switch self {
    case .default: "default"
    case .file: "file"
    case .environment: "environment"
    case .flag: "flag"
    }
  }
}
