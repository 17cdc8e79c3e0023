import Foundation
import GoogleProto
import PatronAPI
import ProtobufC
public import RPC
import Synchronization

/// Vouches for a caller towards one service at a time: what the gateway, and a Patron command line, send upstream.
///
/// A signature is sent again with the same caller's calls for a while: it then costs neither side more than looking it up, and HTTP/2
/// some bytes.
public struct CallerSigner: Sendable {
  /// How long a signature holds. A call that takes longer was authenticated when it began; a later one is signed anew.
  static let lifetime: TimeInterval = 60
  /// How long it is sent again.
  static let reuse: TimeInterval = 20

  private let ring: KeyRing?
  private let clock: any WallClock
  private let sent = SentSignatures()

  /// `ring` nil means local development, where nothing is signed.
  public init(ring: KeyRing?, clock: any WallClock) {
    self.ring = ring
    self.clock = clock
  }

  /// Adds `caller`, signed for `audience` (a service's name), to `metadata`.
  public func sign(_ caller: Caller, for audience: String, into metadata: inout Metadata) {
    LogID.write(caller.logID, into: &metadata)
    guard let ring else { return }
    var caller = caller
    caller.logID = ""
    let now = clock.now()
    if let text = sent.find(caller, for: audience, now: now) {
      metadata.set(SignedCallers.metadataKey, text)
    } else {
      metadata.set(SignedCallers.metadataKey, binary: Self.signedCaller(caller, for: audience, ring, now))
      if let text = metadata[SignedCallers.metadataKey] { sent.keep(text, caller, for: audience, now: now) }
    }
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

  /// The encoded `SignedCaller`.
  private static func signedCaller(_ caller: Caller, for audience: String, _ ring: KeyRing, _ now: Date) -> [UInt8] {
    // Sorted, so that one caller has one encoding.
    let message = TypeV1.Caller(
      clientID: caller.clientID, scopes: caller.scopes.sorted(), staffID: caller.staffID, storeIDs: caller.storeIDs.sorted(),
      issueTime: GoogleProtobuf.Timestamp(now), expireTime: GoogleProtobuf.Timestamp(now.addingTimeInterval(lifetime)), audience: audience
    ).encoded()
    let (keyID, signature) = ring.sign(message)
    return TypeV1.SignedCaller(caller: message, keyID: keyID, signature: signature).encoded()
  }
}

/// The signatures that were made a moment ago.
private final class SentSignatures: Sendable {
  private struct Key: Hashable {
    var clientID: String
    var staffID: String
    var audience: String
  }

  private struct Signature {
    var caller: Caller
    var text: String
    var signed: Date
  }

  /// For the members of staff at every till of a chain; when there are more, all are made anew.
  private static let atMost = 4_096

  private let signatures = Mutex<[Key: Signature]>([:])

  /// - Returns: nil for one that was made too long ago, or for other scopes or stores, or by a clock that has been set back since.
  func find(_ caller: Caller, for audience: String, now: Date) -> String? {
    let signature = signatures.withLock { $0[Key(clientID: caller.clientID, staffID: caller.staffID, audience: audience)] }
    guard let signature, signature.signed <= now, now < signature.signed.addingTimeInterval(CallerSigner.reuse) else { return nil }
    return signature.caller == caller ? signature.text : nil
  }

  func keep(_ text: String, _ caller: Caller, for audience: String, now: Date) {
    signatures.withLock { signatures in
      if signatures.count >= Self.atMost { signatures.removeAll(keepingCapacity: true) }
      let key = Key(clientID: caller.clientID, staffID: caller.staffID, audience: audience)
      signatures[key] = Signature(caller: caller, text: text, signed: now)
    }
  }
}
