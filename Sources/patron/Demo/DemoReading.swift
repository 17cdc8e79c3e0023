import Foundation
import GoogleProto
import PatronAPI
import RPC

/// What the system recorded of the day, read back through the gateway.
struct DemoReading: Sendable {
  /// Completed orders, with their returns.
  var orders: [InventoryV1.Order] = []
  var stockLevels: [InventoryV1.StockLevel] = []
  var loyalty = LoyaltyV1.VerifyResponse()
  var campaign = CampaignV1.VerifyResponse()
  /// What customers are owed, by the store that sold it, and what stores owe each other.
  var liability: [LoyaltyV1.LiabilityLine] = []
  var settlement: [LoyaltyV1.SettlementLine] = []

  /// The points of everything since the first run began, by the members' tiers.
  var pointsByTier: [LoyaltyV1.ReportLine] = []
  /// Of the member who was given a tier by hand.
  var grantedTier: LoyaltyV1.GetTierResponse?

  private static let pageSize: Int32 = 200

  init() {}

  init(_ api: DemoClients, storeIDs: [String], grantedMemberID: String, anchor: DemoAnchor) async throws {
    try await readOrders(api)
    for storeID in storeIDs { try await readStock(api, storeID) }
    loyalty = try await api.loyaltyHolds.verify(LoyaltyV1.VerifyRequest(), options: api.options)
    campaign = try await api.campaignHolds.verify(CampaignV1.VerifyRequest(), options: api.options)
    try await readStoredValue(api, anchor)
    pointsByTier = try await api.reports.reportPoints(
      LoyaltyV1.ReportPointsRequest(
        startTime: GoogleProtobuf.Timestamp(Self.reportStart(anchor)), endTime: GoogleProtobuf.Timestamp(Self.reportEnd(anchor)),
        dimension: .tier), options: api.options
    ).lines
    if !grantedMemberID.isEmpty {
      grantedTier = try await api.tiers.getTier(LoyaltyV1.GetTierRequest(memberID: grantedMemberID), options: api.options)
    }
  }

  /// The liability of now, and the settlement of everything since the first run began.
  private mutating func readStoredValue(_ api: DemoClients, _ anchor: DemoAnchor) async throws {
    let currencyCode = DemoStores.currencyCode
    var token = ""
    repeat {
      let page = try await api.storedValue.reportLiability(
        LoyaltyV1.ReportLiabilityRequest(currencyCode: currencyCode, pageSize: Self.pageSize, pageToken: token), options: api.options)
      liability += page.lines
      token = page.nextPageToken
    } while !token.isEmpty
    let (start, end) = (Self.reportStart(anchor), Self.reportEnd(anchor))
    repeat {
      let page = try await api.storedValue.reportSettlement(
        LoyaltyV1.ReportSettlementRequest(
          currencyCode: currencyCode, startTime: GoogleProtobuf.Timestamp(start), endTime: GoogleProtobuf.Timestamp(end),
          pageSize: Self.pageSize, pageToken: token), options: api.options)
      settlement += page.lines
      token = page.nextPageToken
    } while !token.isEmpty
  }

  private static func reportStart(_ anchor: DemoAnchor) -> Date { anchor.dayEnd.addingTimeInterval(-86_400) }
  private static func reportEnd(_ anchor: DemoAnchor) -> Date { anchor.dayEnd.addingTimeInterval(86_400 * 366) }

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
