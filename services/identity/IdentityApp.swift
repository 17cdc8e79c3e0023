public import Database
public import PatronAPI
public import RPC
public import ServiceKit

/// The identity service: members, their cards and consents, and the clients of the API.
public struct IdentityApp: PatronService {
  public static let name = "identity"
  public static let defaultPorts = ServicePorts(rpc: 5151, admin: 5161)
  public static let migrations = Migrations.all
  public static let companions = [
    CompanionDatabase(name: MemberVault.databaseName, migrations: VaultStore.migrations, overwritesDeleted: true)
  ]
  public static let faultPoints = FaultPoint.all

  /// Where a test may have the process killed: between the commits that belong together.
  enum FaultPoint {
    static let enrolKeyCommitted = "identity.enrol.key-committed"
    static let eraseLogged = "identity.erase.logged"
    static let eraseRowCommitted = "identity.erase.row-committed"
    static let sealingKeysMade = "identity.sealing.keys-made"
    static let sealingBatchDone = "identity.sealing.batch-done"
    static let all = [enrolKeyCommitted, eraseLogged, eraseRowCommitted, sealingKeysMade, sealingBatchDone]
  }

  private let environment: ServiceEnvironment
  private let config: IdentityConfig
  private let hashKey: KeyedHash
  private let prepared = Prepared<Members>()

  public init(config: IdentityConfig, environment: ServiceEnvironment) async throws {
    self.environment = environment
    self.config = config
    self.hashKey = KeyedHash(database: environment.database, purpose: "identity.api-key")
  }

  public static func permitMaking(_ companion: CompanionDatabase, at path: String, beside main: Database) async throws {
    guard try await main.read({ try PlainMemberStore.vaultLink(in: $0) }) == nil else {
      throw ConfigError(key: "database", problem: "\(path), which holds the members' keys, is missing: restore it. Nothing was made")
    }
  }

  public static func afterRestore(config: IdentityConfig, common: CommonConfig) async throws {
    let databases = try await ServiceDatabases.open(for: IdentityApp.self, common, for: .serving)
    do {
      guard let keys = databases.companions[MemberVault.databaseName] else { preconditionFailure("a serving service has its companions") }
      let clock = SystemClock()
      try await Erasures(
        log: try Members.erasureLog(config, common, keys: keys), database: databases.main, keys: keys, vault: nil,
        ids: TimeOrderedIDs(clock: clock), clock: clock
      ).applyLog()
    } catch {
      await databases.close()
      throw error
    }
    await databases.close()
  }

  public func prepare() async throws {
    prepared.set(try await Members.prepare(config, environment))
    try await BootstrapClient(config: config, environment: environment, hashKey: hashKey).ensure()
  }

  public var services: [any RPCService] {
    [
      MembersHandler(environment: environment, members: members),
      ApiClientsHandler(environment: environment, hashKey: hashKey, keyReplayWindow: config.keyReplayWindow),
    ]
  }

  public func verify() async throws -> [TypeV1.Difference] {
    let differences = try await environment.database.maintenanceRead { try IdentityVerification.differences(in: $0) }
    let keeping = if let members = prepared.value { members.keeping } else { try await Members.look(config, environment) }
    guard let keeping, let keys = environment.companion(MemberVault.databaseName) else { return differences }
    let log = try Members.erasureLog(config, environment.common, keys: keys)
    return differences + (try await SealedVerification(keeping: keeping, log: log, database: environment.database).differences())
  }

  public func run() async throws {
    let members = members
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await KeyReplayCleaner(environment: environment).run() }
      group.addTask { try await VaultUpkeep(members: members, environment: environment).run() }
      group.addTask { try await forgetOldKeys(of: members.keeping.vault) }
      try await group.waitForAll()
    }
  }

  private func forgetOldKeys(of vault: Vault) async throws {
    while !Task.isCancelled {
      try await Task.sleep(for: Vault.sharedKeyLifetime / 2)
      vault.dropOldKeys()
    }
  }

  /// For a test that looks inside.
  var preparedMembers: Members? { prepared.value }

  private var members: Members {
    guard let members = prepared.value else { preconditionFailure("a service is prepared before it serves") }
    return members
  }
}
