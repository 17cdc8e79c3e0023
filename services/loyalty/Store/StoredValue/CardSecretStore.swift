internal import Database
internal import Foundation

/// What lives for minutes only: the numbers of new cards, for the repeat of the reply that showed them, and the right to spend of who gave a
/// card's number or a PIN.
enum CardSecretStore {
  struct Secret: Equatable, Sendable {
    var number: String
    var pin: String
  }

  static func keep(_ secret: Secret, of accountID: String, until expiry: Date, _ transaction: Transaction) throws {
    try transaction.run(insertSecret, [.text(accountID), .text(secret.number), .text(secret.pin), .time(expiry)])
  }

  /// Nil once its time has passed, whether or not its row is gone yet.
  static func secret(of accountID: String, at now: Date, _ reader: some Queryable) throws -> Secret? {
    try reader.first(findSecret, [.text(accountID), .time(now)]) { Secret(number: $0.text(0), pin: $0.text(1)) }
  }

  static func authorize(
    _ authorizationID: String, _ accountID: String, for clientID: String, until expiry: Date, _ transaction: Transaction
  ) throws {
    try transaction.run(insertAuthorization, [.text(authorizationID), .text(accountID), .text(clientID), .time(expiry)])
  }

  static func isAuthorized(
    _ authorizationID: String, _ accountID: String, for clientID: String, at now: Date, _ reader: some Queryable
  ) throws -> Bool {
    try reader.exists(findAuthorization, [.text(authorizationID), .text(accountID), .text(clientID), .time(now)])
  }

  static func hasExpired(at now: Date, _ reader: some Queryable) throws -> Bool { try reader.exists(findExpired, [.time(now)]) }

  static func forgetExpired(at now: Date, _ transaction: Transaction) throws {
    try transaction.run(deleteSecrets, [.time(now)])
    try transaction.run(deleteAuthorizations, [.time(now)])
  }

  private static let insertSecret = SQL(
    "loyalty.keep-card-secret", "INSERT INTO value_card_secret (account_id, number, pin, expires_at) VALUES (?1, ?2, ?3, ?4)")
  private static let findSecret = SQL(
    "loyalty.find-card-secret", "SELECT number, pin FROM value_card_secret WHERE account_id = ?1 AND expires_at > ?2")
  private static let findExpired = SQL(
    "loyalty.find-expired-card-secrets",
    """
    SELECT 1 FROM value_card_secret WHERE expires_at <= ?1
    UNION ALL
    SELECT 1 FROM value_authorization WHERE expires_at <= ?1 LIMIT 1
    """)
  private static let deleteSecrets = SQL("loyalty.forget-card-secrets", "DELETE FROM value_card_secret WHERE expires_at <= ?1")
  private static let insertAuthorization = SQL(
    "loyalty.authorize-spend",
    "INSERT INTO value_authorization (authorization_id, account_id, client_id, expires_at) VALUES (?1, ?2, ?3, ?4)")
  private static let findAuthorization = SQL(
    "loyalty.find-authorization",
    """
    SELECT 1 FROM value_authorization WHERE authorization_id = ?1 AND account_id = ?2 AND client_id = ?3 AND expires_at > ?4
    """)
  private static let deleteAuthorizations = SQL(
    "loyalty.forget-authorizations", "DELETE FROM value_authorization WHERE expires_at <= ?1")
}
