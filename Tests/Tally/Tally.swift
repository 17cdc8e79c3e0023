internal import Database

/// The events that were seen, in the order of their effects, and the aggregates that are refused for a test's sake.
enum Tally {
  static let tables = """
    CREATE TABLE seen_event(number INTEGER PRIMARY KEY, event_id TEXT NOT NULL, aggregate_id TEXT NOT NULL) STRICT;
    CREATE TABLE refused_aggregate(aggregate_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
    """

  /// An aggregate that is refused: the poison of the tests.
  struct Refused: Error {}

  static func note(_ event: OutboxEvent, _ transaction: Transaction) throws {
    if try transaction.exists(isRefused, [.text(event.aggregateID)]) { throw Refused() }
    try transaction.run(insert, [.text(event.id), .text(event.aggregateID)])
  }

  /// The ids of the events in the order of their effects.
  static func seen(_ snapshot: Snapshot) throws -> [String] { try snapshot.all(select) { $0.text(0) } }

  /// Refuses every event of the aggregate from now on, or takes them again.
  static func refuse(_ aggregateID: String, _ isRefused: Bool, _ transaction: Transaction) throws {
    try transaction.run(isRefused ? add : remove, [.text(aggregateID)])
  }

  static let clear = SQL("tally.clear", "DELETE FROM seen_event")
  private static let insert = SQL("tally.insert", "INSERT INTO seen_event(event_id, aggregate_id) VALUES(?1, ?2)")
  private static let select = SQL("tally.select", "SELECT event_id FROM seen_event ORDER BY number")
  private static let isRefused = SQL("tally.is-refused", "SELECT 1 FROM refused_aggregate WHERE aggregate_id = ?1")
  private static let add = SQL("tally.refuse", "INSERT INTO refused_aggregate(aggregate_id) VALUES(?1)")
  private static let remove = SQL("tally.take-again", "DELETE FROM refused_aggregate WHERE aggregate_id = ?1")
}
