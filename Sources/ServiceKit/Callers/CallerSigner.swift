import Foundation
import GoogleProto
import PatronAPI
import ProtobufC
public import RPC

/// Vouches for a caller towards one service at a time: what the gateway, and a Patron command line, send upstream.
public struct CallerSigner: Sendable {
  /// How long a signature holds. A call that takes longer was authenticated when it began; a later one is signed anew.
  static let lifetime: TimeInterval = 60

  private let ring: KeyRing?
  private let clock: any WallClock

  /// `ring` nil means local development, where nothing is signed.
  public init(ring: KeyRing?, clock: any WallClock) {
    self.ring = ring
    self.clock = clock
  }

  /// Adds `caller`, signed for `audience` (a service's name), to `metadata`.
  public func sign(_ caller: Caller, for audience: String, into metadata: inout Metadata) {
    if let bytes = signedCaller(caller, for: audience) { metadata.set(SignedCallers.metadataKey, binary: bytes) }
  }

  /// Options for a call to `audience` in the name of `caller`, within the deadline and the trace of `context`.
  public func options(for caller: Caller, to audience: String, within context: ServerContext? = nil) -> CallOptions {
    var options = CallOptions()
    sign(caller, for: audience, into: &options.metadata)
    if let context {
      options.deadline = context.deadline
      context.trace.inject(into: &options.metadata)
    }
    return options
  }

  /// The encoded `SignedCaller`; nil without a ring.
  func signedCaller(_ caller: Caller, for audience: String) -> [UInt8]? {
    guard let ring else { return nil }
    let now = clock.now()
    // Sorted, so that one caller has one encoding.
    let message = TypeV1.Caller(
      clientID: caller.clientID, scopes: caller.scopes.sorted(), staffID: caller.staffID, storeIDs: caller.storeIDs.sorted(),
      issueTime: GoogleProtobuf.Timestamp(now), expireTime: GoogleProtobuf.Timestamp(now.addingTimeInterval(Self.lifetime)),
      logID: caller.logID, audience: audience
    ).encoded()
    let (keyID, signature) = ring.sign(message)
    return TypeV1.SignedCaller(caller: message, keyID: keyID, signature: signature).encoded()
  }
}
