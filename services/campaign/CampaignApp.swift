public import Database
public import PatronAPI
public import RPC
public import ServiceKit

/// The campaign service: promotions, coupons, what a basket gets, and the uses that orders make of them.
public struct CampaignApp: PatronService {
  public static let name = "campaign"
  public static let defaultPorts = ServicePorts(rpc: 5153, admin: 5163)
  public static let migrations: [Migration] = CampaignMigrations.all
  public static let faultPoints = SagaStep.faultPoints

  private let config: CampaignConfig
  private let environment: ServiceEnvironment

  public init(config: CampaignConfig, environment: ServiceEnvironment) async throws {
    self.config = config
    self.environment = environment
  }

  public var services: [any RPCService] {
    [
      CampaignHandlers(environment: environment, openPromotionsAtMost: config.openPromotionsAtMost),
      CampaignHoldHandlers(environment: environment),
    ]
  }

  public func verify() async throws -> [TypeV1.Difference] {
    try await CampaignVerification(environment: environment).run().differences
  }
}
