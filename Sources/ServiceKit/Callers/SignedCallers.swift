import Foundation
import GoogleProto
import PatronAPI
import ProtobufC
public import RPC

/// Believes callers that the gateway signed for this service, and nobody else.
///
/// A verification is one HMAC over some 150 bytes and one decoding, about 3 µs. A cache would not help: the signed bytes
/// carry the request's log id, so they differ from request to request.
public struct SignedCallers: CallerAuthenticator {
  /// The metadata key of the encoded `patron.type.v1.SignedCaller`.
  public static let metadataKey = "patron-caller-bin"
  /// How far the clocks of gateway and service may differ.
  static let clockSkew: TimeInterval = 30
  /// A signed caller larger than this is not looked at.
  public static let bytesAtMost = 8_192

  /// What the scopes and stores of a client may take of that. The rest is for ids, times and the signature.
  public static let grantBytesAtMost = 7_680
  /// The key and the length of a repeated field's element.
  private static let elementOverheadBytes = 3

  /// Whether a client with these can be signed for. Identity makes no other.
  public static func fits(scopes: [String], storeIDs: [String]) -> Bool {
    (scopes + storeIDs).reduce(0) { $0 + $1.utf8.count + elementOverheadBytes } <= grantBytesAtMost
  }

  private let audience: String
  private let ring: KeyRing?
  private let clock: any WallClock

  /// `ring` nil means local development: no signature is asked for, and whoever calls may do everything. The configuration
  /// allows that on loopback only.
  public init(audience: String, ring: KeyRing?, clock: any WallClock) {
    self.audience = audience
    self.ring = ring
    self.clock = clock
  }

  public func caller(of context: ServerContext) throws -> Caller {
    guard let ring else { return .localDevelopment }
    guard let bytes = context.metadata.binary(Self.metadataKey) else {
      throw Refusal(.unauthenticated, "CALLER_MISSING", "this service takes calls from the gateway only")
    }
    return try verify(bytes, ring: ring)
  }

  /// What is wrong with a signature is not told apart beyond expiry: a forger learns nothing from the answer.
  private func verify(_ bytes: [UInt8], ring: KeyRing) throws(Refusal) -> Caller {
    guard bytes.count <= Self.bytesAtMost,
      let signed = try? TypeV1.SignedCaller(decoding: bytes),
      ring.verify(signed.caller, keyID: signed.keyID, signature: signed.signature),
      let message = try? TypeV1.Caller(decoding: signed.caller),
      message.audience == audience, !message.clientID.isEmpty,
      let issued = message.issueTime?.date, let expires = message.expireTime?.date
    else {
      throw Refusal(.unauthenticated, "CALLER_INVALID", "the caller's signature does not hold for this service")
    }
    let now = clock.now()
    guard issued.addingTimeInterval(-Self.clockSkew) <= now, now < expires.addingTimeInterval(Self.clockSkew) else {
      throw Refusal(.unauthenticated, "CALLER_EXPIRED", "the caller's signature is of another time; compare the machines' clocks")
    }
    return Caller(
      clientID: message.clientID, staffID: message.staffID, scopes: Set(message.scopes), storeIDs: Set(message.storeIDs),
      logID: message.logID)
  }
}
