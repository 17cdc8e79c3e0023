public import Foundation

/// What the events of a feed are about: a kind and an id, such as `member` and `mem_…`. Their order is promised.
public struct Aggregate: Sendable, Hashable {
  public let type: String
  public let id: String

  public init(type: String, id: String) {
    self.type = type
    self.id = id
  }
}

extension OutboxEvent {
  public var aggregate: Aggregate { Aggregate(type: aggregateType, id: aggregateID) }
}

/// An aggregate of a followed feed whose events wait for an operator, since the first of them could not be applied.
public struct ParkedAggregate: Sendable, Hashable {
  public let aggregate: Aggregate
  /// Of the latest attempt.
  public let error: String
  public let time: Date
  public let eventCount: Int
}

/// As many events of the feed are parked as may be. Nothing was changed.
public struct ParkingFull: Error, Sendable, Hashable {}

extension Queryable {
  /// Whether events of `aggregate` are parked, so that a later one may not take effect before them.
  public func isParked(_ aggregate: Aggregate, in feed: String) throws -> Bool {
    try exists(ParkingStatements.isParked, [.text(feed), .text(aggregate.type), .text(aggregate.id)])
  }

  /// Parked aggregates in the order of their names, from the one after `last`, at most `limit`.
  public func parkedAggregates(in feed: String, after last: Aggregate? = nil, limit: Int) throws -> [ParkedAggregate] {
    try all(ParkingStatements.aggregates, [.text(feed), .text(last?.type ?? ""), .text(last?.id ?? ""), .integer(limit)]) { row in
      ParkedAggregate(
        aggregate: Aggregate(type: row.text(0), id: row.text(1)), error: row.text(2), time: row.time(3), eventCount: row.int(4))
    }
  }

  public func parkedAggregateCount(in feed: String) throws -> Int {
    try first(ParkingStatements.count, [.text(feed)]) { $0.int(0) } ?? 0
  }

  /// The parked events of `aggregate` in their order, at most `limit`.
  public func parkedEvents(of aggregate: Aggregate, in feed: String, limit: Int) throws -> [OutboxEvent] {
    try all(ParkingStatements.events, [.text(feed), .text(aggregate.type), .text(aggregate.id), .integer(limit)]) { row in
      OutboxEvent(
        id: row.text(0), type: row.text(1), aggregateType: aggregate.type, aggregateID: aggregate.id, time: row.time(2),
        payload: row.blob(3))
    }
  }
}

extension Transaction {
  /// Parks `event` behind those of its aggregate that are parked already. Throws `ParkingFull` when the feed has `limit` parked events.
  public func park(_ event: OutboxEvent, in feed: String, limit: Int) throws {
    guard try run(ParkingStatements.countOneMore, [.text(feed), .integer(limit)]) == 1 else { throw ParkingFull() }
    try run(
      ParkingStatements.insertEvent,
      [
        .text(feed), .text(event.aggregateType), .text(event.aggregateID), .text(event.id), .text(event.type), .time(event.time),
        .blob(event.payload),
      ])
  }

  /// Notes why the first parked event of `aggregate` could not be applied. The aggregate is parked from now on.
  public func noteParked(_ aggregate: Aggregate, in feed: String, error: String, at time: Date) throws {
    try run(ParkingStatements.noteAggregate, [.text(feed), .text(aggregate.type), .text(aggregate.id), .text(error), .time(time)])
  }

  /// Takes the first parked event of its aggregate away, in the transaction of its effect; after the last one the aggregate is parked no
  /// more. False when `event` is not the first, or not there.
  public func release(_ event: OutboxEvent, in feed: String) throws -> Bool {
    let aggregate: [SQLValue] = [.text(feed), .text(event.aggregateType), .text(event.aggregateID)]
    guard try run(ParkingStatements.removeFirst, aggregate + [.text(event.id)]) == 1 else { return false }
    try run(ParkingStatements.countOneLess, [.text(feed)])
    try run(ParkingStatements.removeEmptyAggregate, aggregate)
    return true
  }
}

private enum ParkingStatements {
  static let isParked = SQL(
    "database.is-parked",
    "SELECT 1 FROM database_parked_aggregate WHERE feed = ?1 AND aggregate_type = ?2 AND aggregate_id = ?3")
  static let aggregates = SQL(
    "database.parked-aggregates",
    """
    SELECT aggregate_type, aggregate_id, error, time,
      (SELECT count(*) FROM database_parked_event AS event
        WHERE event.feed = parked.feed AND event.aggregate_type = parked.aggregate_type AND event.aggregate_id = parked.aggregate_id)
    FROM database_parked_aggregate AS parked
    WHERE feed = ?1 AND (aggregate_type, aggregate_id) > (?2, ?3) ORDER BY aggregate_type, aggregate_id LIMIT ?4
    """)
  static let count = SQL("database.count-parked-aggregates", "SELECT count(*) FROM database_parked_aggregate WHERE feed = ?1")
  static let events = SQL(
    "database.parked-events",
    """
    SELECT event_id, type, time, payload FROM database_parked_event
    WHERE feed = ?1 AND aggregate_type = ?2 AND aggregate_id = ?3 ORDER BY number LIMIT ?4
    """)
  static let countOneMore = SQL(
    "database.count-parked-event",
    "UPDATE database_followed_feed SET parked_events = parked_events + 1 WHERE feed = ?1 AND parked_events < ?2")
  static let countOneLess = SQL(
    "database.uncount-parked-event", "UPDATE database_followed_feed SET parked_events = parked_events - 1 WHERE feed = ?1")
  static let insertEvent = SQL(
    "database.park-event",
    """
    INSERT INTO database_parked_event(feed, aggregate_type, aggregate_id, event_id, type, time, payload)
    VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)
    """)
  static let noteAggregate = SQL(
    "database.note-parked-aggregate",
    """
    INSERT INTO database_parked_aggregate(feed, aggregate_type, aggregate_id, error, time) VALUES(?1, ?2, ?3, ?4, ?5)
    ON CONFLICT (feed, aggregate_type, aggregate_id) DO UPDATE SET error = excluded.error, time = excluded.time
    """)
  static let removeFirst = SQL(
    "database.release-parked-event",
    """
    DELETE FROM database_parked_event WHERE number = (
      SELECT min(number) FROM database_parked_event WHERE feed = ?1 AND aggregate_type = ?2 AND aggregate_id = ?3) AND event_id = ?4
    """)
  static let removeEmptyAggregate = SQL(
    "database.release-parked-aggregate",
    """
    DELETE FROM database_parked_aggregate WHERE feed = ?1 AND aggregate_type = ?2 AND aggregate_id = ?3 AND NOT EXISTS (
      SELECT 1 FROM database_parked_event WHERE feed = ?1 AND aggregate_type = ?2 AND aggregate_id = ?3)
    """)
}
