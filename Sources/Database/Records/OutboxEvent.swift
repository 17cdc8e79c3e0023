public import Foundation

/// A fact that a service publishes once it is committed.
public struct OutboxEvent: Sendable, Hashable {
  /// Unique and stable: a consumer that sees it twice may drop the second.
  public var id: String
  /// Such as `loyalty.points_earned.v1`.
  public var type: String
  /// The aggregate's kind and id, such as `member` and `mem_…`. Order is promised per aggregate.
  public var aggregateType: String
  public var aggregateID: String
  public var time: Date
  /// The message that `type` names, encoded.
  public var payload: [UInt8]

  public init(id: String, type: String, aggregateType: String, aggregateID: String, time: Date, payload: [UInt8]) {
    self.id = id
    self.type = type
    self.aggregateType = aggregateType
    self.aggregateID = aggregateID
    self.time = time
    self.payload = payload
  }
}

/// An event with its place in the outbox. Positions rise in the order in which events are published and may have gaps.
public struct StoredEvent: Sendable, Hashable {
  public let position: Int64
  public let event: OutboxEvent
}

extension Transaction {
  /// Adds an event to the outbox, in the transaction of its effect.
  public func append(_ event: OutboxEvent) throws {
    let position = try first(
      OutboxStatements.append,
      [
        .text(event.id), .text(event.type), .text(event.aggregateType), .text(event.aggregateID), .time(event.time),
        .blob(event.payload),
      ]
    ) { $0.int64(0) }
    // Zero where the publisher gives the position, after the commit.
    if let position { noteAppended(position: position) }
  }
}

extension Queryable {
  /// Events after `position`, in order, at most `limit`. Throws `EventsRemoved` where the first of them are no longer there.
  public func events(after position: Int64, limit: Int) throws -> [StoredEvent] {
    let removed = try removedEventsEnd()
    guard position >= removed else { throw EventsRemoved(through: removed) }
    return try all(OutboxStatements.list, [.integer(position), .integer(limit)]) { row in
      StoredEvent(
        position: row.int64(0),
        event: OutboxEvent(
          id: row.text(1), type: row.text(2), aggregateType: row.text(3), aggregateID: row.text(4), time: row.time(5),
          payload: row.blob(6)))
    }
  }

  /// The position of the last event, removed or not; 0 before the first.
  func lastEventPosition() throws -> Int64 {
    max(try first(OutboxStatements.last) { $0.int64(0) } ?? 0, try removedEventsEnd())
  }
}

private enum OutboxStatements {
  static let append = SQL(
    "database.append-event",
    """
    INSERT INTO database_outbox(event_id, type, aggregate_type, aggregate_id, time, payload) VALUES(?1, ?2, ?3, ?4, ?5, ?6)
    RETURNING coalesce(position, 0)
    """)
  static let list = SQL(
    "database.list-events",
    """
    SELECT position, event_id, type, aggregate_type, aggregate_id, time, payload FROM database_outbox
    WHERE position > ?1 ORDER BY position LIMIT ?2
    """)
  static let last = SQL("database.last-event", "SELECT coalesce(max(position), 0) FROM database_outbox")
}
