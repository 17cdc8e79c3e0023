import Database
import PatronAPI
import RPC
import ServiceKit

extension InventoryHandlers {
  func importStores(
    _ request: InventoryV1.ImportStoresRequest, context: ServerContext
  ) async throws -> InventoryV1.ImportStoresResponse {
    try context.requireWriting()
    let stores = try StoreMessages.decode(request.stores, ids: ids, time: clock.now())
    return try await commands.run(request, context) { transaction in
      InventoryV1.ImportStoresResponse(storeIDs: try RetailStoreStore.upsert(stores, in: transaction))
    }
  }

  func getStore(_ request: InventoryV1.GetStoreRequest, context: ServerContext) async throws -> InventoryV1.GetStoreResponse {
    try context.requireReading()
    guard let key = request.key else { throw InvalidField.error("key", "must be one of store_id and code") }
    let store = try await database.read(for: context) { snapshot in
      switch key {
      case .storeID(let storeID): try RetailStoreStore.find(id: storeID, in: snapshot)
      case .code(let code): try RetailStoreStore.find(code: code, in: snapshot)
      }
    }
    guard let store else {
      switch key {
      case .storeID(let key), .code(let key): throw InventoryRefusal.storeNotFound(key: key)
      }
    }
    return InventoryV1.GetStoreResponse(store: StoreMessages.encode(store))
  }

  func listStores(
    _ request: InventoryV1.ListStoresRequest, context: ServerContext
  ) async throws -> InventoryV1.ListStoresResponse {
    try context.requireReading()
    let list = "inventory.stores"
    let page = try PageRequest(size: request.pageSize, token: request.pageToken, list: list)
    let after = try page.after.map { try PagePosition.text($0) } ?? ""
    let stores = try await database.read(for: context) { snapshot in
      try RetailStoreStore.list(after: after, limit: page.size + 1, in: snapshot)
    }
    let (shown, next) = page.cut(stores, list: list) { [.text($0.storeID)] }
    return InventoryV1.ListStoresResponse(stores: shown.map(StoreMessages.encode), nextPageToken: next)
  }
}
