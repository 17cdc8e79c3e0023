import PatronAPI
import RPC
import ServiceKit
import ServiceTesting
import Testing

@testable import Inventory

/// Who may do what, where callers are signed.
@Suite struct PermissionTests {
  private static let ring = KeyRing(keyID: "k1", secret: Array(repeating: 7, count: 32))

  @Test func `a caller does what its scopes say and nothing else`() async throws {
    try await with { service in
      let inventory = InventoryV1.InventoryServiceClient(channel: service.channel)
      let saga = InventoryV1.OrderSagaServiceClient(channel: service.channel)
      let reader = options(service, scopes: ["pos.read"])
      _ = try await inventory.listStores(.init(), options: reader)
      await expectRefusal(.permissionDenied, "SCOPE_MISSING") {
        try await inventory.importStores(.init(requestID: "r", stores: []), options: reader)
      }
      await expectRefusal(.permissionDenied, "SCOPE_MISSING") {
        try await saga.findOrder(.init(key: .orderID("ord_1")), options: reader)
      }
      let writer = options(service, scopes: ["catalogue.write"])
      _ = try await inventory.importStores(
        .init(requestID: "r", stores: [InventoryFixture.store("S", .strict)]), options: writer)
      await expectRefusal(.permissionDenied, "SCOPE_MISSING") { try await inventory.listStores(.init(), options: writer) }
      await expectRefusal(.permissionDenied, "SCOPE_MISSING") { try await saga.verify(.init(), options: writer) }
    }
  }

  @Test func `what looks over the saga asks for the operators' scope, which the saga's is not`() async throws {
    try await with { service in
      let looking = [InventoryV1.OrderSagaServiceMethods.listOrderRecords, InventoryV1.OrderSagaServiceMethods.verify]
      for method in looking {
        _ = try await service.channel.unary(method, request: [], options: options(service, scopes: ["operations"]))
        await expectRefusal(.permissionDenied, "SCOPE_MISSING") {
          try await service.channel.unary(method, request: [], options: options(service, scopes: ["saga"]))
        }
      }
    }
  }

  @Test func `each call of the saga asks for the saga's scope`() async throws {
    try await with { service in
      let till = options(service, scopes: ["pos.read", "catalogue.write", "pos.checkout"])
      for method in InventoryV1.OrderSagaServiceMethods.all {
        await expectRefusal(.permissionDenied, "SCOPE_MISSING") {
          try await service.channel.unary(method, request: [], options: till)
        }
      }
    }
  }

  @Test func `a caller that is bound to a store sees and fills that one only`() async throws {
    try await with { service in
      let inventory = InventoryV1.InventoryServiceClient(channel: service.channel)
      let writer = options(service, scopes: ["*"])
      let stores = [InventoryFixture.store("S", .strict), InventoryFixture.store("L", .allowNegative)]
      let storeIDs = try await inventory.importStores(.init(requestID: "r", stores: stores), options: writer).storeIDs
      let products = try await inventory.importProducts(
        .init(requestID: "r", products: [InventoryFixture.product(1)]), options: writer)
      let bound = options(service, scopes: ["pos.read", "catalogue.write"], storeIDs: [storeIDs[0]])
      let line = InventoryV1.StockLine(productID: products.productIDs[0], quantity: 1)
      _ = try await inventory.receiveStock(
        .init(requestID: "own", storeID: storeIDs[0], lines: [line], reason: "DELIVERY"), options: bound)
      _ = try await inventory.listOrders(.init(storeID: storeIDs[0]), options: bound)
      await expectRefusal(.permissionDenied, "STORE_NOT_ALLOWED") {
        try await inventory.receiveStock(
          .init(requestID: "other", storeID: storeIDs[1], lines: [line], reason: "DELIVERY"), options: bound)
      }
      await expectRefusal(.permissionDenied, "STORE_NOT_ALLOWED") {
        try await inventory.listStock(.init(storeID: storeIDs[1]), options: bound)
      }
      // "Any store" would show it the others'.
      await expectRefusal(.permissionDenied, "STORE_NOT_ALLOWED") { try await inventory.listOrders(.init(), options: bound) }
    }
  }

  private func with(_ body: (TestService<InventoryApp>) async throws -> Void) async throws {
    let service = try await TestService<InventoryApp>.start(keyRing: Self.ring)
    do { try await body(service) } catch {
      await service.stop()
      throw error
    }
    await service.stop()
  }

  private func options(
    _ service: TestService<InventoryApp>, scopes: Set<String>, storeIDs: Set<String> = []
  ) -> CallOptions {
    service.options(as: Caller(clientID: "cli_1", scopes: scopes, storeIDs: storeIDs))
  }
}
