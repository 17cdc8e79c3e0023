import Database
import Foundation
import ServiceKit

/// The first API client, which creates all others: made at the first start, with every scope, its key in a file of mode 0600.
///
/// The file is written before the row, and the row is made from the file. So a start that dies between the two is completed by
/// the next one, and there is no moment at which the key is in force and nowhere to be read. The key is never logged. Once the
/// row is there the file is never written again: delete it when other clients exist, and revoke the client if the key leaked.
struct BootstrapClient {
  static let clientID = "cli_bootstrap"
  private static let fileName = "bootstrap-key"

  let config: IdentityConfig
  let environment: ServiceEnvironment
  let hashKey: KeyedHash

  func ensure() async throws {
    let exists = try await environment.database.read { snapshot in
      try ApiClientStore.find(clientID: Self.clientID, in: snapshot) != nil
    }
    if exists { return }

    let key = try readOrWriteKey()
    let keyHash = hashKey(key.text)
    let client = ApiClientRow(
      clientID: Self.clientID, displayName: "bootstrap", keyPrefix: key.prefix, createTime: environment.clock.now(), isRevoked: false,
      grant: Grant(scopes: [Grant.everyScope], storeIDs: []))
    let inForce = try await environment.database.write { transaction in
      _ = try ApiClientStore.insert(client, keyHash: keyHash, createdBy: Self.clientID, in: transaction)
      return try ApiClientStore.find(keyHash: keyHash, in: transaction) != nil
    }
    guard inForce else {
      // Another replica was faster, with a key in a folder of its own.
      try? FileManager.default.removeItem(atPath: path)
      return
    }
    environment.logger.notice("wrote the key of the bootstrap client", metadata: ["file": "\(path)"])
  }

  private var path: String {
    if !config.bootstrapKeyFile.isEmpty { return config.bootstrapKeyFile }
    return (environment.common.dataFolder as NSString).appendingPathComponent(Self.fileName)
  }

  private func readOrWriteKey() throws -> ApiKey {
    let fresh = ApiKey(random: environment.random.bytes(ApiKey.randomBytes))
    try PrivateFile.create(path, contents: Array("\(fresh.text)\n".utf8))
    let text = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
    guard let key = ApiKey(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
      throw ConfigError(key: "bootstrap-key-file", problem: "\(path) holds no key; remove it and start again")
    }
    return key
  }
}
