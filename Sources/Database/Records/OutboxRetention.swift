public import Foundation

/// Events after the asked-for position are no longer in the outbox: every event up to `through` was removed.
public struct EventsRemoved: Error, Sendable, Hashable {
  public let through: Int64
}

/// Who follows the outbox under a name, and up to which event it is done.
public struct FeedConsumerRecord: Sendable, Hashable {
  /// Whose name it is: two clients may choose the same.
  public let client: String
  public let name: String
  public let position: Int64
  /// When it last said so.
  public let time: Date
}

extension Queryable {
  /// Every event up to this position was removed; 0 when none was. A feed that starts at the oldest event starts after it.
  public func removedEventsEnd() throws -> Int64 {
    try first(RetentionStatements.removedEnd) { $0.int64(0) } ?? 0
  }

  /// Every consumer that has a name, at most `Transaction.feedConsumerLimit`.
  public func feedConsumers() throws -> [FeedConsumerRecord] {
    try all(RetentionStatements.consumers) { row in
      FeedConsumerRecord(client: row.text(0), name: row.text(1), position: row.int64(2), time: row.time(3))
    }
  }
}

/// There are `Transaction.feedConsumerLimit` consumers already.
public struct TooManyFeedConsumers: Error, Sendable, Hashable {}

extension Transaction {
  /// Consumers that one outbox keeps events for: each is a row that every removal looks at.
  public static let feedConsumerLimit = 256

  /// Notes that a consumer is done with every event up to `position`; a consumer that is new is kept from now on. Throws `EventsRemoved`
  /// where events after the position are no longer there, and `TooManyFeedConsumers`.
  public func acknowledgeEvents(through position: Int64, client: String, name: String, at time: Date) throws {
    let removed = try removedEventsEnd()
    guard position >= removed else { throw EventsRemoved(through: removed) }
    let values: [SQLValue] = [.text(client), .text(name), .integer(position), .time(time)]
    if try run(RetentionStatements.acknowledge, values) == 1 { return }
    guard try run(RetentionStatements.register, values + [.integer(Self.feedConsumerLimit)]) == 1 else { throw TooManyFeedConsumers() }
  }

  /// Keeps nothing for a consumer any more; false when there was none.
  public func forgetFeedConsumer(client: String, name: String) throws -> Bool {
    try run(RetentionStatements.forget, [.text(client), .text(name)]) == 1
  }

  /// Removes the oldest events, those that every consumer is done with and that are older than `time`: at most `limit`, and none after
  /// one that stays. How many it removed.
  ///
  /// Their positions are never given again: SQLite counts on from the highest there ever was (AUTOINCREMENT), PostgreSQL's publisher from
  /// the row that it keeps.
  public func removeOldestEvents(before time: Date, limit: Int) throws -> Int {
    let acknowledged = try first(RetentionStatements.leastAcknowledged) { $0.optionalInt64(0) } ?? nil
    var last: Int64?
    try query(RetentionStatements.oldest, [.integer(try removedEventsEnd()), .integer(limit)]) { row in
      guard row.int64(0) <= acknowledged ?? .max, row.time(1) < time else { return false }
      last = row.int64(0)
      return true
    }
    guard let last else { return 0 }
    try run(RetentionStatements.moveStart, [.integer(last)])
    return try run(RetentionStatements.remove, [.integer(last)])
  }
}

private enum RetentionStatements {
  static let removedEnd = SQL("database.removed-events-end", "SELECT removed_through FROM database_outbox_start WHERE feed = 'outbox'")
  static let moveStart = SQL("database.move-outbox-start", "UPDATE database_outbox_start SET removed_through = ?1 WHERE feed = 'outbox'")
  static let oldest = SQL(
    "database.oldest-events", "SELECT position, time FROM database_outbox WHERE position > ?1 ORDER BY position LIMIT ?2")
  static let remove = SQL("database.remove-events", "DELETE FROM database_outbox WHERE position <= ?1")
  static let consumers = SQL(
    "database.feed-consumers", "SELECT client, name, position, time FROM database_feed_consumer ORDER BY client, name")
  static let leastAcknowledged = SQL("database.least-acknowledged", "SELECT min(position) FROM database_feed_consumer")
  static let acknowledge = SQL(
    "database.acknowledge-events",
    "UPDATE database_feed_consumer SET position = ?3, time = ?4 WHERE client = ?1 AND name = ?2")
  static let register = SQL(
    "database.register-feed-consumer",
    """
    INSERT INTO database_feed_consumer(client, name, position, time)
    SELECT ?1, ?2, CAST(?3 AS BIGINT), CAST(?4 AS BIGINT) WHERE (SELECT count(*) FROM database_feed_consumer) < ?5
    """)
  static let forget = SQL("database.forget-feed-consumer", "DELETE FROM database_feed_consumer WHERE client = ?1 AND name = ?2")
}
