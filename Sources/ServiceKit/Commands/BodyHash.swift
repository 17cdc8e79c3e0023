import Database
import ProtobufC

/// What "the same body" means: a keyed hash of the method and of the request re-encoded canonically with its id cleared.
///
/// Keyed, because a request may hold a phone number, and a bare hash of a phone number can be undone by trying them all.
/// Re-encoded, because clients in different languages may write one message in different bytes; requests that change
/// something have no map fields, so one message has one canonical form.
struct BodyHash: Sendable {
  private let hash: KeyedHash

  init(database: Database) { hash = KeyedHash(database: database, purpose: "request-body") }

  func callAsFunction<Request: RequestIdentified>(_ request: Request, method: String) -> [UInt8] {
    var cleared = request
    cleared.requestID = ""
    return hash([Array(method.utf8), [0], cleared.encoded()])
  }
}
