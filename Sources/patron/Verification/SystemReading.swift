import PatronAPI
import RPC

/// What the services say of every order at about one time. Two equal readings in a row mean that nothing moved between them.
struct SystemReading: Equatable, Sendable {
  /// Inventory's records, by order.
  var orders: [String: InventoryV1.OrderSummary] = [:]
  /// Each participant's records, by participant and order.
  var holds: [String: [String: TypeV1.HoldRecord]] = [:]

  static let loyalty = "loyalty"
  static let campaign = "campaign"
  static let participants = [loyalty, campaign]
}

/// Reads it through the gateway, page by page.
struct SystemReader: Sendable {
  private static let pageSize: Int32 = 500
  private static let callTimeout = Duration.seconds(60)

  private let orders: InventoryV1.OrderSagaServiceClient
  private let catalogue: InventoryV1.InventoryServiceClient
  private let loyalty: LoyaltyV1.LoyaltyHoldServiceClient
  private let campaign: CampaignV1.CampaignHoldServiceClient
  private let options = CallOptions(timeout: callTimeout)

  init(_ channel: any RPCChannel) {
    orders = InventoryV1.OrderSagaServiceClient(channel: channel)
    catalogue = InventoryV1.InventoryServiceClient(channel: channel)
    loyalty = LoyaltyV1.LoyaltyHoldServiceClient(channel: channel)
    campaign = CampaignV1.CampaignHoldServiceClient(channel: channel)
  }

  /// The orders are read last: whatever a participant holds, its order was written before.
  func reading() async throws -> SystemReading {
    var reading = SystemReading()
    var loyaltyHolds: [String: TypeV1.HoldRecord] = [:]
    try await Self.pages { token in
      let page = try await loyalty.listHolds(.init(pageSize: Self.pageSize, pageToken: token), options: options)
      for hold in page.holds { loyaltyHolds[hold.orderID] = hold }
      return page.nextPageToken
    }
    var campaignHolds: [String: TypeV1.HoldRecord] = [:]
    try await Self.pages { token in
      let page = try await campaign.listHolds(.init(pageSize: Self.pageSize, pageToken: token), options: options)
      for hold in page.holds { campaignHolds[hold.orderID] = hold }
      return page.nextPageToken
    }
    reading.holds = [SystemReading.loyalty: loyaltyHolds, SystemReading.campaign: campaignHolds]
    try await Self.pages { token in
      let page = try await orders.listOrderRecords(.init(pageSize: Self.pageSize, pageToken: token), options: options)
      for order in page.orders { reading.orders[order.orderID] = order }
      return page.nextPageToken
    }
    return reading
  }

  /// The sums over all orders that reached a decision to commit, from the orders in full.
  func orderSums() async throws -> OrderSums {
    var sums = OrderSums()
    try await Self.pages { token in
      let page = try await catalogue.listOrders(.init(pageSize: Self.pageSize, pageToken: token), options: options)
      for order in page.orders { sums.add(order) }
      return page.nextPageToken
    }
    return sums
  }

  func verifyInventory() async throws -> InventoryV1.VerifyResponse { try await orders.verify(.init(), options: options) }
  func verifyLoyalty() async throws -> LoyaltyV1.VerifyResponse { try await loyalty.verify(.init(), options: options) }
  func verifyCampaign() async throws -> CampaignV1.VerifyResponse { try await campaign.verify(.init(), options: options) }

  /// Calls `read` with each page's token until there is no next one.
  private static func pages(_ read: (String) async throws -> String) async throws {
    var token = ""
    repeat { token = try await read(token) } while !token.isEmpty
  }
}

/// What the orders say was earned, spent, discounted and taken back.
struct OrderSums: Equatable, Sendable {
  var completedOrders = 0
  var pointsEarned: Int64 = 0
  var pointsSpent: Int64 = 0
  var pointsTakenBack: Int64 = 0
  var pointsGivenBack: Int64 = 0
  /// Patron's own discounts.
  var discountMinorUnits: Int64 = 0

  mutating func add(_ order: InventoryV1.Order) {
    guard order.state == .completed else { return }
    completedOrders += 1
    pointsEarned += order.pointsEarned
    pointsSpent += order.pointsSpent
    discountMinorUnits += order.totals?.discountAmount?.minorUnits ?? 0
    for orderReturn in order.returns where orderReturn.state == .returned {
      pointsTakenBack += orderReturn.pointsTakenBack
      pointsGivenBack += orderReturn.pointsGivenBack
    }
  }
}
