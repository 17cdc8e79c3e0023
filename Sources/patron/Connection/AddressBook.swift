import Foundation
import ServiceKit

/// Who listens where, in the data folder: `{"gateway":{"admin":"127.0.0.1:5160","pid":4711,"rpc":"127.0.0.1:5150"},…}`.
///
/// Written by `patron up`, whole at each change; read by the other commands and by scripts. It is there only while `patron up` runs.
enum AddressBook {
  static func read(_ folder: DataFolder) -> [String: ReadyFile]? {
    guard let bytes = FileManager.default.contents(atPath: folder.addresses) else { return nil }
    return try? JSONDecoder().decode([String: ReadyFile].self, from: bytes)
  }

  static func write(_ services: [String: ReadyFile], _ folder: DataFolder) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    try PrivateFile.replace(folder.addresses, contents: Array(try encoder.encode(services)) + Array("\n".utf8))
  }

  static func remove(_ folder: DataFolder) {
    try? FileManager.default.removeItem(atPath: folder.addresses)
  }
}
