import Foundation
import GoogleProto
import PatronAPI
import RPC

/// What the services say of every order at about one time.
struct SystemReading: Sendable {
  /// Inventory's records, by order.
  var orders: [String: InventoryV1.OrderSummary] = [:]
  /// Each participant's records, by participant and order.
  var holds: [String: [String: TypeV1.HoldRecord]] = [:]
  /// Inventory's clock before the orders were read.
  var asOfTime = Date.distantPast

  /// Whether nothing moved between two readings, one right after the other.
  func isStill(since earlier: SystemReading) -> Bool { orders == earlier.orders && holds == earlier.holds }

  static let loyalty = "loyalty"
  static let campaign = "campaign"
  static let participants = [loyalty, campaign]
}

/// Reads it through the gateway, page by page.
struct SystemReader: Sendable {
  private static let pageSize: Int32 = 500
  private static let pageTimeout = Duration.seconds(60)
  /// Whole ledgers are folded: the gateway's own `verify-timeout` is as long.
  private static let verifyTimeout = Duration.seconds(600)

  private let orders: InventoryV1.OrderSagaServiceClient
  private let loyalty: LoyaltyV1.LoyaltyHoldServiceClient
  private let campaign: CampaignV1.CampaignHoldServiceClient
  private let options = CallOptions(timeout: pageTimeout)
  private let verifyOptions = CallOptions(timeout: verifyTimeout)
  private let progress: VerificationProgress

  init(_ channel: any RPCChannel, _ progress: VerificationProgress) {
    self.progress = progress
    orders = InventoryV1.OrderSagaServiceClient(channel: channel)
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
      progress.say("reading loyalty's holds: \(loyaltyHolds.count)")
      return page.nextPageToken
    }
    var campaignHolds: [String: TypeV1.HoldRecord] = [:]
    try await Self.pages { token in
      let page = try await campaign.listHolds(.init(pageSize: Self.pageSize, pageToken: token), options: options)
      for hold in page.holds { campaignHolds[hold.orderID] = hold }
      progress.say("reading campaign's holds: \(campaignHolds.count)")
      return page.nextPageToken
    }
    reading.holds = [SystemReading.loyalty: loyaltyHolds, SystemReading.campaign: campaignHolds]
    try await Self.pages { token in
      let page = try await orders.listOrderRecords(.init(pageSize: Self.pageSize, pageToken: token), options: options)
      for order in page.orders { reading.orders[order.orderID] = order }
      if let time = page.asOfTime?.date, reading.asOfTime == .distantPast { reading.asOfTime = time }
      progress.say("reading orders: \(reading.orders.count)")
      return page.nextPageToken
    }
    return reading
  }

  func verifyInventory() async throws -> InventoryV1.VerifyResponse {
    progress.say("inventory recomputes its books")
    return try await orders.verify(.init(), options: verifyOptions)
  }

  func verifyLoyalty() async throws -> LoyaltyV1.VerifyResponse {
    progress.say("loyalty recomputes its books")
    return try await loyalty.verify(.init(), options: verifyOptions)
  }

  func verifyCampaign() async throws -> CampaignV1.VerifyResponse {
    progress.say("campaign recomputes its books")
    return try await campaign.verify(.init(), options: verifyOptions)
  }

  /// Calls `read` with each page's token until there is no next one.
  private static func pages(_ read: (String) async throws -> String) async throws {
    var token = ""
    repeat { token = try await read(token) } while !token.isEmpty
  }
}

/// What the orders say was earned, spent, discounted and taken back.
struct OrderSums: Equatable, Sendable {
  var pointsEarned: Int64 = 0
  var pointsSpent: Int64 = 0
  var pointsTakenBack: Int64 = 0
  var pointsGivenBack: Int64 = 0
  /// Patron's own discounts.
  var discountMinorUnits: Int64 = 0
  /// Over all currencies: each order by itself is compared as well.
  var storedValueMinorUnits: Int64 = 0
  var storedValueGivenBackMinorUnits: Int64 = 0

  init(_ orders: some Sequence<InventoryV1.OrderSummary>) {
    for order in orders where order.state == .completed {
      pointsEarned += order.pointsEarned
      pointsSpent += order.pointsSpent
      pointsTakenBack += order.pointsTakenBack
      pointsGivenBack += order.pointsGivenBack
      discountMinorUnits += order.discountMinorUnits
      storedValueMinorUnits += order.storedValueMinorUnits
      storedValueGivenBackMinorUnits += order.storedValueGivenBackMinorUnits
    }
  }
}
