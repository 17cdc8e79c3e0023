/// A service's whole configuration, read and checked: what a start begins with.
package struct LoadedConfig<App: PatronService>: Sendable {
  package let common: CommonConfig
  package let own: App.Config
  /// Every key with its effective value, in the order of reading.
  package let keys: [ConfigKey]

  /// Reads the flags of a command line, the environment, and the file that either names.
  init(arguments: [String], environment: [String: String]) throws(ConfigError) {
    try self.init(layers: ConfigLayers(service: App.name, arguments: arguments, environment: environment))
  }

  /// Reads keys as a test writes them; the environment and files have no say.
  package init(values: [String: String]) throws(ConfigError) {
    try self.init(layers: ConfigLayers(flags: values))
  }

  init(layers: ConfigLayers) throws(ConfigError) {
    var reader = ConfigReader(service: App.name, layers: layers)
    common = CommonConfig(reader: &reader, ports: App.defaultPorts, ownsDatabase: App.ownsDatabase, companions: App.companions)
    own = App.Config(reader: &reader)
    try reader.finish()
    _ = try FaultPoints(common.faultPoint, known: App.allFaultPoints)
    keys = reader.keys
  }

  /// Every key with its default, for `--help`.
  static var documentedKeys: [ConfigKey] {
    var reader = ConfigReader(service: App.name)
    _ = CommonConfig(reader: &reader, ports: App.defaultPorts, ownsDatabase: App.ownsDatabase, companions: App.companions)
    _ = App.Config(reader: &reader)
    return reader.keys
  }
}
