import Foundation
public import ServiceKit

/// The gateway's own configuration. It owns no data: what it needs is where the others are, and how long it waits.
public struct GatewayConfig: ServiceConfig {
  public let identityAddress: String
  public let loyaltyAddress: String
  public let campaignAddress: String
  public let inventoryAddress: String
  public let upstreamTimeout: Duration
  public let verifyTimeout: Duration
  public let quoteKeysFile: String
  public let quoteLifetime: Duration
  public let holdLifetime: Duration
  public let commitDeadline: Duration
  public let recoveryInterval: Duration
  public let stalledAfter: Duration
  public let leaseDuration: Duration
  public let apiKeyCacheLifetime: Duration
  public let unknownApiKeyCacheLifetime: Duration

  public init(reader: inout ConfigReader) {
    identityAddress = reader.target("identity-address", default: "127.0.0.1:5151", doc: "Where identity is")
    loyaltyAddress = reader.target("loyalty-address", default: "127.0.0.1:5152", doc: "Where loyalty is")
    campaignAddress = reader.target("campaign-address", default: "127.0.0.1:5153", doc: "Where campaign is")
    inventoryAddress = reader.target("inventory-address", default: "127.0.0.1:5154", doc: "Where inventory is")
    upstreamTimeout = reader.duration(
      "upstream-timeout", default: .seconds(5), in: .milliseconds(10) ... .seconds(60),
      doc: "How long one call to another service may take, however patient the till is.")
    verifyTimeout = reader.duration(
      "verify-timeout", default: .seconds(600), in: .seconds(1) ... .seconds(86_400),
      doc: "How long one Verify of another service may take: it recomputes whole ledgers.")
    quoteKeysFile = reader.string(
      Self.quoteKeysKey, default: "./data/gateway-quote-keys.json",
      doc: "The key ring that signs quotes, made when missing. All gateways of one shop share it, or refuse each other's quotes.")
    quoteLifetime = reader.duration(
      "quote-lifetime", default: .seconds(600), in: .seconds(1) ... .seconds(86_400), doc: "How long a quote is a promise.")
    holdLifetime = reader.duration(
      "hold-lifetime", default: .seconds(900), in: .seconds(1) ... .seconds(86_400),
      doc: "How long a checkout that was begun holds what it holds; each extension adds as much from then.")
    commitDeadline = reader.duration(
      "commit-deadline", default: .seconds(10), in: .milliseconds(10) ... .seconds(60),
      doc: "For how long steps past a decision are tried again before they are left to recovery; no attempt is cut off by it.")
    recoveryInterval = reader.duration(
      "recovery-interval", default: .seconds(2), in: .milliseconds(10) ... .seconds(3_600),
      doc: "How often this gateway looks for orders and returns that stand still.")
    stalledAfter = reader.duration(
      "stalled-after", default: .seconds(15), in: .milliseconds(0) ... .seconds(86_400),
      doc: "A decided order or a return without change for this long stands still. Longer than commit-deadline.")
    leaseDuration = reader.duration(
      "lease-duration", default: .seconds(30), in: .seconds(1) ... .seconds(3_600),
      doc: "How long this gateway has a piece of recovery to itself.")
    apiKeyCacheLifetime = reader.duration(
      "api-key-cache-lifetime", default: .seconds(30), in: .milliseconds(0) ... .seconds(30),
      doc: "How long identity's word on an API key is believed, and so how long a revoked key may still work.")
    unknownApiKeyCacheLifetime = reader.duration(
      "unknown-api-key-cache-lifetime", default: .seconds(2), in: .milliseconds(0) ... .seconds(30),
      doc: "How long identity's word that a key is unknown is believed.")
    if stalledAfter > .zero, stalledAfter < commitDeadline {
      reader.reject("stalled-after", "must not be shorter than commit-deadline, or 0 for tests")
    }
  }

  /// The quotes' key ring, which the first start makes.
  public func checkFiles() throws(ConfigError) {
    if FileManager.default.fileExists(atPath: quoteKeysFile) { _ = try KeyRing(contentsOf: quoteKeysFile, key: Self.quoteKeysKey) }
  }

  static let quoteKeysKey = "quote-keys-file"
}
