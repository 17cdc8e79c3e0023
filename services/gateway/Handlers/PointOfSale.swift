import PatronAPI
import ProtobufC
import RPC
import ServiceKit

/// `patron.gateway.v1.PointOfSaleService`: each method decodes, calls and answers.
///
/// What changes something answers with bytes, since a replay must be the first reply byte for byte, also when that one was
/// written by a newer gateway with fields unknown here.
struct PointOfSale: RPCService {
  static let serviceName = "patron.gateway.v1.PointOfSaleService"

  let shared: SharedCalls
  let opening: CheckoutOpening
  let ending: CheckoutEnding
  let returns: ReturnSaga
  let quoting: Quoting
  let reading: Reading

  private typealias Methods = GatewayV1.PointOfSaleServiceMethods

  var methods: [RPCMethod] {
    [
      .unary(Methods.identifyMember) { try await reading.identifyMember($0, CallChain($1)) },
      .unary(Methods.quote) { try await quoting.quote($0, $1) },
      once(Methods.beginCheckout, terms: { $0.heldTenders.forgetPINs() }, beginCheckout),
      once(Methods.completeCheckout, terms: { $0.tenders.forgetPINs() }, completeCheckout),
      once(Methods.abandonCheckout, abandonCheckout),
      once(Methods.extendCheckout, extendCheckout),
      once(Methods.checkout, terms: { $0.tenders.forgetPINs() }, checkout),
      once(Methods.`return`, takeBack),
      .unary(Methods.getOrder) { try await reading.getOrder($0, CallChain($1)) },
      .unary(Methods.listOrders) { try await reading.listOrders($0, CallChain($1)) },
    ]
  }

  /// A method that takes effect once for each (client, method, request id), and whose identical calls under way are one.
  ///
  /// - Parameter terms: Takes out of a request what is no term of it. A PIN only proves who may spend; a hash of it, kept for ever, would let
  ///   whoever reads the orders try all PINs there are.
  private func once<Request: RequestIdentified>(
    _ method: MethodDescriptor, terms: @escaping @Sendable (inout Request) -> Void = { _ in },
    _ answer: @escaping @Sendable (Request, InventoryV1.RequestKey, CallChain) async throws -> [UInt8]
  ) -> RPCMethod {
    .rawUnary(method) { bytes, context in
      let request: Request = try CallCodec.decodeRequest(bytes)
      var compared = request
      terms(&compared)
      let key = try RequestFingerprint.key(of: compared, context)
      let chain = CallChain(context)
      return try await shared.run(key, deadline: context.deadline) { deadline in
        try await answer(request, key, chain.until(deadline))
      }
    }
  }

  // MARK: Opening

  private func checkout(
    _ request: GatewayV1.CheckoutRequest, _ key: InventoryV1.RequestKey, _ chain: CallChain
  ) async throws -> [UInt8] {
    try await opening.answer(
      CheckoutOpening.Request(
        basket: request.basket ?? GatewayV1.Basket(), quoteToken: request.quoteToken, tenders: request.tenders,
        tendersField: "tenders"),
      CheckoutSaga.Call(
        kind: .checkout, key: key, tenders: request.tenders, usesQuote: !request.quoteToken.isEmpty, chain: chain))
  }

  private func beginCheckout(
    _ request: GatewayV1.BeginCheckoutRequest, _ key: InventoryV1.RequestKey, _ chain: CallChain
  ) async throws -> [UInt8] {
    try await opening.answer(
      CheckoutOpening.Request(
        basket: request.basket ?? GatewayV1.Basket(), quoteToken: request.quoteToken, tenders: request.heldTenders,
        tendersField: "held_tenders"),
      CheckoutSaga.Call(
        kind: .begin, key: key, tenders: request.heldTenders, usesQuote: !request.quoteToken.isEmpty, chain: chain))
  }

  // MARK: Ending

  private func completeCheckout(
    _ request: GatewayV1.CompleteCheckoutRequest, _ key: InventoryV1.RequestKey, _ chain: CallChain
  ) async throws -> [UInt8] {
    try RequestRules.checkOrderID(request.orderID)
    return try await ending.complete(orderID: request.orderID, tenders: request.tenders, key, chain)
  }

  private func abandonCheckout(
    _ request: GatewayV1.AbandonCheckoutRequest, _ key: InventoryV1.RequestKey, _ chain: CallChain
  ) async throws -> [UInt8] {
    try RequestRules.checkOrderID(request.orderID)
    return try await ending.abandon(orderID: request.orderID, key, chain)
  }

  private func extendCheckout(
    _ request: GatewayV1.ExtendCheckoutRequest, _ key: InventoryV1.RequestKey, _ chain: CallChain
  ) async throws -> [UInt8] {
    try RequestRules.checkOrderID(request.orderID)
    return try await ending.extend(orderID: request.orderID, requestID: request.requestID, key, chain)
  }

  // MARK: Returning

  private func takeBack(
    _ request: GatewayV1.ReturnRequest, _ key: InventoryV1.RequestKey, _ chain: CallChain
  ) async throws -> [UInt8] {
    try await returns.answer(try RequestRules.returned(request), key, chain)
  }
}

extension [TypeV1.Tender] {
  fileprivate mutating func forgetPINs() {
    for index in indices { self[index].pin = "" }
  }
}
