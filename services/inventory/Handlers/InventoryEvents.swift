import Database
import Foundation
import PatronAPI

/// The facts that inventory publishes, each in the transaction of its effect.
enum InventoryEvents {
  static func orderCompleted(_ stored: StoredOrder, eventID: String, time: Date) throws -> OutboxEvent {
    let payload = InventoryV1.OrderCompletedEvent(order: try OrderMessages.order(stored))
    return event("order_completed", eventID, of: ("order", stored.row.orderID), time, payload.encoded())
  }

  static func orderCancelled(_ stored: StoredOrder, eventID: String, time: Date) throws -> OutboxEvent {
    let payload = InventoryV1.OrderCancelledEvent(order: try OrderMessages.order(stored))
    return event("order_cancelled", eventID, of: ("order", stored.row.orderID), time, payload.encoded())
  }

  static func orderReturned(_ stored: StoredReturn, eventID: String, time: Date) -> OutboxEvent {
    let payload = InventoryV1.OrderReturnedEvent(orderReturn: ReturnMessages.orderReturn(stored))
    return event("order_returned", eventID, of: ("order", stored.orderID), time, payload.encoded())
  }

  static func stockReceived(
    _ request: InventoryV1.ReceiveStockRequest, receiptID: String, eventID: String, time: Date
  ) -> OutboxEvent {
    let payload = InventoryV1.StockReceivedEvent(
      receiptID: receiptID, storeID: request.storeID,
      lines: request.lines.map { InventoryV1.ReceivedStockLine(productID: $0.productID, quantity: $0.quantity) },
      reason: request.reason)
    return event("stock_received", eventID, of: ("store", request.storeID), time, payload.encoded())
  }

  private static func event(
    _ name: String, _ eventID: String, of aggregate: (type: String, id: String), _ time: Date, _ payload: [UInt8]
  ) -> OutboxEvent {
    OutboxEvent(
      id: eventID, type: "inventory.\(name).v1", aggregateType: aggregate.type, aggregateID: aggregate.id, time: time,
      payload: payload)
  }
}
