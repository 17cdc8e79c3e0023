import PatronAPI

// Inventory's records as Domain values.

extension OrderStanding {
  /// Nil for a state that this version does not know: another replica, newer, will carry such an order on.
  init?(_ record: InventoryV1.OrderRecord) {
    switch record.order?.state {
    case .pending: self = record.held ? .held : .opening
    case .committing: self = .committing
    case .completed: self = .completed
    case .cancelling: self = .cancelling
    case .cancelled: self = .cancelled
    case .unspecified, .unrecognized, nil: return nil
    }
  }
}

extension EndedBy {
  /// Bodies are compared by inventory, which refuses an id that comes back with another one.
  init(_ record: InventoryV1.OrderRecord, key: InventoryV1.RequestKey) {
    let isThisCall = record.endKey.map { ending in
      ending.clientID == key.clientID && ending.method == key.method && ending.requestID == key.requestID
    }
    self = isThisCall == true ? .thisCall : .another
  }
}

extension InventoryV1.Order {
  var amountDue: Int64 { totals?.amountDue?.minorUnits ?? 0 }
  var currencyCode: String { totals?.amountDue?.currencyCode ?? "" }
}

extension Refunds.Order {
  /// What a return is computed from. Tenders of one kind and reference count as one payment: refunds say no more than that.
  init(_ order: InventoryV1.Order) {
    var payments: [Refunds.Payment] = []
    func index(of tender: TypeV1.Tender) -> Int {
      let kind = Tender.Kind(tender.kind)
      if let found = payments.firstIndex(where: { $0.kind == kind && $0.externalReference == tender.externalReference }) {
        return found
      }
      payments.append(
        Refunds.Payment(
          kind: kind, externalReference: tender.externalReference, amount: 0, refundedAmount: 0, points: 0, refundedPoints: 0))
      return payments.count - 1
    }
    for tender in order.tenders {
      let index = index(of: tender)
      payments[index].amount += tender.amount?.minorUnits ?? 0
      payments[index].points += tender.points
    }
    for refund in order.returns.flatMap(\.refunds) {
      let index = index(of: refund)
      payments[index].refundedAmount += refund.amount?.minorUnits ?? 0
      payments[index].refundedPoints += refund.points
    }
    self.init(
      lines: order.lines.map(Refunds.Line.init), payments: payments, amountDue: order.amountDue,
      refundedBefore: order.returns.reduce(0) { $0 + ($1.refundAmount?.minorUnits ?? 0) },
      isWhollyReturned: order.returns.contains(where: \.wholeOrderReturned))
  }
}

extension Refunds.Line {
  init(_ line: InventoryV1.OrderLine) {
    self.init(
      number: Int(line.lineNumber), isAdjustment: line.kind == .adjustment, quantity: line.quantity,
      returnedQuantity: line.returnedQuantity,
      amount: (line.customerAmount?.minorUnits ?? 0) + (line.taxAmount?.minorUnits ?? 0), pointsEarned: line.pointsEarned)
  }
}
