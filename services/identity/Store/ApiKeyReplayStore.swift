import Database
import Foundation

/// The SQL of keys that may still be shown again, since the reply that showed them may have been lost.
enum ApiKeyReplayStore {
  static func keep(_ key: ApiKey, of clientID: String, until expiry: Date, in transaction: Transaction) throws {
    try transaction.run(insertKey, [.text(clientID), .text(key.text), .time(expiry)])
  }

  /// The key, unless its time has passed by `now`, whether or not its row is gone yet.
  static func key(of clientID: String, at now: Date, in snapshot: some Queryable) throws -> String? {
    try snapshot.first(selectKey, [.text(clientID), .time(now)]) { $0.text(0) }
  }

  static func forgetExpired(at now: Date, in transaction: Transaction) throws {
    try transaction.run(deleteExpired, [.time(now)])
  }

  /// A client that is revoked has no key to show.
  static func forget(clientID: String, in transaction: Transaction) throws {
    try transaction.run(deleteKey, [.text(clientID)])
  }

  private static let insertKey = SQL(
    "identity.insert-key-replay", "INSERT INTO api_key_replay (client_id, api_key, expire_time) VALUES (?1, ?2, ?3)")
  private static let selectKey = SQL(
    "identity.select-key-replay", "SELECT api_key FROM api_key_replay WHERE client_id = ?1 AND expire_time > ?2")
  private static let deleteExpired = SQL(
    "identity.delete-expired-key-replays", "DELETE FROM api_key_replay WHERE expire_time <= ?1")
  private static let deleteKey = SQL("identity.delete-key-replay", "DELETE FROM api_key_replay WHERE client_id = ?1")
}
