import PatronAPI
import RPC
import ServiceKit

/// A DecideOrder request, checked as far as it can be without the order.
struct DecisionRequest: Sendable {
  var orderID: String
  var decision: Decision
  var tenders: [Tender]
  /// Nil when there are no tenders.
  var currencyCode: String?
  var endKey: SagaKey?
  var recordsHold: Bool
  var cancellation: Cancellation
  var releasesRequestKey: Bool
  var condition: CancelCondition

  static func decode(_ message: InventoryV1.DecideOrderRequest, _ sagaKeys: SagaKeyMessages) throws -> DecisionRequest {
    var errors = FieldErrors()
    errors.require(text: message.orderID, "order_id", upTo: Limits.identifierBytes)
    let decision = decision(message.decision, &errors)
    let tenders = TenderMessages.decode(message.tenders, "tenders", &errors)
    let currencyCode = TenderMessages.currency(of: message.tenders, "tenders", &errors)
    errors.require((0...16).contains(message.cancelCode), "cancel_code", "must be a gRPC status code")
    errors.require(optionalText: message.cancelReason, "cancel_reason", upTo: Limits.identifierBytes)
    errors.require(optionalText: message.cancelMessage, "cancel_message", upTo: Limits.messageBytes)
    try errors.throwIfAny()
    return DecisionRequest(
      orderID: message.orderID, decision: decision, tenders: tenders, currencyCode: currencyCode,
      endKey: try message.endKey.map { try sagaKeys.decode($0, "end_key") }, recordsHold: message.recordsHold,
      cancellation: Cancellation(code: message.cancelCode, reason: message.cancelReason, message: message.cancelMessage),
      releasesRequestKey: message.releasesRequestKey,
      condition: CancelCondition(onlyIfExpired: message.onlyIfExpired, onlyIfNotHeld: message.onlyIfNotHeld))
  }

  private static func decision(_ message: InventoryV1.Decision, _ errors: inout FieldErrors) -> Decision {
    switch message {
    case .commit: return .commit
    case .cancel: return .cancel
    case .unspecified, .unrecognized:
      errors.add("decision", "must be DECISION_COMMIT or DECISION_CANCEL")
      return .cancel
    }
  }
}
