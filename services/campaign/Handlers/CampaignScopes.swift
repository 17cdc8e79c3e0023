import RPC
import ServiceKit

/// What a caller must hold. A till may ask what its basket gets and which coupons its member has; the saga's steps come from
/// the gateway in its own name.
enum CampaignScopes {
  static let read = "campaign.read"
  static let write = "campaign.write"
  static let saga = "saga"
  static let checkout = "pos.checkout"
  static let identifyAtTill = "pos.identify"
}

extension ServerContext {
  func requireWriting() throws { try caller.require(anyOf: CampaignScopes.write) }
  func requireReading() throws { try caller.require(anyOf: CampaignScopes.read, CampaignScopes.write) }
  func requireEvaluating() throws { try caller.require(anyOf: CampaignScopes.checkout, CampaignScopes.read, CampaignScopes.saga) }
  func requireReadingCoupons() throws {
    try caller.require(
      anyOf: CampaignScopes.read, CampaignScopes.write, CampaignScopes.checkout, CampaignScopes.identifyAtTill, CampaignScopes.saga)
  }
  func requireSaga() throws { try caller.require(anyOf: CampaignScopes.saga) }
}
