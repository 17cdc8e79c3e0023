/// The requests that took effect, for whoever keeps their body hashes.
extension Queryable {
  /// At most `limit` requests with their body hashes, in the order of their keys, from the one after `key`.
  public func recordedRequests(after key: RequestKey?, limit: Int) throws -> [(key: RequestKey, bodyHash: [UInt8])] {
    try all(
      RecordedRequests.select,
      [.text(key?.client ?? ""), .text(key?.method ?? ""), .text(key?.requestID ?? ""), .integer(limit)]
    ) { row in
      (RequestKey(client: row.text(0), method: row.text(1), requestID: row.text(2)), row.blob(3))
    }
  }
}

extension Transaction {
  public func replaceBodyHash(of key: RequestKey, with bodyHash: [UInt8]) throws {
    try run(RecordedRequests.update, [.text(key.client), .text(key.method), .text(key.requestID), .blob(bodyHash)])
  }
}

private enum RecordedRequests {
  static let select = SQL(
    "database.select-recorded-requests",
    """
    SELECT client, method, request_id, body_hash FROM database_request
    WHERE (client, method, request_id) > (?1, ?2, ?3) ORDER BY client, method, request_id LIMIT ?4
    """)
  static let update = SQL(
    "database.replace-body-hash",
    "UPDATE database_request SET body_hash = ?4 WHERE client = ?1 AND method = ?2 AND request_id = ?3")
}
