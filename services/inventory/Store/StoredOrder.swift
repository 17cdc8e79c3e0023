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
  /// Empty until a hold is recorded with it.
  var beginReply: [UInt8] = []
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
  /// Since when recovery may look at it; nil once it has ended.
  var dueTime: Date?
  var cancellation: Cancellation

  func meets(_ condition: CancelCondition, at time: Date) -> Bool {
    (!condition.onlyIfExpired || time >= holdExpireTime) && (!condition.onlyIfNotHeld || !isHeld)
  }
}

/// What must hold of a PENDING order for a cancel to be its decision.
struct CancelCondition: Equatable, Sendable {
  /// What recovery asks: an extension that came first keeps the order open.
  var onlyIfExpired = false
  /// What a gateway asks whose own hold failed: another one that placed it has answered the till.
  var onlyIfNotHeld = false
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

  /// Of the Order that it is shown as, close enough to cut pages by: the sale as it was frozen, and what has been laid over it since.
  var approximateBytes: Int {
    documents.sale.count + 512 + returns.reduce(0) { $0 + 512 + 32 * ($1.lines.count + $1.refunds.count) }
  }
}
