import PatronAPI
import RPC

/// The gateway's services as the demo calls them: all over one channel, which carries the API key.
struct DemoClients: Sendable {
  let pointOfSale: GatewayV1.PointOfSaleServiceClient
  let identity: IdentityV1.IdentityServiceClient
  let loyalty: LoyaltyV1.LoyaltyServiceClient
  let loyaltyHolds: LoyaltyV1.LoyaltyHoldServiceClient
  let tiers: LoyaltyV1.TierServiceClient
  let reports: LoyaltyV1.ReportServiceClient
  let storedValue: LoyaltyV1.StoredValueServiceClient
  let campaign: CampaignV1.CampaignServiceClient
  let campaignHolds: CampaignV1.CampaignHoldServiceClient
  let inventory: InventoryV1.InventoryServiceClient

  private static let callTimeout: Duration = .seconds(30)

  init(channel: any RPCChannel) {
    pointOfSale = GatewayV1.PointOfSaleServiceClient(channel: channel)
    identity = IdentityV1.IdentityServiceClient(channel: channel)
    loyalty = LoyaltyV1.LoyaltyServiceClient(channel: channel)
    loyaltyHolds = LoyaltyV1.LoyaltyHoldServiceClient(channel: channel)
    tiers = LoyaltyV1.TierServiceClient(channel: channel)
    reports = LoyaltyV1.ReportServiceClient(channel: channel)
    storedValue = LoyaltyV1.StoredValueServiceClient(channel: channel)
    campaign = CampaignV1.CampaignServiceClient(channel: channel)
    campaignHolds = CampaignV1.CampaignHoldServiceClient(channel: channel)
    inventory = InventoryV1.InventoryServiceClient(channel: channel)
  }

  /// Fresh for each call: the deadline counts from here.
  var options: CallOptions { CallOptions(timeout: Self.callTimeout) }
}
