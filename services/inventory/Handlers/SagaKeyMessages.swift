import PatronAPI
import ServiceKit

/// Request keys between the contract and the Domain.
enum SagaKeyMessages {
  static func decode(_ message: InventoryV1.RequestKey?, _ field: String) throws -> SagaKey {
    guard let message else { throw InvalidField.error(field, "must be set") }
    var errors = FieldErrors()
    errors.require(text: message.clientID, "\(field).client_id", upTo: Limits.identifierBytes)
    errors.require(text: message.method, "\(field).method", upTo: Limits.identifierBytes)
    errors.require(text: message.requestID, "\(field).request_id", upTo: Limits.requestIDBytes)
    errors.require(
      (1...Limits.bodyHashBytes).contains(message.bodyHash.count), "\(field).body_hash",
      "must be 1 to \(Limits.bodyHashBytes) bytes")
    try errors.throwIfAny()
    return SagaKey(
      clientID: message.clientID, method: message.method, requestID: message.requestID, bodyHash: message.bodyHash)
  }

  static func encode(_ key: SagaKey) -> InventoryV1.RequestKey {
    InventoryV1.RequestKey(
      clientID: key.clientID, method: key.method, requestID: key.requestID, bodyHash: key.bodyHash)
  }
}
