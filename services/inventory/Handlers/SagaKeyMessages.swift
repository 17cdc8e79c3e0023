import Database
import PatronAPI
import ServiceKit

/// Request keys between the contract and the Domain.
///
/// A body may hold a phone number, and the gateway's hash of it depends on no secret, so that any gateway computes the same one for
/// ever. Here it is hashed again under the database's own key: what is stored tells nobody anything without the key, and is given
/// back to nobody.
struct SagaKeyMessages: Sendable {
  private let hash: KeyedHash

  init(database: Database) { hash = KeyedHash(database: database, purpose: "inventory.request-body") }

  func decode(_ message: InventoryV1.RequestKey?, _ field: String) throws -> SagaKey {
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
      clientID: message.clientID, method: message.method, requestID: message.requestID, bodyHash: hash([message.bodyHash]))
  }

  static func encode(_ key: SagaKey) -> InventoryV1.RequestKey {
    InventoryV1.RequestKey(clientID: key.clientID, method: key.method, requestID: key.requestID)
  }
}
