import Foundation
import PatronAPI
import RPC
import ServiceKit
import ServiceTesting
import Testing

@testable import Gateway

/// Who may call what, for which store.
@Suite struct AccessTests {
  private let basket = GatewayV1.Basket.at("1", [.of("milk", 500)])

  private func call(_ shop: Shop, authorization: String?) async throws -> GatewayV1.QuoteResponse {
    var options = CallOptions()
    if let authorization { options.metadata.append("authorization", authorization) }
    return try await GatewayV1.PointOfSaleServiceClient(channel: shop.gateway.channel)
      .quote(GatewayV1.QuoteRequest(basket: basket), options: options)
  }

  // MARK: Keys

  @Test func aCallWithoutAKnownKeyIsUnauthenticated() async throws {
    try await withShop { shop in
      await expectRefusal(.unauthenticated, "API_KEY_MISSING") { try await call(shop, authorization: nil) }
      await expectRefusal(.unauthenticated, "API_KEY_MISSING") { try await call(shop, authorization: "Basic dXNlcg==") }
      await expectRefusal(.unauthenticated, "API_KEY_MISSING") { try await call(shop, authorization: "Bearer") }
      await expectRefusal(.unauthenticated, "API_KEY_UNKNOWN") { try await call(shop, authorization: "Bearer pk_stranger") }
      let till = try await shop.till()
      _ = try await call(shop, authorization: "bearer  \(till.apiKey)")
    }
  }

  @Test func identityThatIsDownIsNoWrongKey() async throws {
    try await withShop { shop in
      let till = try await shop.till()
      shop.wires.identity.set(.down)
      await expectRefusal(.unavailable, "IDENTITY_UNAVAILABLE") { try await till.quote(basket) }
      shop.wires.identity.repair()
      _ = try await till.quote(basket)
    }
  }

  @Test func identitysWordOnAKeyIsBelievedForThirtySecondsAtMost() async throws {
    try await withShop { shop in
      let till = try await shop.till()
      let method = IdentityV1.ApiClientServiceMethods.authenticateApiClient
      for _ in 0..<3 { _ = try await till.quote(basket) }
      #expect(shop.wires.identity.calls(of: method) == 1)
      let clients = IdentityV1.ApiClientServiceClient(channel: shop.identity.channel)
      _ = try await clients.revokeApiClient(.init(requestID: "revoke", clientID: till.clientID), options: shop.inIdentity)
      shop.clock.advance(by: .milliseconds(29_999))
      _ = try await till.quote(basket)
      shop.clock.advance(by: .milliseconds(1))
      await expectRefusal(.unauthenticated, "API_KEY_REVOKED") { try await till.quote(basket) }
    }
  }

  @Test func anUnknownKeyAsksIdentityOnceForAWhile() async throws {
    try await withShop { shop in
      let method = IdentityV1.ApiClientServiceMethods.authenticateApiClient
      for _ in 0..<5 { await expectRefusal(.unauthenticated, "API_KEY_UNKNOWN") { try await call(shop, authorization: "Bearer pk_x") } }
      #expect(shop.wires.identity.calls(of: method) == 1)
      shop.clock.advance(by: .seconds(2))
      await expectRefusal(.unauthenticated, "API_KEY_UNKNOWN") { try await call(shop, authorization: "Bearer pk_x") }
      #expect(shop.wires.identity.calls(of: method) == 2)
    }
  }

  // MARK: Scopes

  @Test func everyMethodThatIsServedAsksForItsScopeAndNamesIt() async throws {
    try await withShop { shop in
      for access in MethodAccess.all {
        let others = Set(MethodAccess.all.flatMap(\.scopes)).subtracting(access.scopes)
        let till = try await shop.till(others.sorted())
        do {
          _ = try await till.channel.unary(access.method, request: [], options: till.options)
          Issue.record("\(access.method.path) was answered without its scope")
        } catch let error as RPCError {
          #expect(error.code == .permissionDenied && error.reason == "SCOPE_MISSING", "\(access.method.path): \(error)")
          #expect(error.metadata["scope"] == access.scopes.joined(separator: " or "))
        }
      }
    }
  }

  @Test func everyMethodThatIsServedHasARow() async throws {
    try await withShop { shop in
      let served = shop.gateway.app.services.flatMap(\.methods).map(\.descriptor.path)
      let closed = served.filter { MethodAccess.of($0) == nil }
      #expect(closed.isEmpty && served.count == MethodAccess.all.count, "\(closed)")
    }
  }

  @Test func aMethodWithoutARowIsClosedToEveryKey() async throws {
    try await withShop { shop in
      let till = try await shop.till(["*"])
      let door = try #require(shop.gateway.app.callerAuthenticator)
      let method = MethodDescriptor(service: Till.Methods.quote.service, method: "Forgotten", kind: .unary)
      func caller(of method: MethodDescriptor) async throws -> String {
        try await door.caller(of: ServerContext(method: method, metadata: till.options.metadata)).clientID
      }
      #expect(try await caller(of: Till.Methods.quote) == till.clientID)
      let refusal = await #expect(throws: Refusal.self) { try await caller(of: method) }
      #expect(refusal?.code == .permissionDenied && refusal?.reason == "METHOD_CLOSED")
    }
  }

  @Test func aTillWithoutTheScopeSellsNothing() async throws {
    try await withShop { shop in
      let till = try await shop.till(["pos.read"])
      await expectRefusal(.permissionDenied, "SCOPE_MISSING") { try await till.checkout("sale", basket, [.cash(500)]) }
      #expect(try await shop.stockLevel("milk", store: "1").onHand == 100)
    }
  }

  @Test func theScopeOfEverythingIsEnoughForEverything() async throws {
    try await withShop { shop in
      let till = try await shop.till(["*"])
      let order = try await till.checkout("sale", basket, [.cash(500)]).order
      _ = try await till.takeBack("return", order?.orderID ?? "")
    }
  }

  // MARK: Stores

  @Test func aClientThatIsBoundToAStoreActsForThatOneOnly() async throws {
    try await withShop { shop in
      let bound = try await shop.till(stores: [try await shop.storeID("2")])
      let free = try await shop.till()
      let own = GatewayV1.Basket.at("2", [.of("milk", 500)])
      await expectRefusal(.permissionDenied, "STORE_NOT_ALLOWED") { try await bound.quote(basket) }
      await expectRefusal(.permissionDenied, "STORE_NOT_ALLOWED") { try await bound.checkout("sale", basket, [.cash(500)]) }
      await expectRefusal(.permissionDenied, "STORE_NOT_ALLOWED") { try await bound.begin("begin", basket) }
      let other = try #require(try await free.checkout("sale", basket, [.cash(500)]).order)
      await expectRefusal(.permissionDenied, "STORE_NOT_ALLOWED") { try await bound.order(other.orderID) }
      await expectRefusal(.permissionDenied, "STORE_NOT_ALLOWED") { try await bound.takeBack("return", other.orderID) }
      await expectRefusal(.permissionDenied, "STORE_NOT_ALLOWED") {
        try await bound.service.listOrders(.init(storeID: other.storeID), options: bound.options)
      }
      let sold = try #require(try await bound.checkout("sale", own, [.cash(500)]).order)
      // Without a store named, its own is meant.
      let listed = try await bound.service.listOrders(.init(), options: bound.options).orders
      #expect(listed.map(\.orderID) == [sold.orderID])
      #expect(try await free.service.listOrders(.init(), options: free.options).orders.count == 2)
    }
  }

  @Test func aQuoteForAStoreThatTheClientMayNoLongerActForIsNotUsed() async throws {
    try await withShop { shop in
      let both = try await shop.till(stores: [try await shop.storeID("1"), try await shop.storeID("2")])
      await expectRefusal(.permissionDenied, "STORE_NOT_ALLOWED", "which of the two is not said") {
        try await both.service.listOrders(.init(), options: both.options)
      }
      _ = try await both.checkout("sale", basket, [.cash(500)], quote: try await both.quote(basket).quoteToken)
    }
  }
}
