public import ServiceKit

/// The keys of loyalty beside the common ones.
public struct LoyaltyConfig: ServiceConfig {
  /// How often lapsed lots of members who do nothing are posted.
  public let expiryInterval: Duration
  /// How many lapsed lots one round looks at.
  public let expiryBatch: Int
  /// How long before their end points are told of; 0 for never.
  public let expiryNotice: Duration

  public init(reader: inout ConfigReader) {
    expiryInterval = reader.duration(
      "expiry-interval", default: .seconds(60), in: .seconds(1) ... .seconds(86_400),
      doc: "How often expired points are posted to the ledger. Balances leave them out at their instant whatever this says.")
    expiryBatch = reader.integer(
      "expiry-batch", default: 500, in: 1...10_000,
      doc: "How many expired lots one round posts at most; each member's is a write of its own, so no till waits for a round.")
    expiryNotice = reader.duration(
      "expiry-notice", default: .seconds(30 * 86_400), in: .zero ... .seconds(366 * 86_400),
      doc: "How long before points expire loyalty.points_expiring.v1 says so, once. 0 says nothing.")
  }
}
