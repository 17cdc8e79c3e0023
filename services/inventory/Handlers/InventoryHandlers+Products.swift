import Database
import Foundation
import PatronAPI
import RPC
import ServiceKit

extension InventoryHandlers {
  func importProducts(
    _ request: InventoryV1.ImportProductsRequest, context: ServerContext
  ) async throws -> InventoryV1.ImportProductsResponse {
    try context.requireWriting()
    let products = try ProductMessages.decode(request.products, ids: ids, time: clock.now())
    return try await commands.run(request, context) { transaction in
      InventoryV1.ImportProductsResponse(productIDs: try ProductStore.upsert(products, in: transaction))
    }
  }

  func lookUpProducts(
    _ request: InventoryV1.LookUpProductsRequest, context: ServerContext
  ) async throws -> InventoryV1.LookUpProductsResponse {
    try context.requireReading()
    let keys = try ProductMessages.decode(request.keys)
    let found = try await database.read(for: context) { snapshot in
      try keys.map { try ProductStore.find($0, in: snapshot) }
    }
    return InventoryV1.LookUpProductsResponse(
      products: found.map { InventoryV1.LookedUpProduct(product: $0.map(ProductMessages.encode)) })
  }

  func listProducts(
    _ request: InventoryV1.ListProductsRequest, context: ServerContext
  ) async throws -> InventoryV1.ListProductsResponse {
    try context.requireReading()
    let list = "inventory.products"
    let page = try PageRequest(size: request.pageSize, token: request.pageToken, list: list)
    let after = try page.after.map { try PagePosition.text($0) } ?? ""
    let products = try await database.read(for: context) { snapshot in
      try ProductStore.list(after: after, limit: page.size + 1, in: snapshot)
    }
    let (shown, next) = page.cut(products, list: list) { [.text($0.productID)] }
    return InventoryV1.ListProductsResponse(products: shown.map(ProductMessages.encode), nextPageToken: next)
  }
}
