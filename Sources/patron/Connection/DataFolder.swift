import Foundation
import ServiceKit

/// The files of one system on one machine, by name.
struct DataFolder: Sendable {
  let path: String

  init(_ path: String) {
    self.path = URL(fileURLWithPath: path).standardizedFileURL.path
  }

  /// Held locked while `patron up` runs here.
  var lock: String { file("patron.lock") }
  /// Who listens where; see `AddressBook`.
  var addresses: String { file("addresses.json") }
  /// The API key of the first client, which may do everything; written by identity.
  var bootstrapKey: String { file("bootstrap-key") }
  /// The ring by which the gateway signs callers and services believe it.
  var callerKeys: String { file("caller-keys.json") }
  /// The ring by which gateways sign quotes.
  var quoteKeys: String { file("quote-keys.json") }

  func database(of service: String) -> String { file("\(service).sqlite") }
  func readyFile(of service: String) -> String { file("run/\(service).json") }
  func log(of service: String) -> String { file("logs/\(service).log") }

  /// Makes the folder and those within, for their owner only.
  func create() throws {
    for folder in [path, file("run"), file("logs")] {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }
  }

  /// The bootstrap client's API key.
  func readBootstrapKey() throws -> String {
    guard let bytes = FileManager.default.contents(atPath: bootstrapKey) else {
      throw CommandError("there is no API key in \(bootstrapKey): is the system up (patron up)? Otherwise pass --api-key")
    }
    return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private func file(_ name: String) -> String { path + "/" + name }
}
