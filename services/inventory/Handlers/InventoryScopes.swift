import PatronAPI
import RPC
import ServiceKit

/// What a caller must hold. The gateway signs the saga's calls in its own name; a till's scopes never reach them. `patron verify` reads two of
/// the saga's methods in a client's name.
extension ServerContext {
  private static let operations: Set<String> = [
    InventoryV1.OrderSagaServiceMethods.listOrderRecords.path, InventoryV1.OrderSagaServiceMethods.verify.path,
  ]

  func requireReading() throws { try caller.require(anyOf: .read, .checkout, .saga) }
  func requireWriting() throws { try caller.require(anyOf: .catalogueWrite) }
  func requireSaga() throws { try caller.require(anyOf: Self.operations.contains(method.path) ? .operations : .saga) }
}
