import Database
import PatronAPI
import RPC
import ServiceKit

extension OrderSagaHandlers {
  /// Key, quote, stock and order are one transaction: nothing is checked in one and taken in another.
  func createOrder(
    _ request: InventoryV1.CreateOrderRequest, context: ServerContext
  ) async throws -> InventoryV1.CreateOrderResponse {
    try context.requireSaga()
    let key = try sagaKeys.decode(request.key, "key")
    let order = try OrderRequest.decode(request, time: clock.now())
    let (stored, created) = try await transact(.createOrder, context) { transaction in
      if let found = try Self.begun(by: key, in: transaction) { return (found, false) }
      guard try Self.write(order, key: key, in: transaction) else {
        // Another order has its id or its quote: of the same call, perhaps, which was under way when this one looked.
        if let found = try Self.begun(by: key, in: transaction) { return (found, false) }
        throw try OrderStore.refusal(of: order, in: transaction)
      }
      return (try OrderStore.reload(order.orderID, in: transaction), true)
    }
    return InventoryV1.CreateOrderResponse(record: try OrderMessages.record(stored), created: created)
  }

  private static func begun(by key: SagaKey, in transaction: Transaction) throws -> StoredOrder? {
    guard let found = try SagaKeyStore.find(key, [.beganOrder], in: transaction) else { return nil }
    try OrderStore.require(found.orderID, in: transaction)
    return try OrderStore.reload(found.orderID, in: transaction)
  }

  /// False when there is an order of that id, or one that uses the quote; nothing is written then.
  private static func write(_ order: NewOrder, key: SagaKey, in transaction: Transaction) throws -> Bool {
    guard let store = try RetailStoreStore.find(id: order.storeID, in: transaction) else {
      throw InventoryRefusal.storeNotFound(key: order.storeID)
    }
    guard store.currencyCode == order.currencyCode else {
      throw InventoryRefusal.currencyMismatch(expected: store.currencyCode, found: order.currencyCode)
    }
    let missing = try ProductStore.missing(of: order.lines.compactMap(\.productID), in: transaction)
    guard missing.isEmpty else { throw InventoryRefusal.productNotFound(productIDs: missing) }
    guard try OrderStore.insert(order, in: transaction) else { return false }
    // Before any stock: the same call at another replica waits here, and never finds that the goods went to itself.
    try SagaKeyStore.claim(key, for: .beganOrder, orderID: order.orderID, in: transaction)
    let oversold = try StockStore.hold(
      order.lines.compactMap(\.goods), at: store.storeID, policy: store.stockPolicy, in: transaction)
    try OrderStore.insertParts(of: order, oversold: oversold, in: transaction)
    return true
  }
}

extension SaleLine {
  /// The goods of the line; nil on an adjustment, which touches no stock.
  fileprivate var goods: StockStore.Line? {
    guard kind == .sale, let productID else { return nil }
    return StockStore.Line(number: number, productID: productID, quantity: quantity)
  }
}
