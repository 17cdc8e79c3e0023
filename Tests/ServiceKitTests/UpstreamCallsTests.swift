import PatronAPI
import RPC
import Testing

@testable import ServiceKit

@Suite struct UpstreamCallsTests {
  private static let methods =
    IdentityV1.IdentityServiceMethods.all + IdentityV1.ApiClientServiceMethods.all + LoyaltyV1.LoyaltyServiceMethods.all
    + LoyaltyV1.LoyaltyHoldServiceMethods.all + CampaignV1.CampaignServiceMethods.all + CampaignV1.CampaignHoldServiceMethods.all
    + InventoryV1.InventoryServiceMethods.all + InventoryV1.OrderSagaServiceMethods.all + EventsV1.EventFeedServiceMethods.all

  /// A method that is new is sent once until somebody says that it is a read.
  @Test func readsAreSentAgainAndNothingElseIs() throws {
    let config = try RPCServiceConfig.betweenServices()
    for method in Self.methods {
      let isOfASaga = method.service.hasSuffix("HoldService") || method.service.hasSuffix("SagaService")
      let isRead = ["Get", "List", "Find", "LookUp", "Evaluate", "Authenticate"].contains { method.method.hasPrefix($0) }
      let isRetried = if case .retry = config.method(method)?.attempts { true } else { false }
      #expect(isRetried == (isRead && !isOfASaga), "\(method.path)")
    }
    #expect(config.retryThrottling != nil)
  }
}
