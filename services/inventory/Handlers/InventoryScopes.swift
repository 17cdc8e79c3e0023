import RPC
import ServiceKit

/// What a caller must hold. The gateway signs the saga's calls in its own name; a till's scopes never reach them.
enum InventoryScopes {
  static let read = "inventory.read"
  static let write = "inventory.write"
  static let saga = "saga"
}

extension ServerContext {
  func requireReading() throws { try caller.require(anyOf: InventoryScopes.read, InventoryScopes.saga) }
  func requireWriting() throws { try caller.require(anyOf: InventoryScopes.write) }
  func requireSaga() throws { try caller.require(anyOf: InventoryScopes.saga) }
}
