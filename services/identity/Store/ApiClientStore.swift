import Database
import Foundation

/// An API client as stored. Its key is not: only a keyed hash of it.
struct ApiClientRow: Sendable {
  var clientID: String
  var displayName: String
  var keyPrefix: String
  var createTime: Date
  var isRevoked: Bool
  var grant: Grant
}

/// The SQL of API clients.
enum ApiClientStore {
  // MARK: Reading

  static func find(clientID: String, in snapshot: some Queryable) throws -> ApiClientRow? {
    try snapshot.first(selectByID, [.text(clientID)]) { Self.row($0) }.map { try withGrant($0, in: snapshot) }
  }

  static func find(keyHash: [UInt8], in snapshot: some Queryable) throws -> ApiClientRow? {
    try snapshot.first(selectByKey, [.blob(keyHash)]) { Self.row($0) }.map { try withGrant($0, in: snapshot) }
  }

  /// At most `limit` clients in the order of their ids, from the one after `clientID`.
  static func list(after clientID: String, limit: Int, in snapshot: some Queryable) throws -> [ApiClientRow] {
    try snapshot.all(selectPage, [.text(clientID), .integer(limit)]) { Self.row($0) }.map { try withGrant($0, in: snapshot) }
  }

  private static func row(_ row: Row) -> ApiClientRow {
    ApiClientRow(
      clientID: row.text(0), displayName: row.text(1), keyPrefix: row.text(2), createTime: row.time(3), isRevoked: !row.isNull(4),
      grant: Grant(scopes: [], storeIDs: []))
  }

  private static func withGrant(_ client: ApiClientRow, in snapshot: some Queryable) throws -> ApiClientRow {
    var client = client
    client.grant.scopes = Set(try snapshot.all(selectScopes, [.text(client.clientID)]) { $0.text(0) })
    client.grant.storeIDs = Set(try snapshot.all(selectStores, [.text(client.clientID)]) { $0.text(0) })
    return client
  }

  private static let columns = "client_id, display_name, key_prefix, create_time, revoke_time"
  private static let selectByID = SQL("identity.select-client-by-id", "SELECT \(columns) FROM api_client WHERE client_id = ?1")
  private static let selectByKey = SQL("identity.select-client-by-key", "SELECT \(columns) FROM api_client WHERE key_hash = ?1")
  private static let selectPage = SQL(
    "identity.select-clients", "SELECT \(columns) FROM api_client WHERE client_id > ?1 ORDER BY client_id LIMIT ?2")
  private static let selectScopes = SQL("identity.select-client-scopes", "SELECT scope FROM api_client_scope WHERE client_id = ?1")
  private static let selectStores = SQL("identity.select-client-stores", "SELECT store_id FROM api_client_store WHERE client_id = ?1")

  // MARK: Writing

  /// Adds a client, unless one with its id exists; says whether it did.
  static func insert(_ client: ApiClientRow, keyHash: [UInt8], createdBy: String, in transaction: Transaction) throws -> Bool {
    let inserted = try transaction.run(
      insertClient,
      [
        .text(client.clientID), .text(client.displayName), .blob(keyHash), .text(client.keyPrefix), .text(createdBy),
        .time(client.createTime),
      ])
    guard inserted == 1 else { return false }
    for scope in client.grant.scopes.sorted() { try transaction.run(insertScope, [.text(client.clientID), .text(scope)]) }
    for storeID in client.grant.storeIDs.sorted() { try transaction.run(insertStore, [.text(client.clientID), .text(storeID)]) }
    return true
  }

  /// Revokes a client for good. One that is revoked keeps its first time.
  static func revoke(clientID: String, at time: Date, in transaction: Transaction) throws {
    try transaction.run(revokeClient, [.text(clientID), .time(time)])
  }

  private static let insertClient = SQL(
    "identity.insert-client",
    """
    INSERT INTO api_client (client_id, display_name, key_hash, key_prefix, created_by, create_time)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (client_id) DO NOTHING
    """)
  private static let insertScope = SQL(
    "identity.insert-client-scope", "INSERT INTO api_client_scope (client_id, scope) VALUES (?1, ?2)")
  private static let insertStore = SQL(
    "identity.insert-client-store", "INSERT INTO api_client_store (client_id, store_id) VALUES (?1, ?2)")
  private static let revokeClient = SQL(
    "identity.revoke-client", "UPDATE api_client SET revoke_time = ?2 WHERE client_id = ?1 AND revoke_time IS NULL")
}
