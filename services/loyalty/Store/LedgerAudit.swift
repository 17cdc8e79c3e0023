internal import Database
internal import Foundation
internal import PatronAPI

/// What `Verify` finds: every balance recomputed from the ledger and from the lots, at one stated instant, however long the books are.
/// Each check has a snapshot of its own, so that none is pinned for the time of all of them.
///
/// The two forms come from different rows: the ledger says what moved, the lots and the members' rows say what is. A difference
/// names what is untrue and whose it is.
struct LedgerAudit {
  /// A damaged book shows its first differences of each kind; a list of millions would help nobody.
  static let differencesListedAtMost = 100

  var asOf: Date
  var differences: [TypeV1.Difference]
  var accountsChecked: Int64
  var entriesChecked: Int64
  var sums: Sums
  /// One a currency.
  var valueSums: [ValueSums]

  /// Sums over the whole ledger, for reconciliation: earned + awarded − spent − takenBack + givenBack + adjusted − fees − expired is what
  /// the members have, less what they owe.
  struct Sums: Equatable {
    var earned: Int64 = 0
    var spent: Int64 = 0
    var takenBack: Int64 = 0
    var givenBack: Int64 = 0
    var adjusted: Int64 = 0
    /// Less what returns booked back because it had expired already.
    var expired: Int64 = 0
    /// By actions; `earned` is by orders.
    var awarded: Int64 = 0
    /// Of transfers.
    var fees: Int64 = 0
  }

  static func audit(
    _ database: Database, at instant: Date, deadline: ContinuousClock.Instant? = nil
  ) async throws -> LedgerAudit {
    var differences: [TypeV1.Difference] = []
    for check in LedgerChecks.all + CapChecks.all + AwardChecks.all + TierChecks.all + PointsChecks.all + ValueChecks.all
      + EntitlementChecks.all
    {
      differences += try await database.maintenanceRead(deadline: deadline) { try rows(breaking: check, at: instant, $0) }
    }
    let found = differences
    return try await database.maintenanceRead(deadline: deadline) { snapshot in
      LedgerAudit(
        asOf: instant, differences: found, accountsChecked: try count(countAccounts, snapshot),
        entriesChecked: try count(countEntries, snapshot), sums: try sums(snapshot), valueSums: try ValueSums.all(snapshot))
    }
  }

  private static func rows(
    breaking check: LedgerCheck, at instant: Date, _ snapshot: some Queryable
  ) throws -> [TypeV1.Difference] {
    let arguments: [SQLValue] = [.integer(differencesListedAtMost)] + (check.dependsOnInstant ? [.time(instant)] : [])
    return try snapshot.all(check.sql, arguments) { row in
      TypeV1.Difference(
        check: check.name, ids: [row.text(0), row.text(1)].filter { !$0.isEmpty }, expected: String(row.int64(2)),
        found: String(row.int64(3)))
    }
  }

  private static func count(_ sql: SQL, _ snapshot: some Queryable) throws -> Int64 {
    try snapshot.first(sql, []) { $0.int64(0) } ?? 0
  }

  private static func sums(_ snapshot: some Queryable) throws -> Sums {
    let sums = try snapshot.first(ledgerSums, []) { row in
      Sums(
        earned: row.int64(0), spent: row.int64(1), takenBack: row.int64(2), givenBack: row.int64(3), adjusted: row.int64(4),
        expired: row.int64(5), awarded: row.int64(6), fees: row.int64(7))
    }
    return sums ?? Sums()
  }

  private static let countAccounts = SQL(
    "loyalty.count-accounts",
    """
    SELECT (SELECT count(*) FROM member_account) + (SELECT count(*) FROM value_account) + (SELECT count(*) FROM entitlement)
    """)
  private static let countEntries = SQL(
    "loyalty.count-entries",
    """
    SELECT (SELECT count(*) FROM ledger_entry) + (SELECT count(*) FROM value_entry) + (SELECT count(*) FROM entitlement_entry)
    """)

  private static let ledgerSums = SQL(
    "loyalty.ledger-sums",
    """
    SELECT
      coalesce(sum(CASE WHEN moved.kind = 'earn' AND moved.order_id <> '' AND entry.account = 'programme_issued' THEN -entry.amount END), 0),
      coalesce(sum(CASE WHEN moved.kind = 'spend' AND entry.account = 'programme_redeemed' THEN entry.amount END), 0),
      coalesce(sum(CASE WHEN moved.kind = 'earn_reversal' AND entry.account = 'programme_issued' THEN entry.amount END), 0),
      coalesce(sum(CASE WHEN moved.kind = 'spend_reversal' AND entry.account = 'programme_redeemed' THEN -entry.amount END), 0),
      coalesce(sum(CASE WHEN entry.account = 'programme_adjusted' AND moved.variant = '' THEN -entry.amount END), 0),
      coalesce(sum(CASE WHEN entry.account = 'programme_expired' THEN entry.amount END), 0),
      coalesce(sum(CASE WHEN moved.kind = 'earn' AND moved.order_id = '' AND entry.account = 'programme_issued' THEN -entry.amount END), 0),
      coalesce(sum(CASE WHEN moved.variant = 'transfer_fee' AND entry.account = 'programme_adjusted' THEN entry.amount END), 0)
    FROM ledger_entry AS entry
      JOIN ledger_transaction AS moved ON moved.member_id = entry.member_id AND moved.number = entry.number
    """)
}
