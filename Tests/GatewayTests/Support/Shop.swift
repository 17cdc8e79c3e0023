import Campaign
import Database
import Foundation
import GoogleProto
import Identity
import Inventory
import Loyalty
import PatronAPI
import ProtobufC
import RPC
import ServiceKit
import ServiceTesting
import Testing

@testable import Gateway

/// A whole shop in one process: the four services over real SQLite, each believing only what the gateway signs, and a gateway
/// in front of them whose wires can be cut one by one.
final class Shop: Sendable {
  let clock: ManualClock
  let ring = KeyRing(keyID: "k1", secret: Array(repeating: 7, count: 32))
  let identity: TestService<IdentityApp>
  let loyalty: TestService<LoyaltyApp>
  let campaign: TestService<CampaignApp>
  let inventory: TestService<InventoryApp>
  /// The wires of the first gateway.
  let wires: Wires
  let gateway: TestService<GatewayApp>
  let folder: TemporaryFolder

  struct Wires: Sendable {
    let identity: SwitchedChannel
    let loyalty: SwitchedChannel
    let campaign: SwitchedChannel
    let inventory: SwitchedChannel

    var channels: [String: any RPCChannel] {
      ["identity": identity, "loyalty": loyalty, "campaign": campaign, "inventory": inventory]
    }
  }

  /// Nothing waits long for what is switched off, and what is decided stands still at once.
  private static let settings = [
    "commit-deadline": "100ms", "stalled-after": "0ms", "upstream-timeout": "60s", "quote-lifetime": "10m", "hold-lifetime": "15m",
  ]

  /// - Parameter smallDisk: The service whose disk has room for little more than its tables.
  static func open(at date: Date = ManualClock.start, smallDisk: String = "") async throws -> Shop {
    let shop = try await Shop(ManualClock(date), smallDisk: smallDisk)
    try await shop.stock()
    return shop
  }

  /// A new database's pages, and about twenty: a shelf of milk is not sold out before the disk is full.
  private static func smallDiskPages(of service: String) -> Int { service == "loyalty" ? 165 : 105 }

  private init(_ clock: ManualClock, smallDisk: String) async throws {
    self.clock = clock
    func disk(_ service: String) -> @Sendable (inout DatabaseConfiguration) -> Void {
      {
        if service == smallDisk { $0.maximumPageCount = Self.smallDiskPages(of: service) }
        // The largest order, twice and unoptimised on a busy machine, takes its time.
        $0.writeTimeLimit = .seconds(60)
      }
    }
    folder = try TemporaryFolder("shop")
    identity = try await .start(clock: clock, keyRing: ring, adjustDatabase: disk("identity"))
    loyalty = try await .start(clock: clock, keyRing: ring, adjustDatabase: disk("loyalty"))
    campaign = try await .start(clock: clock, keyRing: ring, adjustDatabase: disk("campaign"))
    inventory = try await .start(clock: clock, keyRing: ring, adjustDatabase: disk("inventory"))
    wires = Wires(
      identity: SwitchedChannel(identity.channel), loyalty: SwitchedChannel(loyalty.channel),
      campaign: SwitchedChannel(campaign.channel), inventory: SwitchedChannel(inventory.channel))
    gateway = try await Self.startGateway(clock, ring, wires.channels, folder, number: 1)
  }

  /// Another replica, with wires of its own that nobody cuts, but for those that are given.
  func anotherGateway(
    number: UInt64 = 2, inventory inventoryWire: (any RPCChannel)? = nil, loyalty loyaltyWire: (any RPCChannel)? = nil,
    runsRecovery: Bool = false
  ) async throws -> TestService<GatewayApp> {
    let channels: [String: any RPCChannel] = [
      "identity": identity.channel, "loyalty": loyaltyWire ?? loyalty.channel, "campaign": campaign.channel,
      "inventory": inventoryWire ?? inventory.channel,
    ]
    return try await Self.startGateway(clock, ring, channels, folder, number: number, runsRecovery: runsRecovery)
  }

  private static func startGateway(
    _ clock: ManualClock, _ ring: KeyRing, _ channels: [String: any RPCChannel], _ folder: TemporaryFolder, number: UInt64,
    runsRecovery: Bool = false
  ) async throws -> TestService<GatewayApp> {
    var values = settings
    values["quote-keys-file"] = folder.path + "/quote-keys.json"
    // Ids of their own: two replicas must not call two orders alike.
    let ids = TimeOrderedIDs(clock: clock, random: SeededRandomSource(seed: number))
    return try await .start(
      values, clock: clock, ids: ids, random: SeededRandomSource(seed: number), keyRing: ring, channels: channels,
      runsBackgroundWork: runsRecovery)
  }

  func close() async {
    await gateway.app.drained()
    await gateway.stop()
    await identity.stop()
    await loyalty.stop()
    await campaign.stop()
    await inventory.stop()
    folder.remove()
  }

  // MARK: What is in it

  private static let office = Caller(clientID: "office", scopes: [Scope.everything])

  /// Direct calls to the services, as the office makes them to set the shop up and to look into its books.
  var members: IdentityV1.IdentityServiceClient { IdentityV1.IdentityServiceClient(channel: identity.channel) }
  var points: LoyaltyV1.LoyaltyServiceClient { LoyaltyV1.LoyaltyServiceClient(channel: loyalty.channel) }
  var offers: CampaignV1.CampaignServiceClient { CampaignV1.CampaignServiceClient(channel: campaign.channel) }
  var goods: InventoryV1.InventoryServiceClient { InventoryV1.InventoryServiceClient(channel: inventory.channel) }
  var inIdentity: CallOptions { identity.options(as: Self.office) }
  var inLoyalty: CallOptions { loyalty.options(as: Self.office) }
  var inCampaign: CallOptions { campaign.options(as: Self.office) }
  var inInventory: CallOptions { inventory.options(as: Self.office) }

  /// Two stores: "1" sells what is in the customer's hands, "2" only what it has. 100 of each product in both.
  private func stock() async throws {
    let stores = [
      InventoryV1.Store(code: "1", name: "Main Street", timeZone: "America/New_York", currencyCode: "USD", stockPolicy: .allowNegative),
      InventoryV1.Store(code: "2", name: "Web", timeZone: "America/New_York", currencyCode: "USD", stockPolicy: .strict),
      InventoryV1.Store(code: "3", name: "Paris", timeZone: "Europe/Paris", currencyCode: "EUR", stockPolicy: .allowNegative),
    ]
    let storeIDs = try await goods.importStores(.init(requestID: "stores", stores: stores), options: inInventory).storeIDs
    let products = [("milk", "DAIRY"), ("bread", "BAKERY"), ("wine", "DRINKS")].map { sku, department in
      InventoryV1.Product(sku: sku, name: sku.capitalized, department: department, barcodes: ["400\(sku)"])
    }
    let productIDs = try await goods.importProducts(.init(requestID: "products", products: products), options: inInventory).productIDs
    for storeID in storeIDs {
      let lines = productIDs.map { InventoryV1.StockLine(productID: $0, quantity: 100) }
      _ = try await goods.receiveStock(
        .init(requestID: "stock-\(storeID)", storeID: storeID, lines: lines, reason: "opening"), options: inInventory)
    }
    let tiers = [("basic", 0), ("silver", 5_000), ("gold", 15_000), ("platinum", 30_000)].map { code, threshold in
      LoyaltyV1.Tier(code: code, name: code.capitalized, thresholdGrowthValue: Int64(threshold))
    }
    _ = try await points.publishTierScheme(
      .init(requestID: "tiers", scheme: LoyaltyV1.TierScheme(tiers: tiers, windowMonths: 12)), options: inLoyalty)
  }

  func storeID(_ code: String) async throws -> String {
    try await goods.getStore(.init(key: .code(code)), options: inInventory).store?.storeID ?? ""
  }

  func productID(_ sku: String) async throws -> String {
    let found = try await goods.lookUpProducts(.init(keys: [InventoryV1.ProductKey(key: .sku(sku))]), options: inInventory)
    return found.products.first?.product?.productID ?? ""
  }

  /// A member, with `points` to spend.
  func enrol(_ name: String, points count: Int64 = 0) async throws -> String {
    let member = try await members.enrolMember(
      .init(
        requestID: "enrol-\(name)", name: name, phone: "+1415555\(1_000 + abs(name.utf8.reduce(0) { $0 * 31 &+ Int($1) } % 9_000))",
        externalID: name),
      options: inIdentity)
    if count != 0 {
      _ = try await points.adjustPoints(
        .init(requestID: "gift-\(name)", memberID: member.memberID, points: count, reason: "opening balance"), options: inLoyalty)
    }
    return member.memberID
  }

  func balance(_ memberID: String) async throws -> LoyaltyV1.Balance {
    try #require(try await points.getBalance(.init(memberID: memberID), options: inLoyalty).balance)
  }

  func stockLevel(_ sku: String, store: String) async throws -> InventoryV1.StockLevel {
    let request = InventoryV1.ListStockRequest(storeID: try await storeID(store), productIDs: [try await productID(sku)])
    return try #require(try await goods.listStock(request, options: inInventory).levels.first)
  }

  /// 10 % off everything, everywhere.
  @discardableResult
  func publishTenPercent(totalLimit: Int64 = 0) async throws -> CampaignV1.Promotion {
    let promotion = CampaignV1.Promotion(
      name: "Ten percent", benefit: CampaignV1.Benefit(kind: .percentBasisPoints(1_000)),
      conditions: CampaignV1.Conditions(totalLimit: totalLimit))
    let reply = try await offers.publishPromotion(
      .init(requestID: "ten-\(totalLimit)", promotion: promotion), options: inCampaign)
    return try #require(reply.promotion)
  }

  /// One code for 2.00 off, usable once.
  func issueCoupon(_ name: String = "two-off") async throws -> String {
    let template = CampaignV1.CouponTemplate(
      name: name, benefit: CampaignV1.Benefit(kind: .amountOff(TypeV1.Money(200, "USD"))))
    let published = try await offers.publishCouponTemplate(.init(requestID: name, template: template), options: inCampaign)
    let issued = try await offers.issueCoupons(
      .init(requestID: "issue-\(name)", templateID: published.template?.templateID ?? "", count: 1), options: inCampaign)
    return try #require(issued.coupons.first?.code)
  }

  // MARK: Its tills

  /// A till with a key of its own, at the first gateway or at another.
  func till(
    _ scopes: [String] = ["pos.checkout", "pos.return", "pos.read"], stores: [String] = [], at replica: TestService<GatewayApp>? = nil
  ) async throws -> Till {
    let clients = IdentityV1.ApiClientServiceClient(channel: identity.channel)
    let reply = try await clients.createApiClient(
      .init(requestID: UUID().uuidString, displayName: "till", scopes: scopes, storeIDs: stores), options: inIdentity)
    return Till(channel: (replica ?? gateway).channel, apiKey: reply.apiKey, clientID: reply.client?.clientID ?? "")
  }
}

/// Opens a shop, runs `body`, and expects that the books agree afterwards, whatever was refused or cut on the way.
func withShop(
  at date: Date = ManualClock.start, smallDisk: String = "", _ body: (Shop) async throws -> Void
) async throws {
  let shop = try await Shop.open(at: date, smallDisk: smallDisk)
  do {
    try await body(shop)
    #expect(try await shop.differences() == [])
  } catch {
    await shop.close()
    throw error
  }
  await shop.close()
}
