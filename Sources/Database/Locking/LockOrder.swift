import Synchronization

/// The rows that a service's writes take, in the order in which each write takes them: what makes a write safe in READ COMMITTED.
///
///     static let order = LockOrder(
///       [.row(of: "order_hold", with: ["hold_draw"]), .row(of: "member_account", with: ["lot", "ledger_entry"])],
///       references: ["earn_rule"])
///     …
///     try await database.write(locking: order) { transaction in … }
///
/// On SQLite, which has one writer, it changes nothing. On PostgreSQL the write is READ COMMITTED instead of SERIALIZABLE: it waits for a row
/// that another holds instead of being run again, and reads afterwards what that one committed. That is right for a closure which
///
/// - takes a row first by a statement about that row alone: a read with `locksRow`, a guarded UPDATE, an upsert, an INSERT. What else a statement
///   reads would be as old as its beginning, from before it waited;
/// - reads and changes what belongs to a row (`with`) only while it holds one;
/// - takes rows in the order of the steps, and those of one step in ascending order of their keys, so that no two writes wait for each other.
///
/// None of this is left to care: `LockGuard` looks at each statement, on PostgreSQL always and on SQLite where tests run every write twice, and
/// refuses one that does not fit with `lockOrder`. What it cannot see is whose parts are read: that a lot is of the member whose row is held
/// remains for the statement to say.
public final class LockOrder: Sendable {
  /// A kind of row that writes take.
  public struct Step: Sendable {
    let table: String
    let keyParameters: Int
    let parts: Set<String>

    /// Rows of `table`, each with what belongs to it in other tables.
    ///
    /// - Parameter keyParameters: How many columns the key has: the first parameters of each statement about such a row.
    public static func row(of table: String, keyParameters: Int = 1, with parts: Set<String> = []) -> Step {
      Step(table: table, keyParameters: keyParameters, parts: parts)
    }
  }

  let steps: [Step]
  /// Tables that a write may read without a lock: their rows never change, or what they said when they were read holds for the whole write.
  let references: Set<String>
  /// Tables whose unique key decides by itself: read without a lock, and added to by a plain INSERT. One that another was faster with fails,
  /// and the write runs again and reads what is there now.
  let claims: Set<String>
  private let footprints = Mutex<[UInt: (text: String, footprint: StatementFootprint)]>([:])

  public init(_ steps: [Step], references: Set<String> = [], claims: Set<String> = []) {
    self.steps = steps
    self.references = references
    self.claims = claims
  }

  /// The step whose rows the table holds.
  func step(takenIn table: String) -> Int? { steps.firstIndex { $0.table == table } }

  /// The step whose rows the table's rows are, or belong to.
  func step(covering table: String) -> Int? { steps.firstIndex { $0.table == table || $0.parts.contains(table) } }

  func footprint(of sql: SQL) -> StatementFootprint {
    footprints.withLock { known in
      if let (text, footprint) = known[sql.cacheKey], text == sql.text { return footprint }
      let footprint = StatementFootprint(sql)
      known[sql.cacheKey] = (sql.text, footprint)
      return footprint
    }
  }
}
