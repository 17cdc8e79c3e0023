import RPC
import ServiceKit

/// What a caller must hold. A till may ask what its basket gets and which coupons its member has; the saga's steps come from
/// the gateway in its own name.
extension ServerContext {
  func requireWriting() throws { try caller.require(anyOf: .campaignWrite) }
  func requireReading() throws { try caller.require(anyOf: .read, .campaignWrite) }
  func requireEvaluating() throws { try caller.require(anyOf: .checkout, .saga) }
  func requireReadingCoupons() throws {
    try caller.require(anyOf: .membersRead, .read, .campaignWrite, .checkout, .identify, .saga)
  }
  func requireSaga() throws { try caller.require(anyOf: .saga) }
  func requireOperations() throws { try caller.require(anyOf: .operations) }
}
