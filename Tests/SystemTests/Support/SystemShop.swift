import Foundation
import GoogleProto
import PatronAPI
import RPC

/// A small shop that is loaded through the gateway: a store, products, members with points, and a promotion on everything, so that each
/// checkout has a step at every participant.
struct SystemShop: Sendable {
  let storeCode: String
  let skus: [String]
  let cards: [String]
  /// Gift cards with more on them than the tests spend.
  let giftCardNumbers: [String]
  private let channel: any RPCChannel
  private let options: CallOptions

  private static let price: Int64 = 1_250
  static func open(channel: any RPCChannel, metadata: Metadata, mark: String) async throws -> SystemShop {
    let options = CallOptions(timeout: .seconds(20), metadata: metadata)
    let inventory = InventoryV1.InventoryServiceClient(channel: channel)
    let stores = try await inventory.importStores(
      InventoryV1.ImportStoresRequest(
        requestID: "\(mark)-store",
        stores: [
          InventoryV1.Store(
            code: "\(mark)-store", name: "Kill test", timeZone: "UTC", currencyCode: "USD", stockPolicy: .allowNegative)
        ]), options: options)
    let skus = (0..<5).map { "\(mark)-sku-\($0)" }
    let products = try await inventory.importProducts(
      InventoryV1.ImportProductsRequest(
        requestID: "\(mark)-products",
        products: skus.map { InventoryV1.Product(sku: $0, name: $0, department: "GROCERY", brand: "National", category: "TEA") }),
      options: options)
    _ = try await inventory.receiveStock(
      InventoryV1.ReceiveStockRequest(
        requestID: "\(mark)-stock", storeID: stores.storeIDs[0],
        lines: products.productIDs.map { InventoryV1.StockLine(productID: $0, quantity: 100) }, reason: "opening"), options: options)
    _ = try await CampaignV1.CampaignServiceClient(channel: channel).publishPromotion(
      CampaignV1.PublishPromotionRequest(
        requestID: "\(mark)-promotion",
        promotion: CampaignV1.Promotion(
          name: "a tenth off", benefit: CampaignV1.Benefit(kind: .percentBasisPoints(1_000)),
          conditions: CampaignV1.Conditions(
            storeIDs: stores.storeIDs, startDate: TypeV1.Date(year: 2020, month: 1, day: 1),
            endDate: TypeV1.Date(year: 2099, month: 12, day: 31), timeZone: "UTC", totalLimit: 1_000_000))), options: options)
    var cards: [String] = []
    for index in 0..<4 {
      let member = try await IdentityV1.IdentityServiceClient(channel: channel).enrolMember(
        IdentityV1.EnrolMemberRequest(requestID: "\(mark)-member-\(index)", name: "Member \(index)", externalID: "\(mark)-\(index)"),
        options: options)
      _ = try await LoyaltyV1.LoyaltyServiceClient(channel: channel).adjustPoints(
        LoyaltyV1.AdjustPointsRequest(requestID: "\(mark)-points-\(index)", memberID: member.memberID, points: 300, reason: "opening"),
        options: options)
      cards.append(member.cardCode)
    }
    // Letters and digits only.
    let giftCardNumbers = (0..<4).map { index in
      String("\(mark)CARD\(index)000".filter { $0.isASCII && ($0.isLetter || $0.isNumber) }.suffix(32))
    }
    _ = try await LoyaltyV1.StoredValueServiceClient(channel: channel).importGiftCards(
      LoyaltyV1.ImportGiftCardsRequest(
        requestID: "\(mark)-gift-cards", jurisdiction: "US", storeID: stores.storeIDs[0],
        cards: giftCardNumbers.map { LoyaltyV1.GiftCardImport(number: $0, principal: 150_000, bonus: 50_000) }), options: options)
    return SystemShop(
      storeCode: "\(mark)-store", skus: skus, cards: cards, giftCardNumbers: giftCardNumbers, channel: channel,
      options: options)
  }

  /// Orders that are neither COMPLETED nor CANCELLED, and returns that are not RETURNED, by their ids.
  func unfinished() async throws -> [String] {
    let saga = InventoryV1.OrderSagaServiceClient(channel: channel)
    var found: [String] = []
    var token = ""
    repeat {
      let page = try await saga.listOrderRecords(.init(pageSize: 500, pageToken: token), options: options)
      for order in page.orders {
        if order.state != .completed && order.state != .cancelled { found.append("\(order.orderID) \(order.state)") }
        found += order.openReturns.map(\.returnID)
      }
      token = page.nextPageToken
    } while !token.isEmpty
    return found
  }

  /// A part of a basket that one of the gift cards pays.
  func giftCardTender(random: inout SplitMix64) -> TypeV1.Tender {
    TypeV1.Tender(
      kind: .storedValue, amount: TypeV1.Money(currencyCode: "USD", minorUnits: 70),
      cardNumber: giftCardNumbers.randomElement(using: &random)!)
  }

  func basket(till: Int, random: inout SplitMix64) -> GatewayV1.Basket {
    let count = Int.random(in: 1...3, using: &random)
    return GatewayV1.Basket(
      store: .storeCode(storeCode), member: GatewayV1.MemberKey(key: .cardCode(cards.randomElement(using: &random)!)),
      lines: skus.shuffled(using: &random).prefix(count).map { sku in
        let quantity = Int64.random(in: 1...3, using: &random)
        return GatewayV1.BasketLine(
          product: .sku(sku), quantity: quantity, listAmount: TypeV1.Money(currencyCode: "USD", minorUnits: quantity * Self.price))
      }, tillID: "till-\(till)")
  }
}
