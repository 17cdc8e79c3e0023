import PatronAPI
import ProtobufC
import RPC
import ServiceTesting
import Testing

@testable import Gateway

/// Issue 2, "What bad input gets": each has its canonical code with a reason and leaves no partial effect. Quotes, request ids,
/// returns and services that are down have suites of their own.
@Suite struct BadInputTests {
  /// What of a request is wrong, and so which calls refuse it.
  private enum Fault { case basket, tenders }

  /// Expects that checkout, begin and, where the basket is at fault, quote refuse it alike, and that nothing was written anywhere.
  ///
  /// - Parameter held: The tenders of Begin, where those of Checkout are no such.
  private func refused(
    _ code: StatusCode, _ reason: String, _ basket: GatewayV1.Basket, _ tenders: [TypeV1.Tender] = [.cash(500)],
    of fault: Fault = .basket, held: [TypeV1.Tender] = [], sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    try await withShop { shop in
      let till = try await shop.till()
      let member = try await shop.enrol("ann", points: 1_000)
      let coupon = try await shop.issueCoupon()
      await expectRefusal(code, reason, sourceLocation: sourceLocation) { try await till.checkout("sale", basket, tenders) }
      if fault == .basket || !held.isEmpty {
        await expectRefusal(code, reason, sourceLocation: sourceLocation) { try await till.begin("begin", basket, held: held) }
      }
      if fault == .basket { await expectRefusal(code, reason, sourceLocation: sourceLocation) { try await till.quote(basket) } }
      try await shop.expectUntouched(member: member, points: 1_000, coupon: coupon, sourceLocation: sourceLocation)
    }
  }

  private let milk = GatewayV1.BasketLine.of("milk", 500)

  @Test func anUnknownProductIsNamedByItsLine() async throws {
    try await withShop { shop in
      let till = try await shop.till()
      let basket = GatewayV1.Basket.at("1", [milk, .of("caviar", 1), milk, .of("gold", 1)])
      do {
        _ = try await till.checkout("sale", basket, [.cash(1_002)])
        Issue.record("was sold")
      } catch let error as RPCError {
        #expect(error.code == .notFound)
        #expect(error.reason == "PRODUCT_UNKNOWN")
        #expect(error.metadata["lines"] == "2,4")
        #expect(error.domain == "gateway.patron")
      }
    }
  }

  @Test func anUnknownStore() async throws { try await refused(.notFound, "STORE_UNKNOWN", .at("99", [milk])) }

  @Test func anUnknownMember() async throws { try await refused(.notFound, "MEMBER_UNKNOWN", .at("1", member: "mem_none", [milk])) }

  @Test func anUnknownCoupon() async throws {
    try await withShop { shop in
      let till = try await shop.till()
      let member = try await shop.enrol("ann", points: 1_000)
      let coupon = try await shop.issueCoupon()
      let basket = GatewayV1.Basket.at("1", member: member, [milk], coupons: ["NOSUCHCODE"])
      await expectRefusal(.notFound, "COUPON_UNKNOWN") { try await till.checkout("sale", basket, [.cash(500)]) }
      await expectRefusal(.notFound, "COUPON_UNKNOWN") { try await till.begin("begin", basket) }
      // A quote lists what does not apply.
      #expect(try await till.quote(basket).rejectedCoupons.map(\.reason) == ["COUPON_UNKNOWN"])
      try await shop.expectUntouched(member: member, points: 1_000, coupon: coupon)
    }
  }

  @Test func aMessageOverTheLimit() async throws {
    try await withShop { shop in
      let till = try await shop.till()
      var basket = GatewayV1.Basket.at("1", [milk])
      basket.externalReference = String(repeating: "x", count: 5 * 1024 * 1024)
      do {
        _ = try await till.checkout("sale", basket, [.cash(500)])
        Issue.record("was sold")
      } catch let error as RPCError {
        #expect(error.code == .resourceExhausted && error.reason == "MESSAGE_TOO_LARGE" && error.domain == "rpc.patron")
      }
      #expect(try await shop.orderCount() == 0)
    }
  }

  @Test func aQuantityBelowZero() async throws {
    try await refused(.invalidArgument, "INVALID_FIELDS", .at("1", [.of("milk", 500, quantity: -1)]))
  }

  @Test func aQuantityOfZeroOnALineThatIsNoAdjustment() async throws {
    try await refused(.invalidArgument, "INVALID_FIELDS", .at("1", [.of("milk", 500, quantity: 0)]))
  }

  @Test func theFieldsAtFaultAreListed() async throws {
    try await withShop { shop in
      let till = try await shop.till()
      do {
        _ = try await till.quote(.at("1", [milk, .of("milk", -5, quantity: -1)]))
        Issue.record("was quoted")
      } catch let error as RPCError {
        #expect(error.fieldViolations.map(\.field) == ["basket.lines[1].quantity", "basket.lines[1].list_amount"])
      }
    }
  }

  @Test func amountsWhosePartsDoNotSum() async throws {
    var line = milk
    line.tillDiscounts = [TypeV1.TillDiscount(kind: .loyalty, amount: TypeV1.Money(501, "USD"))]
    try await refused(.invalidArgument, "INVALID_FIELDS", .at("1", [line]))
    try await refused(.invalidArgument, "TENDERS_OVER", .at("1", [milk]), [.cash(300), .card(201)], of: .tenders)
    try await refused(.invalidArgument, "INVALID_FIELDS", .at("1", [milk]), [.cash(500, handing: 499)], of: .tenders)
  }

  @Test func pointsThatDoNotPayWhatTheySay() async throws {
    try await withShop { shop in
      let till = try await shop.till()
      let member = try await shop.enrol("ann", points: 1_000)
      let tender = TypeV1.Tender(kind: .points, amount: TypeV1.Money(500, "USD"), points: 499)
      await expectRefusal(.invalidArgument, "POINTS_AMOUNT_MISMATCH") {
        try await till.checkout("sale", .at("1", member: member, [milk]), [tender])
      }
      await expectRefusal(.invalidArgument, "POINTS_NEED_MEMBER") { try await till.checkout("sale", .at("1", [milk]), [.points(500)]) }
      #expect(try await shop.balance(member).spendablePoints == 1_000)
    }
  }

  @Test func amountsThatWouldOverflow() async throws {
    try await refused(.invalidArgument, "INVALID_FIELDS", .at("1", [.of("milk", .max)]))
    let largest = GatewayV1.BasketLine.of("milk", Amounts.largest)
    try await refused(.invalidArgument, "AMOUNTS_TOO_LARGE", .at("1", [largest, largest]))
  }

  @Test func tendersThatFallShort() async throws {
    try await refused(.invalidArgument, "TENDERS_SHORT", .at("1", [milk]), [.cash(499)], of: .tenders)
    try await refused(.invalidArgument, "TENDERS_SHORT", .at("1", [milk]), [], of: .tenders)
  }

  @Test func storedValueWithoutAnAccount() async throws {
    try await refused(
      .invalidArgument, "INVALID_FIELDS", .at("1", [milk]),
      [TypeV1.Tender(kind: .storedValue, amount: TypeV1.Money(500, "USD"))], of: .tenders)
  }

  @Test func aPriceInAnotherCurrency() async throws {
    try await refused(.invalidArgument, "CURRENCY_MISMATCH", .at("1", [milk, .of("bread", 100, currency: "EUR")]))
    try await refused(
      .invalidArgument, "CURRENCY_MISMATCH", .at("1", [milk]), [TypeV1.Tender(kind: .cash, amount: TypeV1.Money(500, "EUR"))],
      of: .tenders)
  }

  @Test func aBasketThatWouldPayTheCustomer() async throws {
    try await refused(.invalidArgument, "AMOUNT_DUE_NEGATIVE", .at("1", [milk, .adjustment("wine", 501)]), [])
  }

  @Test func aCouponThatDoesNotApplyIsNoSilentLoss() async throws {
    try await withShop { shop in
      let till = try await shop.till()
      let coupon = try await shop.issueCoupon()
      let basket = GatewayV1.Basket.at("1", [.of("milk", 1_000)], coupons: [coupon])
      _ = try await till.checkout("sale-1", basket, [.cash(800)])
      await expectRefusal(.failedPrecondition, "COUPON_USED") { try await till.checkout("sale-2", basket, [.cash(800)]) }
    }
  }

  @Test func aLimitOfOneIsUsedByOneOfMany() async throws {
    // medusa#16097, shopware#11245: of callers at once, a limit gives exactly its number.
    try await withShop { shop in
      let till = try await shop.till()
      let coupon = try await shop.issueCoupon()
      let basket = GatewayV1.Basket.at("1", [.of("milk", 1_000)], coupons: [coupon])
      let sold = await withTaskGroup(of: Bool.self) { group in
        for number in 0..<20 {
          group.addTask { (try? await till.checkout("sale-\(number)", basket, [.cash(800)])) != nil }
        }
        return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(sold == 1)
      #expect(try await shop.stockLevel("milk", store: "1").onHand == 99)
    }
  }

  @Test func aStrictStoreSellsWhatItHasAndATillSellsWhatIsInTheHand() async throws {
    try await withShop { shop in
      let till = try await shop.till()
      await expectRefusal(.failedPrecondition, "INSUFFICIENT_STOCK") {
        try await till.checkout("web", .at("2", [.of("milk", 500, quantity: 101)]), [.cash(500)])
      }
      let order = try await till.checkout("shop", .at("1", [.of("milk", 500, quantity: 101)]), [.cash(500)]).order
      #expect(order?.lines.first?.oversold == true)
      #expect(try await shop.stockLevel("milk", store: "1").onHand == -1)
    }
  }

  @Test func aSuspendedMember() async throws {
    try await withShop { shop in
      let till = try await shop.till()
      let member = try await shop.enrol("ann")
      _ = try await shop.members.updateMember(
        .init(
          requestID: "suspend", member: IdentityV1.Member(memberID: member, state: .suspended), updateMask: .init(paths: ["state"])),
        options: shop.inIdentity)
      await expectRefusal(.failedPrecondition, "MEMBER_SUSPENDED") {
        try await till.checkout("sale", .at("1", member: member, [milk]), [.cash(500)])
      }
    }
  }

  @Test func bytesThatAreNoRequest() async throws {
    try await withShop { shop in
      let till = try await shop.till(["*"], stores: [try await shop.storeID("1")])
      for method in [
        Till.Methods.checkout, Till.Methods.quote, CampaignV1.CampaignServiceMethods.evaluate,
        CampaignV1.CampaignServiceMethods.issueCoupons, LoyaltyV1.LoyaltyServiceMethods.adjustPoints,
      ] {
        do {
          _ = try await till.channel.unary(method, request: [0xFF, 0xFF, 0xFF], options: till.options)
          Issue.record("was answered")
        } catch let error as RPCError {
          #expect(error.code == .invalidArgument && error.reason == "REQUEST_MALFORMED" && error.domain == "rpc.patron", "\(method.path)")
        }
      }
    }
  }

  @Test func anOrderWhoseRecordWouldFitNoMessageIsRefusedBeforeAnythingIsHeld() async throws {
    try await withShop { shop in
      let till = try await shop.till()
      let product = InventoryV1.Product(sku: "long", name: String(repeating: "n", count: 256), department: "GROCERY")
      _ = try await shop.goods.importProducts(.init(requestID: "long", products: [product]), options: shop.inInventory)
      var line = GatewayV1.BasketLine.of("long", 500)
      line.tillDiscounts = Array(repeating: TypeV1.TillDiscount(kind: .loyalty, amount: TypeV1.Money(1, "USD")), count: 16)
      let basket = GatewayV1.Basket.at("1", Array(repeating: line, count: 2_000))
      await expectRefusal(.invalidArgument, "ORDER_TOO_LARGE") { try await till.begin("begin", basket) }
      #expect(try await shop.orderCount() == 0)
      #expect(try await shop.stockLevel("milk", store: "1").held == 0)
    }
  }

  @Test func theLargestBasketIsSold() async throws {
    try await withShop { shop in
      let till = try await shop.till()
      let lines = (0..<2_000).map { GatewayV1.BasketLine.of(["milk", "bread", "wine"][$0 % 3], 100) }
      let receipt = try await till.checkout("sale", .at("1", lines), [.cash(200_000)])
      #expect(receipt.order?.lines.count == 2_000)
      await expectRefusal(.invalidArgument, "INVALID_FIELDS") {
        try await till.checkout("sale-2", .at("1", lines + [milk]), [.cash(200_500)])
      }
    }
  }
}
