public import Database
public import PatronAPI
public import RPC
public import ServiceKit

/// The identity service: members, their cards and consents, and the clients of the API.
public struct IdentityApp: PatronService {
  public static let name = "identity"
  public static let defaultPorts = ServicePorts(rpc: 5151, admin: 5161)
  public static let migrations = Migrations.all

  private let environment: ServiceEnvironment
  private let config: IdentityConfig
  private let hashKey: KeyedHash

  public init(config: IdentityConfig, environment: ServiceEnvironment) async throws {
    self.environment = environment
    self.config = config
    self.hashKey = KeyedHash(database: environment.database, purpose: "identity.api-key")
  }

  public func prepare() async throws {
    try await BootstrapClient(config: config, environment: environment, hashKey: hashKey).ensure()
  }

  public var services: [any RPCService] {
    [
      MembersHandler(environment: environment),
      ApiClientsHandler(environment: environment, hashKey: hashKey, keyReplayWindow: config.keyReplayWindow),
    ]
  }

  public func verify() async throws -> [TypeV1.Difference] {
    try await environment.database.maintenanceRead { snapshot in try IdentityVerification.differences(in: snapshot) }
  }

  public func run() async throws {
    try await KeyReplayCleaner(environment: environment).run()
  }
}
