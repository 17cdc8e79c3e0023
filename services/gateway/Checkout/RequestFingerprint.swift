import Crypto
import PatronAPI
import ProtobufC
import RPC
import ServiceKit

/// What a retry is recognised by: who asked, by what method, under which id, with what body.
///
/// The body's hash is a SHA-256 of the request re-encoded canonically, bound to client, method and id. It is compared for ever
/// and by every replica, so it depends on nothing that is rotated or local: a hash keyed by a ring would call every replay after
/// a rotation REQUEST_ID_REUSED. A body may hold a phone number, so the hash is kept nowhere as it is: it leaves the gateway only
/// towards inventory, which stores a hash of it under its database's key, compares, and gives none back (design, section 5).
enum RequestFingerprint {
  private static let label = Array("patron.gateway.request.v1".utf8)

  /// Refuses an id that is empty or longer than 64 bytes.
  static func key<Request: RequestIdentified>(of request: Request, _ context: ServerContext) throws(Refusal) -> InventoryV1.RequestKey {
    try RequestID.check(request.requestID)
    var body = request
    body.requestID = ""
    var hash = SHA256()
    for part in [label, Array(context.caller.clientID.utf8), Array(context.method.path.utf8), Array(request.requestID.utf8)] {
      hash.update(data: part)
      hash.update(data: [0])
    }
    hash.update(data: body.encoded())
    return InventoryV1.RequestKey(
      clientID: context.caller.clientID, method: context.method.path, requestID: request.requestID,
      bodyHash: Array(hash.finalize()))
  }
}
