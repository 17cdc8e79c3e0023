public import Database
public import PatronAPI
public import RPC
public import ServiceKit

/// The inventory service: the only value that knows every piece of it.
public struct InventoryApp: PatronService {
  public typealias Config = InventoryConfig

  public static let name = "inventory"
  public static let defaultPorts = ServicePorts(rpc: 5154, admin: 5164)
  public static let migrations = InventoryMigrations.all
  public static let faultPoints = SagaStep.faultPoints

  private let environment: ServiceEnvironment

  public init(config: InventoryConfig, environment: ServiceEnvironment) async throws {
    self.environment = environment
  }

  public var services: [any RPCService] {
    [InventoryHandlers(environment: environment), OrderSagaHandlers(environment: environment)]
  }

  public func verify() async throws -> [TypeV1.Difference] {
    try await InventoryVerification(database: environment.database, clock: environment.clock).run().differences
  }
}
