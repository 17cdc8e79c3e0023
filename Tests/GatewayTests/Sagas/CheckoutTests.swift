import GoogleProto
import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Gateway

@Suite struct CheckoutTests {
  @Test func aMembersBasketIsSoldWithPromotionCouponTaxPointsCashAndChange() async throws {
    try await withShop { shop in
      let till = try await shop.till()
      let member = try await shop.enrol("ann", points: 500)
      try await shop.publishTenPercent()
      let coupon = try await shop.issueCoupon()
      // 60.00 + 4.00 less 10 % is 57.60; the coupon takes 2.00; tax 1.40 comes on top: 57.00.
      let basket = GatewayV1.Basket.at(
        "1", member: member, [.of("wine", 6_000, quantity: 3, tax: 140), .of("milk", 400)], coupons: [coupon])
      let quoted = try await till.quote(basket)
      #expect(quoted.totals?.amountDue == TypeV1.Money(5_700, "USD"))
      #expect(quoted.discounts.count == 2)

      let receipt = try await till.checkout("sale-1", basket, [.points(500), .cash(5_200, handing: 6_000)])
      let order = try #require(receipt.order)
      #expect(order.state == .completed)
      #expect(order.totals == quoted.totals)
      #expect(receipt.change == TypeV1.Money(800, "USD"))
      // Net spend is 55.60 before tax, less 5.00 that points paid: 50 whole dollars.
      #expect(order.pointsEarned == 50)
      #expect(order.pointsSpent == 500)
      #expect(order.lines.reduce(0) { $0 + $1.pointsEarned } == 50)
      #expect(order.lines.reduce(0) { $0 + ($1.customerAmount?.minorUnits ?? 0) } == 5_560)
      #expect(receipt.balance?.spendablePoints == 50)
      #expect(receipt.balance?.tierCode == "silver")
      #expect(receipt.previousTierCode == "basic")
      // Read-your-write at the till.
      #expect(try await shop.balance(member).growthValue == 5_060)
      #expect(try await shop.stockLevel("wine", store: "1").onHand == 97)
      #expect(try await till.order(order.orderID).state == .completed)
    }
  }

  @Test func aBasketNeedsNoMemberAndThenAsksNobodyWhomItDoesNotConcern() async throws {
    try await withShop { shop in
      let till = try await shop.till()
      shop.wires.loyalty.set(.down)
      shop.wires.campaign.set(.down, for: CampaignV1.CampaignHoldServiceMethods.hold)
      let receipt = try await till.checkout("sale-1", .at("1", [.of("milk", 199)]), [.card(199)])
      #expect(receipt.balance == nil)
      #expect(receipt.order?.memberID == "")
      #expect(receipt.order?.pointsEarned == 0)
    }
  }

  @Test func adjustmentLinesNegativeLinesAndTillDiscountsAreRecordedAsTheTillSentThem() async throws {
    try await withShop { shop in
      let till = try await shop.till()
      var exceeded = GatewayV1.BasketLine.of("bread", 189)
      exceeded.tillDiscounts = [
        TypeV1.TillDiscount(kind: .loyalty, amount: TypeV1.Money(101, "USD")),
        TypeV1.TillDiscount(kind: .manufacturerCoupon, amount: TypeV1.Money(50, "USD")),
        TypeV1.TillDiscount(kind: .retailerMatch, amount: TypeV1.Money(50, "USD")),
      ]
      let basket = GatewayV1.Basket.at("1", [.of("milk", 500), exceeded, .adjustment("wine", 20)])
      let order = try #require(try await till.checkout("sale-1", basket, [.cash(468)]).order)
      #expect(order.lines.map { $0.customerAmount?.minorUnits ?? 0 } == [500, -12, -20])
      #expect(order.totals?.manufacturerAmount == TypeV1.Money(70, "USD"))
      #expect(order.totals?.tillDiscountAmount == TypeV1.Money(221, "USD"))
      #expect(try await shop.stockLevel("wine", store: "1").onHand == 100)
    }
  }

  @Test func aBasketThatCostsNothingIsPaidByNoTender() async throws {
    try await withShop { shop in
      let till = try await shop.till()
      var free = GatewayV1.BasketLine.of("milk", 300)
      free.tillDiscounts = [TypeV1.TillDiscount(kind: .manufacturerCoupon, amount: TypeV1.Money(300, "USD"))]
      let order = try #require(try await till.checkout("sale-1", .at("1", [free]), []).order)
      #expect(order.state == .completed)
      #expect(order.totals?.amountDue == TypeV1.Money(0, "USD"))
    }
  }

  @Test func theTillsClockIsDataAndALeapDayIsADay() async throws {
    // 2028-02-29T23:59:59.999999Z, an instant that many a till writes as 1 March.
    let leapDay = GoogleProtobuf.Timestamp(seconds: 1_835_481_599, nanos: 999_999_000)
    try await withShop(at: leapDay.date) { shop in
      let till = try await shop.till()
      let member = try await shop.enrol("leap")
      var basket = GatewayV1.Basket.at("1", member: member, [.of("milk", 5_000)])
      basket.occurredTime = leapDay
      let order = try #require(try await till.checkout("sale-1", basket, [.cash(5_000)]).order)
      #expect(order.occurredTime == leapDay)
      #expect(try await till.order(order.orderID).occurredTime == leapDay)
      #expect(try await shop.balance(member).spendablePoints == 50)
    }
  }

  @Test func aMemberAtAStoreOfAnotherCurrencyBuysAndNeitherEarnsNorSpends() async throws {
    try await withShop { shop in
      let till = try await shop.till()
      let member = try await shop.enrol("ann", points: 100)
      let basket = GatewayV1.Basket.at("3", member: member, [.of("wine", 900, currency: "EUR")])
      let tender = TypeV1.Tender(kind: .cash, amount: TypeV1.Money(900, "EUR"))
      let order = try #require(try await till.checkout("sale-1", basket, [tender]).order)
      #expect(order.memberID == member)
      #expect(order.pointsEarned == 0)
      let points = TypeV1.Tender(kind: .points, amount: TypeV1.Money(100, "EUR"), points: 100)
      await expectRefusal(.failedPrecondition, "POINTS_NOT_ACCEPTED") {
        try await till.checkout("sale-2", basket, [points, TypeV1.Tender(kind: .cash, amount: TypeV1.Money(800, "EUR"))])
      }
    }
  }
}
