import GoogleProto
import PatronAPI
import ProtobufC
import RPC
import Testing

/// A till: an API client with its key, and short words for what tills do.
struct Till: Sendable {
  let channel: any RPCChannel
  let apiKey: String
  let clientID: String

  typealias Methods = GatewayV1.PointOfSaleServiceMethods

  var service: GatewayV1.PointOfSaleServiceClient { GatewayV1.PointOfSaleServiceClient(channel: channel) }
  var options: CallOptions { CallOptions(metadata: ["authorization": "Bearer \(apiKey)"]) }

  /// The same client at another gateway.
  func at(_ channel: any RPCChannel) -> Till { Till(channel: channel, apiKey: apiKey, clientID: clientID) }

  /// The reply in its exact bytes.
  func bytes<Request: ProtobufMessage>(_ method: MethodDescriptor, _ request: Request) async throws -> [UInt8] {
    try await channel.unary(method, request: request.encoded(), options: options).message
  }

  // MARK: Selling

  func checkout(
    _ requestID: String, _ basket: GatewayV1.Basket, _ tenders: [TypeV1.Tender], quote: String = ""
  ) async throws -> GatewayV1.Receipt {
    let request = GatewayV1.CheckoutRequest(requestID: requestID, basket: basket, quoteToken: quote, tenders: tenders)
    return try #require(try await service.checkout(request, options: options).receipt)
  }

  func begin(
    _ requestID: String, _ basket: GatewayV1.Basket, held: [TypeV1.Tender] = [], quote: String = ""
  ) async throws -> GatewayV1.BeginCheckoutResponse {
    try await service.beginCheckout(
      GatewayV1.BeginCheckoutRequest(requestID: requestID, basket: basket, quoteToken: quote, heldTenders: held), options: options)
  }

  func complete(_ requestID: String, _ orderID: String, _ tenders: [TypeV1.Tender]) async throws -> GatewayV1.Receipt {
    let request = GatewayV1.CompleteCheckoutRequest(requestID: requestID, orderID: orderID, tenders: tenders)
    return try #require(try await service.completeCheckout(request, options: options).receipt)
  }

  func abandon(_ requestID: String, _ orderID: String) async throws -> InventoryV1.Order {
    let request = GatewayV1.AbandonCheckoutRequest(requestID: requestID, orderID: orderID)
    return try #require(try await service.abandonCheckout(request, options: options).order)
  }

  func extend(_ requestID: String, _ orderID: String) async throws -> InventoryV1.Order {
    let request = GatewayV1.ExtendCheckoutRequest(requestID: requestID, orderID: orderID)
    return try #require(try await service.extendCheckout(request, options: options).order)
  }

  func quote(_ basket: GatewayV1.Basket) async throws -> GatewayV1.Quote {
    try #require(try await service.quote(GatewayV1.QuoteRequest(basket: basket), options: options).quote)
  }

  // MARK: Taking back

  func takeBack(
    _ requestID: String, _ orderID: String, _ lines: [(Int32, Int64)] = []
  ) async throws -> InventoryV1.OrderReturn {
    let request = GatewayV1.ReturnRequest(
      requestID: requestID, orderID: orderID, lines: lines.map { GatewayV1.ReturnLine(lineNumber: $0.0, quantity: $0.1) },
      reason: "did not fit")
    return try #require(try await service.`return`(request, options: options).orderReturn)
  }

  func order(_ orderID: String) async throws -> InventoryV1.Order {
    try #require(try await service.getOrder(GatewayV1.GetOrderRequest(orderID: orderID), options: options).order)
  }
}

// MARK: What tills send

extension GatewayV1.Basket {
  /// A basket at store `code`.
  static func at(_ code: String, member: String = "", _ lines: [GatewayV1.BasketLine], coupons: [String] = []) -> GatewayV1.Basket {
    GatewayV1.Basket(
      store: .storeCode(code), member: member.isEmpty ? nil : GatewayV1.MemberKey(key: .memberID(member)), lines: lines,
      couponCodes: coupons, tillID: "till-7", staffID: "sam")
  }
}

extension GatewayV1.BasketLine {
  static func of(_ sku: String, _ amount: Int64, quantity: Int64 = 1, tax: Int64 = 0, currency: String = "USD") -> GatewayV1.BasketLine {
    GatewayV1.BasketLine(
      product: .sku(sku), kind: .sale, quantity: quantity, listAmount: TypeV1.Money(amount, currency),
      taxAmount: tax == 0 ? nil : TypeV1.Money(tax, currency))
  }

  /// Takes a manufacturer's coupon off, on a line of its own.
  static func adjustment(_ sku: String, _ amount: Int64) -> GatewayV1.BasketLine {
    GatewayV1.BasketLine(
      product: .sku(sku), kind: .adjustment, quantity: 0, listAmount: TypeV1.Money(0, "USD"),
      tillDiscounts: [TypeV1.TillDiscount(kind: .manufacturerCoupon, amount: TypeV1.Money(amount, "USD"))])
  }
}

extension TypeV1.Tender {
  static func cash(_ amount: Int64, handing tendered: Int64? = nil) -> TypeV1.Tender {
    TypeV1.Tender(kind: .cash, amount: TypeV1.Money(amount, "USD"), tendered: tendered.map { TypeV1.Money($0, "USD") })
  }

  static func card(_ amount: Int64, _ reference: String = "auth-1") -> TypeV1.Tender {
    TypeV1.Tender(kind: .card, amount: TypeV1.Money(amount, "USD"), externalReference: reference)
  }

  /// At a cent a point.
  static func points(_ count: Int64) -> TypeV1.Tender {
    TypeV1.Tender(kind: .points, amount: TypeV1.Money(count, "USD"), points: count)
  }
}

// MARK: What tills are told

/// Expects that `body` is refused with this code and reason.
func expectRefusal(
  _ code: StatusCode, _ reason: String, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () async throws -> some Sendable
) async {
  do {
    let reply = try await body()
    Issue.record("expected \(code)/\(reason), was answered \(reply)", sourceLocation: sourceLocation)
  } catch let error as RPCError {
    #expect(error.code == code && error.reason == reason, "\(error) \(error.details)", sourceLocation: sourceLocation)
  } catch {
    Issue.record("expected \(code)/\(reason), was \(error)", sourceLocation: sourceLocation)
  }
}
