import GoogleProto
import PatronAPI
import ServiceKit

/// Orders as the contract shows them: the frozen sale, with what has changed since laid over it.
enum OrderMessages {
  /// What is frozen of an order as the gateway sent it: everything but what inventory keeps in columns.
  static func sale(of message: InventoryV1.Order) -> InventoryV1.Order {
    var sale = message
    sale.state = .unspecified
    sale.totals = nil
    sale.tenders = []
    sale.returns = []
    sale.pointsSpent = 0
    sale.createTime = nil
    sale.holdExpireTime = nil
    sale.endTime = nil
    sale.cancelReason = ""
    for index in sale.lines.indices {
      sale.lines[index].returnedQuantity = 0
      sale.lines[index].oversold = false
    }
    return sale
  }

  static func order(_ stored: StoredOrder) throws -> InventoryV1.Order {
    let row = stored.row
    var order = try InventoryV1.Order(decoding: stored.documents.sale)
    order.state = state(row.state)
    order.totals = LineMessages.encode(row.totals, row.currencyCode)
    order.tenders = stored.tenders.map { TenderMessages.encode($0, row.currencyCode) }
    order.pointsSpent = row.pointsSpent
    order.createTime = GoogleProtobuf.Timestamp(row.createTime)
    order.holdExpireTime = GoogleProtobuf.Timestamp(row.holdExpireTime)
    order.endTime = row.endTime.map { GoogleProtobuf.Timestamp($0) }
    order.cancelReason = row.cancellation.reason
    order.returns = stored.returns.map(ReturnMessages.orderReturn)
    guard stored.lines.count == order.lines.count else { throw BrokenInvariant(what: "an order's lines are not its sale's") }
    for (index, line) in stored.lines.enumerated() {
      order.lines[index].returnedQuantity = line.returnedQuantity
      order.lines[index].oversold = line.isOversold
    }
    return row.state.isCancelled ? withoutPoints(order) : order
  }

  static func record(_ stored: StoredOrder) throws -> InventoryV1.OrderRecord {
    InventoryV1.OrderRecord(
      order: try order(stored), plan: stored.documents.plan, participants: stored.row.participants, held: stored.row.isHeld,
      revision: stored.row.revision, beginReply: stored.documents.beginReply, completeReply: stored.completeReply,
      beginKey: stored.beginKey.map(SagaKeyMessages.encode), endKey: stored.endKey.map(SagaKeyMessages.encode),
      cancelCode: stored.row.cancellation.code, cancelMessage: stored.row.cancellation.message)
  }

  /// What `verify` of the whole system needs of an order.
  static func summary(
    _ row: OrderRow, returns: [ReturnStore.Summary], storedValue: (paid: Int64, givenBack: Int64)
  ) -> InventoryV1.OrderSummary {
    let ended = returns.filter { $0.state == .returned }
    return InventoryV1.OrderSummary(
      orderID: row.orderID, state: state(row.state), participants: row.participants, returnIDs: returns.map(\.returnID),
      completedReturnIDs: ended.map(\.returnID), memberID: row.memberID ?? "",
      pointsEarned: row.state.isCancelled ? 0 : row.pointsEarned, pointsSpent: row.state.isCancelled ? 0 : row.pointsSpent,
      amountDueMinorUnits: row.totals.amountDue, refundedMinorUnits: row.refundedAmount, stockHold: stockHold(row.state),
      dueTime: row.dueTime.map { GoogleProtobuf.Timestamp($0) },
      openReturns: returns.filter { $0.state == .returning }.map {
        InventoryV1.OpenReturn(returnID: $0.returnID, createTime: GoogleProtobuf.Timestamp($0.createTime))
      },
      discountMinorUnits: row.state.isCancelled ? 0 : row.totals.discountAmount,
      pointsTakenBack: ended.reduce(0) { $0 + $1.pointsTakenBack }, pointsGivenBack: ended.reduce(0) { $0 + $1.pointsGivenBack },
      storedValueMinorUnits: row.state.isCancelled ? 0 : storedValue.paid, storedValueGivenBackMinorUnits: storedValue.givenBack)
  }

  static func state(_ state: OrderState) -> InventoryV1.OrderState {
    switch state {
    case .pending: .pending
    case .committing: .committing
    case .completed: .completed
    case .cancelling: .cancelling
    case .cancelled: .cancelled
    }
  }

  /// The state that a filter names; nil means any.
  static func state(_ message: InventoryV1.OrderState, _ field: String) throws -> OrderState? {
    switch message {
    case .unspecified: nil
    case .pending: .pending
    case .committing: .committing
    case .completed: .completed
    case .cancelling: .cancelling
    case .cancelled: .cancelled
    case .unrecognized: throw InvalidField.error(field, "is no state")
    }
  }

  private static func stockHold(_ state: OrderState) -> InventoryV1.HoldOfStock {
    switch state {
    case .pending, .committing, .cancelling: .held
    case .completed: .committed
    case .cancelled: .cancelled
    }
  }

  /// A cancelled order earned and spent nothing, whatever it would have.
  private static func withoutPoints(_ order: InventoryV1.Order) -> InventoryV1.Order {
    var order = order
    order.pointsEarned = 0
    order.pointsSpent = 0
    for index in order.lines.indices { order.lines[index].pointsEarned = 0 }
    return order
  }
}
