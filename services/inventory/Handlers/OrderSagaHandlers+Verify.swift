import Database
import GoogleProto
import PatronAPI
import RPC
import ServiceKit

extension OrderSagaHandlers {
  func listOrderRecords(
    _ request: InventoryV1.ListOrderRecordsRequest, context: ServerContext
  ) async throws -> InventoryV1.ListOrderRecordsResponse {
    try context.requireOperations()
    let list = "inventory.order-records"
    let page = try PageRequest(size: request.pageSize, token: request.pageToken, list: list)
    let after = try page.after.map { try PagePosition.text($0) } ?? ""
    // Before the reading: nothing in it can be due for longer than it was then.
    let now = clock.now()
    let summaries = try await database.read(for: context) { snapshot in
      try OrderStore.list(after: after, limit: page.size + 1, in: snapshot).map { row in
        OrderMessages.summary(
          row, returns: try ReturnStore.summaries(ofOrder: row.orderID, in: snapshot),
          storedValue: try OrderStore.storedValue(of: row.orderID, in: snapshot))
      }
    }
    let (shown, next) = page.cut(summaries, list: list) { [.text($0.orderID)] }
    return InventoryV1.ListOrderRecordsResponse(orders: Array(shown), nextPageToken: next, asOfTime: GoogleProtobuf.Timestamp(now))
  }

  func verify(_ request: InventoryV1.VerifyRequest, context: ServerContext) async throws -> InventoryV1.VerifyResponse {
    try context.requireOperations()
    return try await InventoryVerification(database: database, clock: clock).run(deadline: context.deadline?.instant)
  }
}
