import Database
import Foundation
import ServiceKit
import Synchronization

/// What serves members once the vault is open: the keys, the erasures, and requests that happen once each.
struct Members: Sendable {
  let keeping: MemberVault
  let erasures: Erasures
  /// As the environment's, but what it keeps of a request's body is hashed under the vault's key as well: a request holds a phone, and whoever
  /// has the database alone could try them all.
  let commands: CommandRunner

  /// Where the master keys lie when the configuration does not say.
  static let masterKeysFile = "vault-keys"
  static let erasureLogFile = "erasures.log"
  static let masterKeysKey = "vault-keys-file"
  static let erasureLogKey = "erasure-log-file"

  /// Opens the vault and brings the database to where it may be served: whoever stands in the erasure log is erased, and what migration 2
  /// left in plain is sealed.
  static func prepare(_ config: IdentityConfig, _ environment: ServiceEnvironment) async throws -> Members {
    let link = try await environment.database.read { try PlainMemberStore.vaultLink(in: $0) }
    let (keeping, keys) = try await openVault(config, environment, mustExist: link != nil)
    let vaultID = keeping.vault.fingerprint
    let standing = try await environment.database.write { transaction in
      // Of two replicas that start at once one adds it.
      if let standing = try PlainMemberStore.vaultLink(in: transaction) { return standing }
      let added = PlainMemberStore.VaultLink(vaultID: vaultID, isScrubbed: try PlainMemberStore.hasNoMember(in: transaction))
      try PlainMemberStore.addLink(added, in: transaction)
      return added
    }
    guard standing.vaultID == vaultID else { throw wrongVault }
    let erasures = Erasures(
      log: try erasureLog(config, environment.common, keys: keys), database: environment.database, keys: keys, vault: keeping.vault,
      ids: environment.ids, clock: environment.clock)
    try await erasures.applyLog()
    let bodySeal = keeping.vault.keyedHash("identity.request-body")
    try await PlainMemberSealing(keeping: keeping, bodySeal: bodySeal, environment: environment).run()
    return Members(
      keeping: keeping, erasures: erasures,
      commands: CommandRunner(database: environment.database, clock: environment.clock, sealingBodies: bodySeal))
  }

  /// The vault for who only looks; nil when the members were never sealed.
  static func look(_ config: IdentityConfig, _ environment: ServiceEnvironment) async throws -> MemberVault? {
    guard let link = try await environment.database.read({ try PlainMemberStore.vaultLink(in: $0) }) else { return nil }
    let keeping = try await openVault(config, environment, mustExist: true).keeping
    guard link.vaultID == keeping.vault.fingerprint else { throw wrongVault }
    return keeping
  }

  private static func openVault(
    _ config: IdentityConfig, _ environment: ServiceEnvironment, mustExist: Bool
  ) async throws -> (keeping: MemberVault, keys: Database) {
    guard let keys = environment.companion(MemberVault.databaseName) else {
      throw ConfigError(key: "database", problem: "the members' key database beside it is missing: restore it")
    }
    let vault = try await Vault.open(
      keys, masterKeysFile: (masterKeysPath(config, environment.common), masterKeysKey), mustExist: mustExist, random: environment.random)
    return (MemberVault(vault, random: environment.random), keys)
  }

  private static var wrongVault: ConfigError {
    ConfigError(key: "database", problem: "the key database beside it is of another installation: restore the one that goes with it")
  }

  // MARK: Files

  static func masterKeysPath(_ config: IdentityConfig, _ common: CommonConfig) -> String {
    config.masterKeysFile.isEmpty ? path(of: masterKeysFile, besideDatabaseOf: common) : config.masterKeysFile
  }

  /// Where the keys are shared the log is beside them: a file of one replica would not be the others'.
  static func erasureLog(_ config: IdentityConfig, _ common: CommonConfig, keys: Database) throws -> ErasureLog {
    if keys.isShared {
      guard config.erasureLogFile.isEmpty else {
        throw ConfigError(key: erasureLogKey, problem: "stays empty on a server, where the erasure log is a table of keys-database")
      }
      return ErasureLog(in: keys)
    }
    return ErasureLog(
      path: config.erasureLogFile.isEmpty ? path(of: erasureLogFile, besideDatabaseOf: common) : config.erasureLogFile, key: erasureLogKey)
  }

  static func path(of file: String, besideDatabaseOf common: CommonConfig) -> String {
    (common.dataFolder as NSString).appendingPathComponent(file)
  }
}

/// What `prepare` makes, for what is asked of the service later.
final class Prepared<Value: Sendable>: Sendable {
  private let stored = Mutex<Value?>(nil)

  var value: Value? { stored.withLock { $0 } }

  func set(_ value: Value) { stored.withLock { $0 = value } }
}
