import PatronAPI
import ServiceKit

/// What the requests of PointOfSaleService keep to beside their baskets and tenders.
enum RequestRules {
  static let identifierBytesAtMost = 64
  static let reasonBytesAtMost = 256
  static let linesAtMost = BasketRules.linesAtMost

  static func checkOrderID(_ orderID: String) throws(FieldViolations) {
    var errors = FieldErrors()
    errors.require(text: orderID, "order_id", upTo: identifierBytesAtMost)
    try errors.throwIfAny()
  }

  static func returned(_ request: GatewayV1.ReturnRequest) throws(FieldViolations) -> ReturnSaga.Request {
    var errors = FieldErrors()
    errors.require(text: request.orderID, "order_id", upTo: identifierBytesAtMost)
    errors.require(text: request.reason, "reason", upTo: reasonBytesAtMost)
    errors.require(optionalText: request.tillID, "till_id", upTo: identifierBytesAtMost)
    errors.require(optionalText: request.staffID, "staff_id", upTo: identifierBytesAtMost)
    errors.require(request.lines.count <= linesAtMost, "lines", "at most \(linesAtMost)")
    try errors.throwIfAny()
    return ReturnSaga.Request(
      orderID: request.orderID,
      asks: request.lines.map { Refunds.Ask(lineNumber: Int($0.lineNumber), quantity: $0.quantity) }, reason: request.reason,
      tillID: request.tillID, staffID: request.staffID)
  }
}
