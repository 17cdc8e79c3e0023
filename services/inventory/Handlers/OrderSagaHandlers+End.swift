import Database
import PatronAPI
import RPC
import ServiceKit

extension OrderSagaHandlers {
  func completeOrder(
    _ request: InventoryV1.CompleteOrderRequest, context: ServerContext
  ) async throws -> InventoryV1.CompleteOrderResponse {
    try context.requireSaga()
    try OrderRequest.check(reply: request.completeReply, "complete_reply")
    let time = clock.now()
    let eventID = ids.next("evt")
    let stored = try await transact(.completeOrder, context) { transaction in
      let row = try OrderStore.require(request.orderID, in: transaction)
      switch row.state.completing() {
      case .stay:
        return try OrderStore.reload(row.orderID, in: transaction)
      case .refuse(let refusal):
        throw refusal
      case .move:
        let origin = StockStore.Origin(
          clientID: row.clientID, staffID: row.staffID, orderID: row.orderID, reason: "SOLD", time: time)
        try StockStore.sellHeld(
          OrderStore.goods(of: row.orderID, in: transaction), orderID: row.orderID, at: row.storeID, origin: origin,
          in: transaction)
        try OrderStore.complete(row.orderID, reply: request.completeReply, time: time, in: transaction)
        let stored = try OrderStore.reload(row.orderID, in: transaction)
        try transaction.append(try InventoryEvents.orderCompleted(stored, eventID: eventID, time: time))
        return stored
      }
    }
    return InventoryV1.CompleteOrderResponse(record: try OrderMessages.record(stored))
  }

  func cancelOrder(
    _ request: InventoryV1.CancelOrderRequest, context: ServerContext
  ) async throws -> InventoryV1.CancelOrderResponse {
    try context.requireSaga()
    if !request.reply.isEmpty { try OrderRequest.check(reply: request.reply, "reply") }
    let time = clock.now()
    let eventID = ids.next("evt")
    let stored = try await transact(.cancelOrder, context) { transaction in
      let row = try OrderStore.require(request.orderID, in: transaction)
      switch row.state.cancelling() {
      case .stay:
        try Self.keepReply(request.reply, of: row.orderID, in: transaction)
        return try OrderStore.reload(row.orderID, in: transaction)
      case .refuse(let refusal):
        throw refusal
      case .move:
        try StockStore.release(OrderStore.goods(of: row.orderID, in: transaction), at: row.storeID, in: transaction)
        try OrderStore.cancel(row.orderID, time: time, in: transaction)
        try Self.keepReply(request.reply, of: row.orderID, in: transaction)
        let stored = try OrderStore.reload(row.orderID, in: transaction)
        try transaction.append(try InventoryEvents.orderCancelled(stored, eventID: eventID, time: time))
        return stored
      }
    }
    return InventoryV1.CancelOrderResponse(record: try OrderMessages.record(stored))
  }

  /// Recovery may end an abandoned order, with no reply, before the call that abandoned it does: whichever brings the first
  /// reply sets it, for ever.
  private static func keepReply(_ reply: [UInt8], of orderID: String, in transaction: Transaction) throws {
    if !reply.isEmpty { try OrderStore.keep(reply, of: orderID, in: transaction) }
  }
}
