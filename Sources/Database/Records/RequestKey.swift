public import Foundation

/// What makes a request the same request: the client that sent it, the full method name, and the id that the client chose. Two
/// clients may use the same id.
public struct RequestKey: Sendable, Hashable {
  public let client: String
  public let method: String
  public let requestID: String

  public init(client: String, method: String, requestID: String) {
    self.client = client
    self.method = method
    self.requestID = requestID
  }
}

/// The request id was used before, for a request with another body.
public struct RequestIDReused: Error, Sendable, Hashable {
  public init() {}
}

extension Queryable {
  /// The reply that was recorded for `key`, byte for byte; nil the first time. Throws `RequestIDReused` when the recorded request had
  /// another body.
  public func replay(of key: RequestKey, bodyHash: [UInt8]) throws -> [UInt8]? {
    try recordedReply(of: key, bodyHash: bodyHash)
  }

  fileprivate func recordedReply(of key: RequestKey, bodyHash: [UInt8]) throws -> [UInt8]? {
    let recorded = try first(RequestRecord.find, [.text(key.client), .text(key.method), .text(key.requestID)]) {
      (bodyHash: $0.blob(0), reply: $0.blob(1))
    }
    guard let recorded else { return nil }
    guard recorded.bodyHash == bodyHash else { throw RequestIDReused() }
    return recorded.reply
  }
}

extension Transaction {
  /// The reply that was recorded for `key`, as of a `Queryable`. Where others write at the same time, a key that has none is claimed: the
  /// same request in flight elsewhere waits here until this one has ended, and replays it. Who claims, records.
  public func replay(of key: RequestKey, bodyHash: [UInt8]) throws -> [UInt8]? {
    if connection.hasOtherWriters {
      let values: [SQLValue] = [.text(key.client), .text(key.method), .text(key.requestID), .blob(bodyHash)]
      if try run(RequestRecord.claim, values) == 1 {
        noteClaim(key)
        return nil
      }
    }
    return try recordedReply(of: key, bodyHash: bodyHash)
  }

  /// Keeps the reply of a request that took effect, in the transaction of that effect.
  public func record(_ key: RequestKey, bodyHash: [UInt8], reply: [UInt8], at time: Date) throws {
    let sql = openClaim == key ? RequestRecord.complete : RequestRecord.insert
    noteClaim(nil)
    try run(sql, [.text(key.client), .text(key.method), .text(key.requestID), .blob(bodyHash), .blob(reply), .time(time)])
  }
}

private enum RequestRecord {
  static let find = SQL(
    "database.find-request",
    "SELECT body_hash, reply FROM database_request WHERE client = ?1 AND method = ?2 AND request_id = ?3")
  static let claim = SQL(
    "database.claim-request",
    """
    INSERT INTO database_request(client, method, request_id, body_hash, reply, time) VALUES(?1, ?2, ?3, ?4, '', 0)
    ON CONFLICT (client, method, request_id) DO NOTHING
    """)
  static let complete = SQL(
    "database.complete-request",
    "UPDATE database_request SET body_hash = ?4, reply = ?5, time = ?6 WHERE client = ?1 AND method = ?2 AND request_id = ?3")
  static let insert = SQL(
    "database.insert-request",
    "INSERT INTO database_request(client, method, request_id, body_hash, reply, time) VALUES(?1, ?2, ?3, ?4, ?5, ?6)")
}
