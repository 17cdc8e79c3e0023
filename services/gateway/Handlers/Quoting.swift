import GoogleProto
import PatronAPI
import RPC
import ServiceKit

/// Prices a basket and promises the price; holds nothing and writes nothing.
struct Quoting: Sendable {
  let pricer: BasketPricer
  let tokens: QuoteTokens
  let clock: any WallClock
  let ids: any IDGenerator
  let lifetime: Duration

  func quote(_ request: GatewayV1.QuoteRequest, _ context: ServerContext) async throws -> GatewayV1.QuoteResponse {
    let chain = CallChain(context)
    let wire = request.basket ?? GatewayV1.Basket()
    let resolved = try await pricer.resolve(Basket(wire), chain)
    let priced = try await pricer.price(resolved, BasketPricer.Payment(), at: clock.now(), chain)
    let expireTime = clock.now().addingTimeInterval(lifetime.seconds)
    let claims = GatewayV1.QuoteClaims(
      quoteID: ids.next("quo"), clientID: chain.caller.clientID, basketHash: wire.hash,
      priced: priced, expireTime: expireTime)
    return GatewayV1.QuoteResponse(
      quote: GatewayV1.Quote(
        quoteID: claims.quoteID, quoteToken: tokens.token(for: claims), expireTime: claims.expireTime, memberID: priced.memberID,
        lines: priced.lines, totals: priced.totals, discounts: priced.discounts, rejectedCoupons: priced.rejectedCoupons,
        pointsToEarn: priced.earn?.points ?? 0, minorUnitsPerPoint: priced.minorUnitsPerPoint, balance: priced.balance))
  }
}
