import GoogleProto
import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Gateway

/// What loyalty's clauses ask for, a checkout tells: products, store, tier, promotions, tenders, the week of a birthday.
@Suite struct EarnClauseTests {
  private func publish(_ clauses: [LoyaltyV1.EarnClause], caps: LoyaltyV1.EarnCaps? = nil, in shop: Shop) async throws {
    let rule = LoyaltyV1.EarnRule(
      currencyCode: "USD", pointsNumerator: 1, pointsDenominator: 1, expireAfterMonths: 12, timeZone: "America/New_York",
      minorUnitsPerPoint: 1, clauses: clauses, caps: caps)
    _ = try await shop.points.publishEarnRule(.init(requestID: "rule of \(clauses.count)", rule: rule), options: shop.inLoyalty)
  }

  @Test func aCheckoutEarnsByItsProductsStoreTendersAndPromotions() async throws {
    try await withShop { shop in
      let promotion = try await shop.publishTenPercent()
      try await publish(
        [
          .init(name: "no drinks", products: .init(departments: ["DRINKS"]), effect: .exclude(true)),
          .init(name: "bread 4", products: .init(productIDs: [try await shop.productID("bread")]), effect: .pointsNumerator(4)),
          .init(name: "store 1", conditions: .init(storeIDs: [try await shop.storeID("1")]), effect: .bonusPoints(10)),
          .init(name: "card", conditions: .init(tenderKinds: [.card]), effect: .bonusPoints(100)),
          .init(name: "ten percent", conditions: .init(promotionIDs: [promotion.promotionID]), effect: .multiplierPercent(200)),
        ], in: shop)
      let till = try await shop.till()
      let member = try await shop.enrol("ann")
      let basket = GatewayV1.Basket.at("1", member: member, [.of("milk", 1_000), .of("bread", 1_000), .of("wine", 1_000)])
      // Ten percent off each: 9.00 at 1, 9.00 at 4, both doubled, and ten for the store.
      let cash = try await till.checkout("sale-1", basket, [.cash(2_700)])
      #expect(cash.order?.pointsEarned == 100)
      #expect(cash.order?.lines.map(\.pointsEarned) == [23, 77, 0])
      let card = try await till.checkout("sale-2", basket, [.card(1_000), .cash(1_700)])
      #expect(card.order?.pointsEarned == 200)
      // A quote knows no tenders yet; the checkout does.
      let quote = try await till.quote(basket)
      #expect(quote.pointsToEarn == 100)
      try await publish([], in: shop)
      #expect(try await till.checkout("sale-3", basket, [.card(2_700)], quote: quote.quoteToken).order?.pointsEarned == 200)
      #expect(try await shop.balance(member).spendablePoints == 500)
    }
  }

  /// By the order's average, whoever returns what earned much would keep nearly all of it.
  @Test func aReturnTakesBackThePointsOfTheLinesThatComeBack() async throws {
    try await withShop { shop in
      try await publish(
        [
          .init(name: "no drinks", products: .init(departments: ["DRINKS"]), effect: .exclude(true)),
          .init(name: "bread 10", products: .init(productIDs: [try await shop.productID("bread")]), effect: .pointsNumerator(10)),
        ], in: shop)
      let till = try await shop.till()
      let member = try await shop.enrol("ann")
      let basket = GatewayV1.Basket.at("1", member: member, [.of("bread", 1_000), .of("wine", 9_000)])
      let goods = try await till.checkout("sale-1", basket, [.cash(10_000)])
      #expect(goods.order?.lines.map(\.pointsEarned) == [100, 0])
      let orderID = try #require(goods.order?.orderID)
      #expect(try await till.takeBack("return-1", orderID, [(1, 1)]).pointsTakenBack == 100)
      #expect(try await shop.balance(member).spendablePoints == 0)
      #expect(try await till.takeBack("return-2", orderID).pointsTakenBack == 0)
      let drinks = try #require(try await till.checkout("sale-2", basket, [.cash(10_000)]).order?.orderID)
      #expect(try await till.takeBack("return-3", drinks, [(2, 1)]).pointsTakenBack == 0)
      #expect(try await shop.balance(member).spendablePoints == 100)
    }
  }

  @Test func aBirthdayWeekIsAFactAndNoDate() async throws {
    // Monday 2 March 2026.
    try await withShop { shop in
      try await publish([.init(name: "birthday", conditions: .init(birthdayWeek: true), effect: .multiplierPercent(500))], in: shop)
      let till = try await shop.till()
      for (name, day, points) in [("ann", 8, Int64(50)), ("bob", 9, 10), ("cid", 1, 10)] {
        let member = try await shop.members.enrolMember(
          .init(
            requestID: name, name: name, phone: "+1415555200\(day)", birthday: TypeV1.Date(year: 1980, month: 3, day: Int32(day)),
            externalID: name), options: shop.inIdentity
        ).memberID
        let receipt = try await till.checkout("sale-\(name)", .at("1", member: member, [.of("milk", 1_000)]), [.cash(1_000)])
        #expect(receipt.order?.pointsEarned == points, "\(name)")
      }
    }
  }

  @Test func aCapThatAnotherTillUsedUpMakesAQuoteStaleAndTheNextOneSaysWhatIsLeft() async throws {
    try await withShop { shop in
      try await publish([], caps: LoyaltyV1.EarnCaps(dayPoints: 15), in: shop)
      let till = try await shop.till()
      let member = try await shop.enrol("ann")
      let basket = GatewayV1.Basket.at("1", member: member, [.of("milk", 1_000)])
      let quote = try await till.quote(basket)
      #expect(quote.pointsToEarn == 10)
      _ = try await till.checkout("sale-1", basket, [.cash(1_000)])
      await expectRefusal(.failedPrecondition, "QUOTE_STALE", "five are left of the ten that it promised") {
        try await till.checkout("sale-2", basket, [.cash(1_000)], quote: quote.quoteToken)
      }
      let next = try await till.quote(basket)
      #expect(next.pointsToEarn == 5)
      #expect(try await till.checkout("sale-2", basket, [.cash(1_000)], quote: next.quoteToken).order?.pointsEarned == 5)
      #expect(try await till.checkout("sale-3", basket, [.cash(1_000)]).order?.pointsEarned == 0)
    }
  }
}
