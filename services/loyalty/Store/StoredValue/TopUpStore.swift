internal import Database

/// Top-ups, and what of them went back to how they were paid.
enum TopUpStore {
  /// How it was paid, and so how it is refunded. The kind is the contract's number.
  struct Payment: Equatable, Sendable {
    var kind: Int64
    var reference: String
  }

  struct TopUp: Equatable {
    var entryID: String
    var accountID: String
    var lotID: String
    var payment: Payment
    var amounts: TopUpRefund.TopUp
    var schemeVersion: Int64
  }

  static func insert(_ topUp: TopUp, _ transaction: Transaction) throws {
    try transaction.run(
      insertTopUp,
      [
        .text(topUp.entryID), .text(topUp.accountID), .text(topUp.lotID), .integer(topUp.payment.kind), .text(topUp.payment.reference),
        .integer(topUp.amounts.loaded.principal), .integer(topUp.amounts.loaded.bonus), .integer(topUp.schemeVersion),
      ])
  }

  static func find(_ entryID: String, _ reader: some Queryable) throws -> TopUp? {
    try reader.first(findTopUp, [.text(entryID)]) { row in
      TopUp(
        entryID: row.text(0), accountID: row.text(1), lotID: row.text(2),
        payment: Payment(kind: row.int64(3), reference: row.text(4)),
        amounts: TopUpRefund.TopUp(
          loaded: ValueParts(principal: row.int64(5), bonus: row.int64(6)),
          refunded: ValueParts(principal: row.int64(8), bonus: row.int64(9))),
        schemeVersion: row.int64(7))
    }
  }

  /// Counts a refund if that much is left of the top-up; says whether it was.
  static func refund(_ parts: ValueParts, of entryID: String, _ transaction: Transaction) throws -> Bool {
    try transaction.run(refundTopUp, [.text(entryID), .integer(parts.principal), .integer(parts.bonus)]) == 1
  }

  private static let insertTopUp = SQL(
    "loyalty.insert-top-up",
    """
    INSERT INTO value_top_up (entry_id, account_id, lot_id, payment_kind, payment_reference, principal, bonus, scheme_version)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    """)
  private static let findTopUp = SQL(
    "loyalty.find-top-up",
    """
    SELECT entry_id, account_id, lot_id, payment_kind, payment_reference, principal, bonus, scheme_version, principal_refunded,
      bonus_refunded
    FROM value_top_up WHERE entry_id = ?1
    """)
  private static let refundTopUp = SQL(
    "loyalty.refund-top-up",
    """
    UPDATE value_top_up SET principal_refunded = principal_refunded + ?2, bonus_refunded = bonus_refunded + ?3
    WHERE entry_id = ?1 AND principal_refunded + ?2 <= principal AND bonus_refunded + ?3 <= bonus
    """)
}
