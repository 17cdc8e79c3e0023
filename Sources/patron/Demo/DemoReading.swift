import PatronAPI
import RPC

/// What the system recorded of the day, read back through the gateway.
struct DemoReading: Sendable {
  /// Completed orders, with their returns.
  var orders: [InventoryV1.Order] = []
  var stockLevels: [InventoryV1.StockLevel] = []
  var loyalty = LoyaltyV1.VerifyResponse()
  var campaign = CampaignV1.VerifyResponse()

  private static let pageSize: Int32 = 200

  init() {}

  init(_ api: DemoClients, storeIDs: [String]) async throws {
    try await readOrders(api)
    for storeID in storeIDs { try await readStock(api, storeID) }
    loyalty = try await api.loyaltyHolds.verify(LoyaltyV1.VerifyRequest(), options: api.options)
    campaign = try await api.campaignHolds.verify(CampaignV1.VerifyRequest(), options: api.options)
  }

  private mutating func readOrders(_ api: DemoClients) async throws {
    var token = ""
    repeat {
      let page = try await api.pointOfSale.listOrders(
        GatewayV1.ListOrdersRequest(state: .completed, pageSize: Self.pageSize, pageToken: token), options: api.options)
      orders += page.orders
      token = page.nextPageToken
    } while !token.isEmpty
  }

  private mutating func readStock(_ api: DemoClients, _ storeID: String) async throws {
    var token = ""
    repeat {
      let page = try await api.inventory.listStock(
        InventoryV1.ListStockRequest(storeID: storeID, pageSize: Self.pageSize, pageToken: token), options: api.options)
      stockLevels += page.levels
      token = page.nextPageToken
    } while !token.isEmpty
  }
}
