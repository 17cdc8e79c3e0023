import Foundation
import Synchronization

/// Signatures that held when they first came, by the text that they travel as. Whether their time has come or passed is asked each time.
final class KnownSignatures: Sendable {
  struct Signature: Sendable {
    var caller: Caller
    var issued: Date
    var expires: Date
  }

  /// Some 8 MiB at most, with callers of the largest size; a gateway sends one or two for each client and minute.
  static let atMost = 1_024

  private let signatures = Mutex<[String: Signature]>([:])

  var count: Int { signatures.withLock { $0.count } }

  func find(_ text: String) -> Signature? { signatures.withLock { $0[text] } }

  func keep(_ signature: Signature, _ text: String, now: Date) {
    signatures.withLock { signatures in
      if signatures.count >= Self.atMost {
        signatures = signatures.filter { now < $0.value.expires }
        // All of them hold: whoever still uses one brings it again.
        if signatures.count >= Self.atMost { signatures.removeAll(keepingCapacity: true) }
      }
      signatures[text] = signature
    }
  }
}
