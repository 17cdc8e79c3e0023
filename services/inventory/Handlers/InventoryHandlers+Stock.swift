import Database
import PatronAPI
import RPC
import ServiceKit

extension InventoryHandlers {
  func receiveStock(
    _ request: InventoryV1.ReceiveStockRequest, context: ServerContext
  ) async throws -> InventoryV1.ReceiveStockResponse {
    try context.requireWriting()
    try context.caller.require(storeID: request.storeID)
    let lines = try StockMessages.decode(request)
    let time = clock.now()
    let receiptID = ids.next("rcp")
    let event = InventoryEvents.stockReceived(request, receiptID: receiptID, eventID: ids.next("evt"), time: time)
    let origin = StockStore.Origin(
      clientID: context.caller.clientID, staffID: context.caller.staffID, orderID: nil, reason: request.reason, time: time)
    return try await commands.run(request, context, locking: InventoryLocks.order) { transaction in
      guard let store = try RetailStoreStore.find(id: request.storeID, in: transaction) else {
        throw InventoryRefusal.storeNotFound(key: request.storeID)
      }
      let missing = try ProductStore.missing(of: lines.map(\.productID), in: transaction)
      guard missing.isEmpty else { throw InventoryRefusal.productNotFound(productIDs: missing) }
      let levels = try StockStore.receive(
        lines, receiptID: receiptID, at: store.storeID, policy: store.stockPolicy, origin: origin, in: transaction)
      try transaction.append(event)
      return InventoryV1.ReceiveStockResponse(levels: levels.map(StockMessages.encode), receiptID: receiptID)
    }
  }

  /// A product that the store never had has a level of zero where it is asked for by id, and none in the list of all.
  func listStock(
    _ request: InventoryV1.ListStockRequest, context: ServerContext
  ) async throws -> InventoryV1.ListStockResponse {
    try context.requireReading()
    try context.caller.require(storeID: request.storeID)
    try StockMessages.check(request)
    return request.productIDs.isEmpty ? try await listAllStock(request, context) : try await listStockOfProducts(request, context)
  }

  private func listAllStock(
    _ request: InventoryV1.ListStockRequest, _ context: ServerContext
  ) async throws -> InventoryV1.ListStockResponse {
    let list = "inventory.stock store=\(request.storeID)"
    let page = try PageRequest(size: request.pageSize, token: request.pageToken, list: list)
    let after = try page.after.map { try PagePosition.text($0) } ?? ""
    let levels = try await database.read(for: context) { snapshot in
      try requireStore(request.storeID, in: snapshot)
      return try StockStore.levels(at: request.storeID, after: after, limit: page.size + 1, in: snapshot)
    }
    let (shown, next) = page.cut(levels, list: list) { [.text($0.productID)] }
    return InventoryV1.ListStockResponse(levels: shown.map(StockMessages.encode), nextPageToken: next)
  }

  private func listStockOfProducts(
    _ request: InventoryV1.ListStockRequest, _ context: ServerContext
  ) async throws -> InventoryV1.ListStockResponse {
    let levels = try await database.read(for: context) { snapshot in
      try requireStore(request.storeID, in: snapshot)
      let missing = try ProductStore.missing(of: request.productIDs, in: snapshot)
      guard missing.isEmpty else { throw InventoryRefusal.productNotFound(productIDs: missing) }
      return try request.productIDs.map { productID in
        try StockStore.level(of: productID, at: request.storeID, in: snapshot)
          ?? StockLevel(storeID: request.storeID, productID: productID, onHand: 0, held: 0)
      }
    }
    return InventoryV1.ListStockResponse(levels: levels.map(StockMessages.encode))
  }

  private func requireStore(_ storeID: String, in snapshot: some Queryable) throws {
    guard try RetailStoreStore.find(id: storeID, in: snapshot) != nil else {
      throw InventoryRefusal.storeNotFound(key: storeID)
    }
  }
}
