import Foundation
import GoogleProto
import PatronAPI
import ServiceKit

/// A CreateReturn request, checked as far as it can be without the order.
struct ReturnRequest: Sendable {
  var key: SagaKey
  var orderReturn: NewReturn
  var currencyCode: String
  var expectedRevision: Int64

  var asks: [ReturnRules.Ask] {
    orderReturn.lines.map { ReturnRules.Ask(lineNumber: $0.lineNumber, quantity: $0.quantity) }
  }

  static func decode(_ request: InventoryV1.CreateReturnRequest, _ sagaKeys: SagaKeyMessages, time: Date) throws -> ReturnRequest {
    let key = try sagaKeys.decode(request.key, "key")
    guard let message = request.orderReturn else { throw InvalidField.error("order_return", "must be set") }
    guard let refund = message.refundAmount else { throw InvalidField.error("order_return.refund_amount", "must be set") }
    var errors = FieldErrors()
    check(message, &errors)
    errors.require(request.plan.count <= Limits.documentBytes, "plan", "at most \(Limits.documentBytes) bytes")
    OrderRequest.check(participants: request.participants, "participants", &errors)
    let amounts = AmountReader(currencyCode: refund.currencyCode)
    let refundAmount = amounts.readPositive(refund, "order_return.refund_amount", &errors)
    let lines = decode(message.lines, amounts, &errors)
    let refunds = TenderMessages.decode(message.refunds, "order_return.refunds", &errors)
    let currency = TenderMessages.currency(of: message.refunds, "order_return.refunds", &errors)
    errors.require(currency == nil || currency == refund.currencyCode, "order_return.refunds", "must be in \(refund.currencyCode)")
    try errors.throwIfAny()
    return ReturnRequest(
      key: key,
      orderReturn: NewReturn(
        returnID: message.returnID, orderID: message.orderID, participants: request.participants, refundAmount: refundAmount,
        reason: message.reason, clientID: message.clientID, staffID: message.staffID, tillID: message.tillID,
        storeID: message.storeID.nonEmpty, occurredTime: message.occurredTime?.date ?? time,
        createTime: time, lines: lines, refunds: refunds, plan: request.plan),
      currencyCode: refund.currencyCode, expectedRevision: request.expectedRevision)
  }

  private static func check(_ message: InventoryV1.OrderReturn, _ errors: inout FieldErrors) {
    let requiredTexts = [
      ("return_id", message.returnID), ("order_id", message.orderID), ("client_id", message.clientID),
    ]
    for (name, text) in requiredTexts {
      errors.require(text: text, "order_return.\(name)", upTo: Limits.identifierBytes)
    }
    let optionalTexts = [("staff_id", message.staffID), ("till_id", message.tillID), ("store_id", message.storeID)]
    for (name, text) in optionalTexts {
      errors.require(optionalText: text, "order_return.\(name)", upTo: Limits.identifierBytes)
    }
    errors.require(text: message.reason, "order_return.reason", upTo: Limits.reasonBytes)
    errors.require(
      (1...Limits.linesPerOrder).contains(message.lines.count), "order_return.lines", "must be 1 to \(Limits.linesPerOrder)")
  }

  private static func decode(
    _ messages: [InventoryV1.ReturnedLine], _ amounts: AmountReader, _ errors: inout FieldErrors
  ) -> [ReturnLineRow] {
    var numbers: Set<Int32> = []
    return messages.prefix(Limits.linesPerOrder).enumerated().map { index, message in
      let field = "order_return.lines[\(index)]"
      errors.require(numbers.insert(message.lineNumber).inserted, "\(field).line_number", "stands here twice")
      errors.require((0...Limits.quantity).contains(message.quantity), "\(field).quantity", "must be 0 to \(Limits.quantity)")
      return ReturnLineRow(
        lineNumber: Int(message.lineNumber), quantity: message.quantity,
        refundAmount: amounts.read(message.refundAmount, "\(field).refund_amount", &errors))
    }
  }
}
