import Foundation
import PatronAPI

/// Whatever was begun ends: recovery looks at an order within seconds of its expiry or of a decision that stands still. What is open for
/// much longer is stuck, though each of its states is allowed by itself.
enum OverdueChecks {
  static func differences(in reading: SystemReading, grace: Duration) -> [TypeV1.Difference] {
    let latest = reading.asOfTime.addingTimeInterval(-(grace / .seconds(1)))
    return reading.orders.values.sorted { $0.orderID < $1.orderID }.flatMap { order in
      overdue(order, by: latest) + order.openReturns.compactMap { overdue($0, of: order, by: latest) }
    }
  }

  private static func overdue(_ order: InventoryV1.OrderSummary, by latest: Date) -> [TypeV1.Difference] {
    guard let due = order.dueTime?.date, due <= latest else { return [] }
    let isDecided = order.state != .pending
    return [
      TypeV1.Difference(
        check: isDecided ? "order.decided_order_ends" : "order.expired_order_is_decided", ids: [order.orderID],
        expected: isDecided ? "COMPLETED or CANCELLED" : "decided, as it expired at \(text(due))",
        found: "\(order.state)".uppercased() + (isDecided ? " since \(text(due))" : ""))
    ]
  }

  private static func overdue(
    _ open: InventoryV1.OpenReturn, of order: InventoryV1.OrderSummary, by latest: Date
  ) -> TypeV1.Difference? {
    guard let created = open.createTime?.date, created <= latest else { return nil }
    return TypeV1.Difference(
      check: "return.is_carried_out", ids: [order.orderID, open.returnID], expected: "RETURNED", found: "RETURNING since \(text(created))")
  }

  private static func text(_ date: Date) -> String { date.formatted(.iso8601) }
}
