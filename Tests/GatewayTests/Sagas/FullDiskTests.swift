import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(10))) struct FullDiskTests {
  @Test(
    "A disk that is full stops the shop and leaves no half of an order", arguments: ["inventory", "loyalty", "campaign", "identity"])
  func fullDisk(service: String) async throws {
    try await withShop(smallDisk: service) { shop in
      let till = try await shop.till()
      let member = try await shop.enrol("ann")
      try await shop.publishTenPercent()
      let basket = GatewayV1.Basket.at("1", member: member, [.of("milk", 500)])
      var sold: Int64 = 0
      var refusal: RPCError?
      for number in 0..<1_200 where refusal == nil {
        do {
          if service == "identity" {
            _ = try await shop.members.enrolMember(
              .init(requestID: "fill-\(number)", name: "member", externalID: "fill-\(number)"), options: shop.inIdentity)
          }
          _ = try await till.checkout("sale-\(number)", basket, [.cash(450)])
          sold += 1
        } catch { refusal = error as? RPCError }
      }
      let told = try #require(refusal, "the disk was not full after 1,200 sales")
      let isDecided = told.code == .unavailable && told.reason == "CHECKOUT_IN_PROGRESS"
      #expect((told.code == .resourceExhausted && told.reason == "STORAGE_FULL") || isDecided, "\(told)")
      await shop.gateway.app.drained()

      // Full before the decision: as if the sale had not been tried. Full past it: the sale stands, and is finished when there is room.
      var open: [InventoryV1.OrderState] = []
      for state in [InventoryV1.OrderState.pending, .committing, .cancelling] {
        open += try await till.service.listOrders(.init(state: state), options: till.options).orders.map(\.state)
      }
      #expect(open.count <= 1)
      #expect(isDecided || open != [.committing], "refused, and yet decided to be sold")
      let milk = try await shop.stockLevel("milk", store: "1")
      #expect(milk.onHand == 100 - sold)
      #expect(milk.held == open.count)
      let isEarned = open == [.committing]
      let balance = try await shop.balance(member)
      #expect([sold * 4, isEarned ? sold * 4 + 4 : sold * 4].contains(balance.spendablePoints))
      #expect(balance.heldPoints == 0)
      let promotion = try await shop.offers.listPromotions(.init(), options: shop.inCampaign).promotions.first
      #expect([sold, isEarned ? sold + 1 : sold].contains(promotion?.committedUses ?? -1))
      #expect((promotion?.heldUses ?? -1) <= open.count)
    }
  }
}
