import Database

/// The request keys of tills' calls. A key is written in the transaction of the effect it stands for; the primary key makes it
/// one effect a key.
enum SagaKeyStore {
  struct Found: Equatable {
    var key: SagaKey
    var purpose: SagaKey.Purpose
    var orderID: String
    var returnID: String?
  }

  /// Takes the key for an order or a return; whoever does has found it free in the same write. One that another write took meanwhile, on an
  /// engine with several writers, fails this one, which then runs again and finds it.
  static func claim(
    _ key: SagaKey, for purpose: SagaKey.Purpose, orderID: String, returnID: String? = nil, in transaction: Transaction
  ) throws {
    try transaction.run(
      insert,
      [
        .text(key.clientID), .text(key.method), .text(key.requestID), .integer(purpose.rawValue), .blob(key.bodyHash),
        .text(orderID), .optional(returnID),
      ])
  }

  /// What the key stands for. An order's key that both began and ended it is found once, as its beginning.
  ///
  /// - Throws: `requestIDReused` when it stands for a call with another body.
  static func find(_ key: SagaKey, _ purposes: Set<SagaKey.Purpose>, in source: some Queryable) throws -> Found? {
    let found = try source.all(byKey, [.text(key.clientID), .text(key.method), .text(key.requestID)], decode)
      .first { purposes.contains($0.purpose) }
    guard let found else { return nil }
    guard found.key.bodyHash == key.bodyHash else { throw InventoryRefusal.requestIDReused }
    return found
  }

  /// The keys that began and ended an order and began its returns.
  static func ofOrder(_ orderID: String, in source: some Queryable) throws -> [Found] {
    try source.all(byOrder, [.text(orderID)], decode)
  }

  /// Frees the key that began an order, so that the same call may be tried again. That of an order that was held stays: its call was
  /// answered OK, and that answer replays for ever.
  static func releaseBeginning(of orderID: String, in transaction: Transaction) throws {
    try transaction.run(release, [.text(orderID)])
  }

  private static func decode(_ row: Row) throws -> Found {
    Found(
      key: SagaKey(clientID: row.text(0), method: row.text(1), requestID: row.text(2), bodyHash: row.blob(4)),
      purpose: try row.value(3), orderID: row.text(5), returnID: row.optionalText(6))
  }

  private static let columns = "client_id, method, request_id, purpose, body_hash, order_id, return_id"

  private static let insert = SQL(
    "inventory.claim-saga-key",
    "INSERT INTO saga_keys (\(columns)) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
  private static let byKey = SQL(
    "inventory.find-saga-key",
    "SELECT \(columns) FROM saga_keys WHERE client_id = ?1 AND method = ?2 AND request_id = ?3 ORDER BY purpose")
  private static let byOrder = SQL(
    "inventory.saga-keys-of-order", "SELECT \(columns) FROM saga_keys WHERE order_id = ?1 ORDER BY purpose")
  private static let release = SQL(
    "inventory.release-saga-key",
    """
    DELETE FROM saga_keys
    WHERE order_id = ?1 AND purpose = 1 AND EXISTS (SELECT 1 FROM orders WHERE order_id = ?1 AND is_held = 0)
    """)
}
