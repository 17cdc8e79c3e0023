import Database
import ProtobufC

/// What "the same body" means: a keyed hash of the method and of the request re-encoded canonically with its id cleared.
///
/// Keyed, because a request may hold a phone number, and a bare hash of a phone number can be undone by trying them all.
/// Re-encoded, because clients in different languages may write one message in different bytes; requests that change
/// something have no map fields, so one message has one canonical form.
struct BodyHash: Sendable {
  private let hash: KeyedHash
  private let seal: KeyedHash?

  /// - Parameter seal: Hashes the hash once more under a key that the database does not hold, for a service whose requests are personal data.
  init(database: Database, seal: KeyedHash? = nil) {
    hash = KeyedHash(database: database, purpose: "request-body")
    self.seal = seal
  }

  func callAsFunction<Request: RequestIdentified>(_ request: Request, method: String) -> [UInt8] {
    var cleared = request
    cleared.requestID = ""
    let hashed = hash([Array(method.utf8), [0], cleared.encoded()])
    return seal.map { Self.sealed(hashed, under: $0) } ?? hashed
  }

  /// One byte of version before the hash of the hash: longer than an unsealed one, which `sealAll` tells it from.
  private static func sealed(_ hashed: [UInt8], under seal: KeyedHash) -> [UInt8] { [1] + seal([hashed]) }

  // MARK: Requests from before

  private static let batchLimit = 256

  /// Seals the hashes of the requests to `service` that were recorded unsealed, a batch at a time; what is sealed stays as it is, so a start that
  /// dies may begin again. Their repeats are known as before.
  static func sealAll(of service: String, in database: Database, under seal: KeyedHash) async throws {
    var last: RequestKey?
    while true {
      let from = last
      let page = try await database.read { try $0.recordedRequests(after: from, limit: batchLimit) }
      guard let end = page.last else { return }
      let changes = page.filter { $0.key.method.hasPrefix("/\(service)/") && $0.bodyHash.count == KeyedHash.bytes }.map {
        ($0.key, sealed($0.bodyHash, under: seal))
      }
      if !changes.isEmpty {
        try await database.write { transaction in
          for (key, hash) in changes { try transaction.replaceBodyHash(of: key, with: hash) }
        }
      }
      last = end.key
    }
  }
}
