/// Configuration as people read it.
enum ConfigText {
  /// The keys for `--help`: flag, type, range, default, and what it does.
  static func help(service: String, keys: [ConfigKey]) -> String {
    var text = """
      Configuration: a flag wins over the environment (\(ConfigLayers.variable(of: "listen-address", service: service))=…), which \
      wins over the JSON object in config-file ({"listen-address": …}). A wrong or unknown key stops the start.

      """
    for key in keys {
      let facts = [key.type, key.range, key.isSecret ? "secret" : "default \(key.defaultValue.isEmpty ? "none" : key.defaultValue)"]
      text += "\n--\(key.name) <\(facts.filter { !$0.isEmpty }.joined(separator: "; "))>\n    \(key.documentation)"
    }
    return text
  }

  /// The effective configuration, one key a line, with where each value came from.
  static func effective(_ keys: [ConfigKey]) -> String {
    let width = keys.map(\.name.count).max() ?? 0
    return keys.map { key in
      let padding = String(repeating: " ", count: width - key.name.count)
      let value = key.value.isEmpty ? "\"\"" : key.isSecret ? "***" : key.value
      return "\(key.name)\(padding) = \(value)  (\(key.source))"
    }.joined(separator: "\n")
  }
}
