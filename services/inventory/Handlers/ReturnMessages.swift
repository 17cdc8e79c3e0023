import GoogleProto
import PatronAPI

/// Returns as the contract shows them.
enum ReturnMessages {
  static func orderReturn(_ stored: StoredReturn) -> InventoryV1.OrderReturn {
    InventoryV1.OrderReturn(
      returnID: stored.returnID, orderID: stored.orderID, state: stored.state == .returned ? .returned : .returning,
      lines: stored.lines.map { line in
        InventoryV1.ReturnedLine(
          lineNumber: Int32(line.lineNumber), quantity: line.quantity,
          refundAmount: TypeV1.Money(line.refundAmount, stored.currencyCode))
      },
      refundAmount: TypeV1.Money(stored.refundAmount, stored.currencyCode),
      refunds: stored.refunds.map { TenderMessages.encode($0, stored.currencyCode) },
      pointsTakenBack: stored.pointsTakenBack, pointsGivenBack: stored.pointsGivenBack,
      wholeOrderReturned: stored.wholeOrderIsReturned, reason: stored.reason, clientID: stored.clientID,
      staffID: stored.staffID, tillID: stored.tillID, storeID: stored.storeID,
      occurredTime: GoogleProtobuf.Timestamp(stored.occurredTime), createTime: GoogleProtobuf.Timestamp(stored.createTime),
      endTime: stored.endTime.map { GoogleProtobuf.Timestamp($0) })
  }

  static func record(_ stored: StoredReturn, key: SagaKey?) -> InventoryV1.ReturnRecord {
    InventoryV1.ReturnRecord(
      orderReturn: orderReturn(stored), plan: stored.plan, reply: stored.reply, key: key.map(SagaKeyMessages.encode),
      participants: stored.participants)
  }
}
