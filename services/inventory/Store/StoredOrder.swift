import Foundation

/// An order as it is first written: what the gateway priced, checked.
struct NewOrder: Equatable, Sendable {
  var orderID: String
  var clientID: String
  var staffID: String
  var storeID: String
  var memberID: String?
  var quoteID: String?
  var participants: [String]
  var currencyCode: String
  var totals: SaleTotals
  var pointsEarned: Int64
  var createTime: Date
  var holdExpireTime: Date
  var lines: [SaleLine]
  /// Those that participants hold, such as points.
  var heldTenders: [Tender]
  var documents: OrderDocuments
}

/// The bytes that the gateway froze.
struct OrderDocuments: Equatable, Sendable {
  /// The Order message as it was created, without what inventory keeps in columns.
  var sale: [UInt8]
  var plan: [UInt8]
  var beginReply: [UInt8]
}

/// The row of an order: what is guarded, queried or summed.
struct OrderRow: Equatable, Sendable {
  var orderID: String
  var state: OrderState
  var revision: Int64
  var isHeld: Bool
  var clientID: String
  var staffID: String
  var storeID: String
  var memberID: String?
  var participants: [String]
  var currencyCode: String
  var totals: SaleTotals
  var refundedAmount: Int64
  var pointsEarned: Int64
  var pointsSpent: Int64
  var createTime: Date
  var holdExpireTime: Date
  var endTime: Date?
  var cancellation: Cancellation

  func isExpired(at time: Date) -> Bool { time >= holdExpireTime }
}

/// The refusal, or the wish, that cancelled an order.
struct Cancellation: Equatable, Sendable {
  /// A gRPC code; 0 when none.
  var code: Int32 = 0
  var reason = ""
  var message = ""
}

/// What changes on a line after the order is written, and what returns and stock need of it.
struct OrderLineRow: Equatable, Sendable {
  var number: Int
  var kind: SaleLine.Kind
  var productID: String?
  var quantity: Int64
  var isOversold: Bool
  var returnedQuantity: Int64
  var adjustmentIsReturned: Bool

  /// The goods of the line; nil on an adjustment, which has none.
  var goods: StockStore.Line? {
    guard kind == .sale, let productID else { return nil }
    return StockStore.Line(number: number, productID: productID, quantity: quantity)
  }

  var returnLine: ReturnRules.Line {
    ReturnRules.Line(
      number: number, kind: kind, quantity: quantity, returnedQuantity: returnedQuantity,
      adjustmentIsReturned: adjustmentIsReturned)
  }
}

/// An order with all that belongs to it.
struct StoredOrder: Equatable, Sendable {
  var row: OrderRow
  var documents: OrderDocuments
  /// What answered the call that ended it; empty before, and when no caller ended it.
  var completeReply: [UInt8]
  var lines: [OrderLineRow]
  var tenders: [Tender]
  var beginKey: SagaKey?
  var endKey: SagaKey?
  var returns: [StoredReturn]
}
