internal import Database
internal import Foundation

/// Reports that are folded from the ledger.
enum ValueReports {
  struct SettlementLine: Equatable, Sendable {
    var sellingStoreID: String
    /// Who gave goods for it, or its money back.
    var redeemingStoreID: String
    var parts: ValueParts
  }

  struct LiabilityLine: Equatable, Sendable {
    var sellingStoreID: String
    var outstanding: ValueParts
    var held: Int64
    var frozen: Int64
    var expired: ValueParts
  }

  /// What was redeemed or refunded where, by who had sold it: spends less what returns gave back, and the money of refunds, from `start` to
  /// before `end`.
  static func settlement(
    of currencyCode: String, from start: Date, to end: Date, after: (selling: String, redeeming: String)?, limit: Int,
    _ reader: some Queryable
  ) throws -> [SettlementLine] {
    try reader.all(
      settlementLines,
      [
        .text(currencyCode), .time(start), .time(end), .bool(after == nil), .text(after?.selling ?? ""), .text(after?.redeeming ?? ""),
        .integer(limit),
      ]
    ) { row in
      SettlementLine(
        sellingStoreID: row.text(0), redeemingStoreID: row.text(1), parts: ValueParts(principal: row.int64(2), bonus: row.int64(3)))
    }
  }

  /// What customers are owed at `instant`, by who sold it.
  static func liability(
    of currencyCode: String, at instant: Date, after storeID: String?, limit: Int, _ reader: some Queryable
  ) throws -> [LiabilityLine] {
    try reader.all(
      liabilityLines,
      [.text(currencyCode), .time(instant), .bool(storeID == nil), .text(storeID ?? ""), .integer(limit)]
    ) { row in
      // What lapsed and is not posted is in the ledger still, and no longer owed.
      let lapsed = ValueParts(principal: row.int64(3), bonus: row.int64(4))
      return LiabilityLine(
        sellingStoreID: row.text(0), outstanding: ValueParts(principal: row.int64(1), bonus: row.int64(2)) - lapsed, held: row.int64(5),
        frozen: row.int64(6), expired: ValueParts(principal: row.int64(7), bonus: row.int64(8)) + lapsed)
    }
  }

  // Refunds, which have no order, are found by their top-ups. Bonus that a refund takes back was never anybody's money.
  private static let settlementLines = SQL(
    "loyalty.settlement",
    """
    SELECT selling, redeeming, sum(CASE WHEN part = 'principal' THEN amount ELSE 0 END), sum(CASE WHEN part = 'bonus' THEN amount ELSE 0 END)
    FROM (
      SELECT lot.store_id AS selling, moved.store_id AS redeeming, entry.part, entry.amount
      FROM value_transaction AS moved
        JOIN value_entry AS entry ON entry.account_id = moved.account_id AND entry.number = moved.number AND entry.ledger = 'redeemed'
        JOIN value_lot AS lot ON lot.lot_id = entry.lot_id
      WHERE moved.currency_code = ?1 AND moved.order_id <> '' AND moved.posted_at >= ?2 AND moved.posted_at < ?3
      UNION ALL
      SELECT lot.store_id, moved.store_id, entry.part, entry.amount
      FROM value_top_up AS loaded
        JOIN value_lot AS lot ON lot.lot_id = loaded.lot_id
        JOIN value_entry AS entry ON entry.lot_id = loaded.lot_id AND entry.ledger = 'refunded' AND entry.part = 'principal'
        JOIN value_transaction AS moved ON moved.account_id = entry.account_id AND moved.number = entry.number
      WHERE loaded.principal_refunded > 0 AND moved.currency_code = ?1 AND moved.posted_at >= ?2 AND moved.posted_at < ?3
    ) AS settled
    WHERE ?4 = 1 OR (selling, redeeming) > (?5, ?6)
    GROUP BY selling, redeeming
    ORDER BY selling, redeeming LIMIT ?7
    """)

  // Lots by themselves and entries by themselves: joined, each lot would count once for each of its entries.
  private static let liabilityLines = SQL(
    "loyalty.liability",
    """
    SELECT store.store_id, coalesce(ledger.principal, 0), coalesce(ledger.bonus, 0), store.lapsed_principal, store.lapsed_bonus,
      store.held, store.frozen, coalesce(ledger.expired_principal, 0), coalesce(ledger.expired_bonus, 0)
    FROM (
      SELECT lot.store_id,
        sum(CASE WHEN account.expires_at <= ?2 THEN lot.principal ELSE 0 END) AS lapsed_principal,
        sum(CASE WHEN account.expires_at <= ?2 THEN lot.bonus ELSE 0 END) AS lapsed_bonus,
        sum(lot.principal_held + lot.bonus_held) AS held,
        sum(CASE WHEN account.state IN ('frozen', 'blocked') AND account.expires_at > ?2 THEN lot.principal + lot.bonus ELSE 0 END) AS frozen
      FROM value_lot AS lot JOIN value_account AS account ON account.account_id = lot.account_id
      WHERE lot.currency_code = ?1 AND (?3 = 1 OR lot.store_id > ?4)
      GROUP BY lot.store_id ORDER BY lot.store_id LIMIT ?5
    ) AS store LEFT JOIN (
      SELECT lot.store_id,
        sum(CASE WHEN entry.ledger = 'customer' AND entry.part = 'principal' THEN entry.amount ELSE 0 END) AS principal,
        sum(CASE WHEN entry.ledger = 'customer' AND entry.part = 'bonus' THEN entry.amount ELSE 0 END) AS bonus,
        sum(CASE WHEN entry.ledger = 'expired' AND entry.part = 'principal' THEN entry.amount ELSE 0 END) AS expired_principal,
        sum(CASE WHEN entry.ledger = 'expired' AND entry.part = 'bonus' THEN entry.amount ELSE 0 END) AS expired_bonus
      FROM value_lot AS lot JOIN value_entry AS entry ON entry.lot_id = lot.lot_id
      WHERE lot.currency_code = ?1 AND (?3 = 1 OR lot.store_id > ?4)
      GROUP BY lot.store_id
    ) AS ledger ON ledger.store_id = store.store_id
    ORDER BY store.store_id
    """)
}

/// Sums over the ledger of one currency: loaded + imported + adjusted − spent + given back − refunded − expired is what is outstanding.
struct ValueSums: Equatable, Sendable {
  var currencyCode: String
  var loaded: ValueParts
  var imported: ValueParts
  var adjusted: ValueParts
  var spent: ValueParts
  var givenBack: ValueParts
  var refunded: ValueParts
  var expired: ValueParts
  var outstanding: ValueParts

  static func all(_ reader: some Queryable) throws -> [ValueSums] {
    var sums: [String: ValueSums] = [:]
    try reader.forEach(ledgerSums) { row in
      let code = row.text(0)
      var sum = sums[code] ?? .nothing(code)
      let parts = ValueParts(principal: row.int64(3), bonus: row.int64(4))
      switch (ValueLedger(rawValue: row.text(1)), ValueTransaction.Kind(rawValue: row.text(2))) {
      case (.customer?, _): sum.outstanding += parts
      case (.sold?, _): sum.loaded -= parts
      case (.imported?, _): sum.imported -= parts
      case (.adjusted?, _): sum.adjusted -= parts
      case (.refunded?, _): sum.refunded += parts
      case (.expired?, _): sum.expired += parts
      case (.redeemed?, .spendReversal?): sum.givenBack -= parts
      case (.redeemed?, _): sum.spent += parts
      case (.transferred?, _), (nil, _): break
      }
      sums[code] = sum
    }
    return sums.values.sorted { $0.currencyCode < $1.currencyCode }
  }

  private static func nothing(_ currencyCode: String) -> ValueSums {
    ValueSums(
      currencyCode: currencyCode, loaded: .nothing, imported: .nothing, adjusted: .nothing, spent: .nothing, givenBack: .nothing,
      refunded: .nothing, expired: .nothing, outstanding: .nothing)
  }

  private static let ledgerSums = SQL(
    "loyalty.value-ledger-sums",
    """
    SELECT moved.currency_code, entry.ledger, moved.kind,
      sum(CASE WHEN entry.part = 'principal' THEN entry.amount ELSE 0 END),
      sum(CASE WHEN entry.part = 'bonus' THEN entry.amount ELSE 0 END)
    FROM value_entry AS entry
      JOIN value_transaction AS moved ON moved.account_id = entry.account_id AND moved.number = entry.number
    GROUP BY moved.currency_code, entry.ledger, moved.kind
    ORDER BY moved.currency_code
    """)
}
