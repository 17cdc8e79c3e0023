import Database
import PatronAPI
import RPC
import ServiceKit

extension InventoryHandlers {
  func getOrder(_ request: InventoryV1.GetOrderRequest, context: ServerContext) async throws -> InventoryV1.GetOrderResponse {
    try context.requireReading()
    let stored = try await database.read(for: context) { snapshot in try OrderStore.load(request.orderID, in: snapshot) }
    guard let stored else { throw InventoryRefusal.orderNotFound(orderID: request.orderID) }
    try context.caller.require(storeID: stored.row.storeID)
    return InventoryV1.GetOrderResponse(order: try OrderMessages.order(stored))
  }

  func listOrders(
    _ request: InventoryV1.ListOrdersRequest, context: ServerContext
  ) async throws -> InventoryV1.ListOrdersResponse {
    try context.requireReading()
    // A caller bound to stores names the one it asks for; "any" would show it the others'.
    try context.caller.require(storeID: request.storeID)
    let filter = OrderStore.Filter(
      memberID: request.memberID.nonEmpty, storeID: request.storeID.nonEmpty,
      state: try OrderMessages.state(request.state, "state"))
    let list = "inventory.orders member=\(request.memberID) store=\(request.storeID) state=\(request.state.rawValue)"
    let page = try PageRequest(size: request.pageSize, token: request.pageToken, list: list)
    let after = try page.after.map { try PagePosition.order($0) } ?? .newest
    let (orders, isAll) = try await database.read(for: context) { snapshot in
      try OrderStore.complete(
        OrderStore.list(filter, after: after, limit: page.size + 1, in: snapshot), atMost: page.size, bytes: Limits.pageBytes,
        in: snapshot)
    }
    let last = orders.last?.row
    let next = last.map { PageToken(list: list, keys: [.integer($0.createTime.microsecondsSince1970), .text($0.orderID)]).encoded }
    return InventoryV1.ListOrdersResponse(
      orders: try orders.map(OrderMessages.order), nextPageToken: isAll ? "" : next ?? "")
  }
}
