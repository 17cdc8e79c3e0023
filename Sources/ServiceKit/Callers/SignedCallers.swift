import Foundation
import GoogleProto
import PatronAPI
import ProtobufC
public import RPC

/// Believes callers that the gateway signed for this service, and nobody else.
///
/// The gateway sends the same signature with all of a client's calls for a while, so most are known from a moment ago by their bytes.
/// Making one out costs an HMAC and two decodings, which is half as much as the rest of a call.
public struct SignedCallers: Sendable {
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
  private let known = KnownSignatures()

  /// `ring` nil means local development: no signature is asked for, and whoever calls may do everything. The configuration
  /// allows that on loopback only.
  public init(audience: String, ring: KeyRing?, clock: any WallClock) {
    self.audience = audience
    self.ring = ring
    self.clock = clock
  }

  public func caller(of context: ServerContext) throws -> Caller {
    var caller = try vouchedCaller(of: context)
    caller.logID = LogID.read(from: context.metadata)
    return caller
  }

  private func vouchedCaller(of context: ServerContext) throws -> Caller {
    guard let ring else { return .localDevelopment }
    guard let text = context.metadata[Self.metadataKey] else {
      throw Refusal(.unauthenticated, "CALLER_MISSING", "this service takes calls from the gateway only")
    }
    let now = clock.now()
    if let signature = known.find(text) {
      try requireTime(of: signature, now)
      return signature.caller
    }
    let signature = try verify(context.metadata.binary(Self.metadataKey) ?? [], ring: ring)
    try requireTime(of: signature, now)
    known.keep(signature, text, now: now)
    return signature.caller
  }

  private func requireTime(of signature: KnownSignatures.Signature, _ now: Date) throws(Refusal) {
    guard signature.issued.addingTimeInterval(-Self.clockSkew) <= now, now < signature.expires.addingTimeInterval(Self.clockSkew) else {
      throw Refusal(.unauthenticated, "CALLER_EXPIRED", "the caller's signature is of another time; compare the machines' clocks")
    }
  }

  /// What is wrong with a signature is not told apart: a forger learns nothing from the answer.
  private func verify(_ bytes: [UInt8], ring: KeyRing) throws(Refusal) -> KnownSignatures.Signature {
    guard bytes.count <= Self.bytesAtMost,
      let signed = try? TypeV1.SignedCaller(decoding: bytes),
      ring.verify(signed.caller, keyID: signed.keyID, signature: signed.signature),
      let message = try? TypeV1.Caller(decoding: signed.caller),
      message.audience == audience, !message.clientID.isEmpty,
      let issued = message.issueTime?.date, let expires = message.expireTime?.date
    else {
      throw Refusal(.unauthenticated, "CALLER_INVALID", "the caller's signature does not hold for this service")
    }
    let caller = Caller(
      clientID: message.clientID, staffID: message.staffID, scopes: Set(message.scopes), storeIDs: Set(message.storeIDs))
    return KnownSignatures.Signature(caller: caller, issued: issued, expires: expires)
  }
}
