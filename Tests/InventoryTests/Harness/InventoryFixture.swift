import Database
import Foundation
import GoogleProto
import PatronAPI
import RPC
import ServiceKit
import ServiceTesting
import Testing

@testable import Inventory

/// The service on a real database over the in-process channel, with a strict store, one that allows negative stock, and products of 10.00 each.
struct InventoryFixture {
  static let currency = "USD"
  static let productCount = 5
  static let unitPrice: Int64 = 1_000

  let service: TestService<InventoryApp>
  let strictStoreID: String
  let lenientStoreID: String
  let productIDs: [String]

  var inventory: InventoryV1.InventoryServiceClient { InventoryV1.InventoryServiceClient(channel: service.channel) }
  var saga: InventoryV1.OrderSagaServiceClient { InventoryV1.OrderSagaServiceClient(channel: service.channel) }
  var now: Date { service.clock.now() }

  /// - Parameter maximumPageCount: The pages that the disk has room for; nil for no limit.
  static func start(
    maximumPageCount: Int? = nil, adjusting: @escaping @Sendable (inout DatabaseConfiguration) -> Void = { _ in }
  ) async throws -> InventoryFixture {
    let service = try await TestService<InventoryApp>.start(adjustDatabase: {
      $0.maximumPageCount = maximumPageCount
      // The largest order, twice and unoptimised on a busy machine, takes its time.
      $0.writeTimeLimit = .seconds(300)
      adjusting(&$0)
    })
    let client = InventoryV1.InventoryServiceClient(channel: service.channel)
    let stores = try await client.importStores(
      .init(requestID: "fixture", stores: [store("S", .strict), store("L", .allowNegative)]))
    let products = try await client.importProducts(
      .init(requestID: "fixture", products: (1...productCount).map(product)))
    return InventoryFixture(
      service: service, strictStoreID: stores.storeIDs[0], lenientStoreID: stores.storeIDs[1],
      productIDs: products.productIDs)
  }

  /// Runs `body` on a fresh service and stops it, whether or not `body` throws. Verify finds nothing afterwards, whatever the
  /// test did: no test leaves books that do not add up.
  static func with(
    maximumPageCount: Int? = nil, _ body: (InventoryFixture) async throws -> Void
  ) async throws {
    let fixture = try await start(maximumPageCount: maximumPageCount)
    do {
      try await body(fixture)
      #expect(try await fixture.saga.verify(.init()).differences == [])
    } catch {
      await fixture.service.stop()
      throw error
    }
    await fixture.service.stop()
  }

  static func store(_ code: String, _ policy: InventoryV1.StockPolicy) -> InventoryV1.Store {
    InventoryV1.Store(
      code: code, name: "Store \(code)", timeZone: "America/New_York", currencyCode: currency, stockPolicy: policy)
  }

  static func product(_ number: Int) -> InventoryV1.Product {
    InventoryV1.Product(
      sku: "sku-\(number)", name: "Product \(number)", department: "GROCERY", brand: "National", category: "SOUP",
      barcodes: ["49000\(number)"], price: TypeV1.Money(unitPrice, currency))
  }

  // MARK: Stock

  func receive(_ quantity: Int64, of productID: String, at storeID: String, requestID: String = "receipt") async throws {
    _ = try await inventory.receiveStock(
      .init(
        requestID: "\(requestID) \(storeID.suffix(4)) \(productID.suffix(4))", storeID: storeID,
        lines: [.init(productID: productID, quantity: quantity)], reason: "DELIVERY"))
  }

  func level(of productID: String, at storeID: String) async throws -> InventoryV1.StockLevel {
    try await inventory.listStock(.init(storeID: storeID, productIDs: [productID])).levels[0]
  }

  // MARK: Orders

  func order(_ orderID: String) async throws -> InventoryV1.Order {
    let response = try await inventory.getOrder(.init(orderID: orderID))
    return try #require(response.order)
  }

  func record(_ orderID: String) async throws -> InventoryV1.OrderRecord {
    let response = try await saga.findOrder(.init(key: .orderID(orderID)))
    return try #require(response.record)
  }

  /// An order brought to a state by the calls that a gateway makes.
  func makeOrder(_ state: OrderState, _ sale: SampleSale) async throws {
    _ = try await saga.createOrder(sale.request)
    switch state {
    case .pending: return
    case .committing, .completed: _ = try await saga.decideOrder(sale.commit)
    case .cancelling, .cancelled: _ = try await saga.decideOrder(sale.cancel)
    }
    if state == .completed { _ = try await saga.completeOrder(sale.complete) }
    if state == .cancelled { _ = try await saga.cancelOrder(.init(orderID: sale.orderID)) }
  }

  /// The events of one aggregate, by their types.
  func eventTypes(of aggregateID: String) async throws -> [String] {
    try await service.database.events(after: 0, limit: 1_000).map(\.event).filter { $0.aggregateID == aggregateID }.map(\.type)
  }
}
