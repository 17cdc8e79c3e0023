import RPC
import ServiceKit

/// What a caller must hold. The gateway signs the saga's calls in its own name; a till's scopes never reach them. `patron verify` reads two of
/// the saga's methods in a client's name.
extension ServerContext {
  func requireReading() throws { try caller.require(anyOf: .read, .checkout, .saga) }
  func requireWriting() throws { try caller.require(anyOf: .catalogueWrite) }
  func requireSaga() throws { try caller.require(anyOf: .saga) }
  func requireOperations() throws { try caller.require(anyOf: .operations) }
}
