public import ServiceKit

/// The keys of identity beside the common ones.
public struct IdentityConfig: ServiceConfig {
  /// Where the key of the first client is written; empty means `bootstrap-key` beside the database.
  public let bootstrapKeyFile: String
  /// How long a repeated CreateApiClient still answers with the key.
  public let keyReplayWindow: Duration
  /// The ring of master keys; empty means `vault-keys` beside the database.
  public let masterKeysFile: String
  /// Empty means `erasures.log` beside the database.
  public let erasureLogFile: String

  public init(reader: inout ConfigReader) {
    bootstrapKeyFile = reader.string(
      "bootstrap-key-file", default: "",
      doc: "Where the key of the first API client is written once, with mode 0600; empty means bootstrap-key beside the database.")
    keyReplayWindow = reader.duration(
      "key-replay-window", default: .seconds(600), in: .seconds(0) ... .seconds(3_600),
      doc: "How long a repeated CreateApiClient still answers with the key, for a client that lost the first reply.")
    masterKeysFile = reader.string(
      Members.masterKeysKey, default: "",
      doc:
        "The master keys that wrap each member's key, made on the first start with mode 0600; empty means vault-keys beside the database. "
        + "Without it no member can be read: keep a copy apart from the backups.")
    erasureLogFile = reader.string(
      Members.erasureLogKey, default: "",
      doc:
        "Who was erased, one line each; empty means erasures.log beside the database. Keep it on another disk than the backups: it is what "
        + "keeps a restored backup from bringing somebody back. On a server it is a table of keys-database, and this stays empty.")
  }

  public func checkFiles() throws(ConfigError) {
    if !masterKeysFile.isEmpty { _ = try MasterKeys(contentsOf: masterKeysFile, key: Members.masterKeysKey) }
  }
}
