import Foundation
import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Gateway

/// A checkout in two calls, with the card terminal between them.
@Suite struct BeginCompleteTests {
  private let basket = GatewayV1.Basket.at("2", [.of("wine", 2_000, quantity: 2)])

  @Test func everythingIsHeldWhileTheTillTakesTheMoneyAndPostedWhenItCompletes() async throws {
    try await withShop { shop in
      let till = try await shop.till()
      let member = try await shop.enrol("ann", points: 300)
      let coupon = try await shop.issueCoupon()
      let basket = GatewayV1.Basket.at("2", member: member, [.of("wine", 2_000, quantity: 2)], coupons: [coupon])
      let began = try await till.begin("begin", basket, held: [.points(300)])
      let order = try #require(began.order)
      #expect(order.state == .pending)
      #expect(order.holdExpireTime?.date == shop.clock.now().addingTimeInterval(900))
      #expect(began.remainingAmount == TypeV1.Money(1_500, "USD"))
      #expect(try await shop.balance(member).heldPoints == 300)
      #expect(try await shop.stockLevel("wine", store: "2").held == 2)

      await expectRefusal(.failedPrecondition, "COUPON_USED", "a held coupon is used") {
        try await till.begin("begin-2", basket)
      }
      let receipt = try await till.complete("complete", order.orderID, [.card(1_500)])
      #expect(receipt.order?.tenders.map(\.kind) == [.points, .card])
      #expect(receipt.balance?.heldPoints == 0)
      #expect(try await shop.balance(member).spendablePoints == 15)
      #expect(try await shop.stockLevel("wine", store: "2").onHand == 98)
      #expect(try await shop.stockLevel("wine", store: "2").held == 0)
    }
  }

  @Test func anAbandonedCheckoutGivesEverythingBack() async throws {
    try await withShop { shop in
      let till = try await shop.till()
      let member = try await shop.enrol("ann", points: 300)
      let coupon = try await shop.issueCoupon()
      let basket = GatewayV1.Basket.at("2", member: member, [.of("wine", 2_000)], coupons: [coupon])
      let orderID = try #require(try await till.begin("begin", basket, held: [.points(300)]).order?.orderID)
      let abandoned = try await till.abandon("abandon", orderID)
      #expect(abandoned.state == .cancelled)
      #expect(abandoned.cancelReason == "ABANDONED")
      #expect(try await shop.balance(member).spendablePoints == 300)
      #expect(try await shop.stockLevel("wine", store: "2").held == 0)
      await expectRefusal(.failedPrecondition, "ORDER_CANCELLED") { try await till.complete("complete", orderID, [.cash(1_500)]) }
      // The coupon is free again, and abandoning what is abandoned changes nothing.
      #expect(try await till.abandon("abandon-again", orderID).state == .cancelled)
      _ = try await till.checkout("sale", basket, [.points(300), .cash(1_500)])
    }
  }

  @Test func aCompletedCheckoutIsNeitherCompletedAgainNorAbandoned() async throws {
    try await withShop { shop in
      let till = try await shop.till()
      let orderID = try #require(try await till.begin("begin", basket).order?.orderID)
      _ = try await till.complete("complete", orderID, [.cash(2_000)])
      await expectRefusal(.failedPrecondition, "ORDER_COMPLETED") { try await till.complete("again", orderID, [.cash(2_000)]) }
      await expectRefusal(.failedPrecondition, "ORDER_COMPLETED") { try await till.abandon("abandon", orderID) }
      await expectRefusal(.failedPrecondition, "ORDER_NOT_OPEN") { try await till.extend("extend", orderID) }
    }
  }

  @Test func theMoneyAndThePointsHeldSumToTheAmountDue() async throws {
    try await withShop { shop in
      let till = try await shop.till()
      let member = try await shop.enrol("ann", points: 300)
      let basket = GatewayV1.Basket.at("2", member: member, [.of("wine", 2_000)])
      let orderID = try #require(try await till.begin("begin", basket, held: [.points(300)]).order?.orderID)
      await expectRefusal(.invalidArgument, "TENDERS_SHORT") { try await till.complete("c-1", orderID, [.cash(1_699)]) }
      await expectRefusal(.invalidArgument, "TENDERS_OVER") { try await till.complete("c-2", orderID, [.cash(2_000)]) }
      await expectRefusal(.failedPrecondition, "POINTS_NOT_HELD") {
        try await till.complete("c-3", orderID, [.points(100), .cash(1_600)])
      }
      await expectRefusal(.invalidArgument, "INVALID_FIELDS") { try await till.begin("b-2", basket, held: [.cash(100)]) }
      await expectRefusal(.invalidArgument, "TENDERS_OVER") { try await till.begin("b-3", basket, held: [.points(2_001)]) }
      _ = try await till.complete("c-4", orderID, [.cash(1_700, handing: 2_000)])
    }
  }

  @Test func aCheckoutBelongsToTheClientThatBeganIt() async throws {
    try await withShop { shop in
      let till = try await shop.till()
      let stranger = try await shop.till()
      let orderID = try #require(try await till.begin("begin", basket).order?.orderID)
      await expectRefusal(.notFound, "ORDER_UNKNOWN") { try await stranger.complete("c", orderID, [.cash(2_000)]) }
      await expectRefusal(.notFound, "ORDER_UNKNOWN") { try await stranger.abandon("a", orderID) }
      await expectRefusal(.notFound, "ORDER_UNKNOWN") { try await stranger.extend("e", orderID) }
      await expectRefusal(.notFound, "ORDER_UNKNOWN") { try await till.complete("c", "ord_none", [.cash(2_000)]) }
      _ = try await till.abandon("a", orderID)
    }
  }

  @Test func anExtensionCountsFromItsOwnInstantAndARepeatFromTheFirsts() async throws {
    try await withShop { shop in
      let till = try await shop.till()
      let orderID = try #require(try await till.begin("begin", basket).order?.orderID)
      shop.clock.advance(by: .seconds(600))
      let until = shop.clock.now().addingTimeInterval(900)
      #expect(try await till.extend("extend", orderID).holdExpireTime?.date == until)
      shop.clock.advance(by: .seconds(60))
      #expect(try await till.extend("extend", orderID).holdExpireTime?.date == until)
      shop.clock.advance(by: .seconds(839))
      try await shop.gateway.app.recoverOnce()
      _ = try await till.complete("complete", orderID, [.cash(2_000)])
    }
  }

  @Test func aCheckoutExpiresAtTheInstantThatItNamesAndNotBefore() async throws {
    try await withShop { shop in
      let till = try await shop.till()
      let member = try await shop.enrol("ann", points: 300)
      let basket = GatewayV1.Basket.at("2", member: member, [.of("wine", 2_000)])
      let order = try #require(try await till.begin("begin", basket, held: [.points(300)]).order)
      let expiry = try #require(order.holdExpireTime?.date)
      shop.clock.set(expiry.addingTimeInterval(-0.000_001))
      #expect(try await shop.gateway.app.recoverOnce() == 0)
      #expect(try await till.order(order.orderID).state == .pending)

      shop.clock.set(expiry)
      #expect(try await shop.gateway.app.recoverOnce() == 1)
      let cancelled = try await till.order(order.orderID)
      #expect(cancelled.state == .cancelled)
      #expect(cancelled.cancelReason == "EXPIRED")
      #expect(try await shop.balance(member).spendablePoints == 300)
      await expectRefusal(.failedPrecondition, "ORDER_CANCELLED") { try await till.complete("c", order.orderID, [.cash(1_700)]) }
      // What Begin answered, it answers for ever.
      #expect(try await till.begin("begin", basket, held: [.points(300)]).order?.orderID == order.orderID)
    }
  }

  @Test func moneyThatWasTakenPastTheExpiryStillCompletesWhatNobodyCancelled() async throws {
    try await withShop { shop in
      let till = try await shop.till()
      let order = try #require(try await till.begin("begin", basket).order)
      shop.clock.advance(by: .seconds(3_600))
      #expect(try await till.complete("complete", order.orderID, [.card(2_000)]).order?.state == .completed)
      #expect(try await shop.gateway.app.recoverOnce() == 0)
    }
  }
}
