/// A service's own configuration, one struct a service, read key by key.
///
///     struct LoyaltyConfig: ServiceConfig {
///       let holdLifetime: Duration
///       init(reader: inout ConfigReader) {
///         holdLifetime = reader.duration(
///           "hold-lifetime", default: .seconds(900), in: .seconds(60) ... .seconds(86_400), doc: "How long a hold stands …")
///       }
///     }
///
/// The initialiser cannot fail: the reader gathers what is wrong and the start stops with it. The same pass lists the keys
/// for `--help`, so a key that is read is a key that is documented.
public protocol ServiceConfig: Sendable {
  init(reader: inout ConfigReader)

  /// Reads the files that its keys name as a start would, for `check-config`.
  func checkFiles() throws(ConfigError)
}

extension ServiceConfig {
  public func checkFiles() throws(ConfigError) {}
}

/// For a service with no keys beyond the common ones.
public struct NoServiceConfig: ServiceConfig {
  public init(reader: inout ConfigReader) {}
}
