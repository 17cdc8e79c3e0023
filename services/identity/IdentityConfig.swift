public import ServiceKit

/// The keys of identity beside the common ones.
public struct IdentityConfig: ServiceConfig {
  /// Where the key of the first client is written; empty means `bootstrap-key` beside the database.
  public let bootstrapKeyFile: String
  /// How long a repeated CreateApiClient still answers with the key.
  public let keyReplayWindow: Duration

  public init(reader: inout ConfigReader) {
    bootstrapKeyFile = reader.string(
      "bootstrap-key-file", default: "",
      doc: "Where the key of the first API client is written once, with mode 0600; empty means bootstrap-key beside the database.")
    keyReplayWindow = reader.duration(
      "key-replay-window", default: .seconds(600), in: .seconds(0) ... .seconds(3_600),
      doc: "How long a repeated CreateApiClient still answers with the key, for a client that lost the first reply.")
  }
}
