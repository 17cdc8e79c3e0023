/// How far this database has followed the feed of another service. The row changes in the transaction of what was done with the feed's
/// events, so each event takes effect exactly once, whoever is killed.
public struct FeedPlace: Sendable, Hashable {
  /// Opaque, as the feed gave it; empty before the first event.
  public let cursor: [UInt8]
  /// Events that wait for an operator.
  public let parkedEvents: Int
}

/// The feed was moved on since the cursor was read: by another replica, by an operator, or by a COMMIT whose answer was lost.
public struct FeedOvertaken: Error, Sendable, Hashable {}

extension Queryable {
  /// Nil for a feed that was never followed. `feed` is the follower's own name for it.
  public func place(in feed: String) throws -> FeedPlace? {
    try first(FeedStatements.place, [.text(feed)]) { FeedPlace(cursor: $0.blob(0), parkedEvents: $0.int(1)) }
  }
}

extension Transaction {
  /// Where the feed is to be followed from: its start, the first time.
  public func follow(_ feed: String) throws -> FeedPlace {
    if let place = try place(in: feed) { return place }
    try run(FeedStatements.begin, [.text(feed), .blob([])])
    return FeedPlace(cursor: [], parkedEvents: 0)
  }

  /// Moves the feed on from `old`, and says how many of its events are parked. Throws `FeedOvertaken` when it does not stand there: of two
  /// who took the same events one alone passes, and the other's transaction is undone.
  public func advance(_ feed: String, from old: [UInt8], to new: [UInt8]) throws -> Int {
    let parked = try first(FeedStatements.advance, [.text(feed), .blob(old), .blob(new)]) { $0.int(0) }
    guard let parked else { throw FeedOvertaken() }
    return parked
  }

  /// Begins the feed anew at `cursor`, with nothing parked: for a follower whose state was made anew in the same transaction.
  public func restart(_ feed: String, at cursor: [UInt8]) throws {
    try run(FeedStatements.forgetParkedEvents, [.text(feed)])
    try run(FeedStatements.forgetParkedAggregates, [.text(feed)])
    try run(FeedStatements.restart, [.text(feed), .blob(cursor)])
  }
}

private enum FeedStatements {
  static let place = SQL("database.feed-place", "SELECT cursor, parked_events FROM database_followed_feed WHERE feed = ?1")
  static let begin = SQL(
    "database.follow-feed",
    "INSERT INTO database_followed_feed(feed, cursor, parked_events) VALUES(?1, ?2, 0) ON CONFLICT (feed) DO NOTHING")
  static let advance = SQL(
    "database.advance-feed",
    "UPDATE database_followed_feed SET cursor = ?3 WHERE feed = ?1 AND cursor = ?2 RETURNING parked_events")
  static let restart = SQL(
    "database.restart-feed",
    """
    INSERT INTO database_followed_feed(feed, cursor, parked_events) VALUES(?1, ?2, 0)
    ON CONFLICT (feed) DO UPDATE SET cursor = excluded.cursor, parked_events = 0
    """)
  static let forgetParkedEvents = SQL("database.forget-parked-events", "DELETE FROM database_parked_event WHERE feed = ?1")
  static let forgetParkedAggregates = SQL("database.forget-parked-aggregates", "DELETE FROM database_parked_aggregate WHERE feed = ?1")
}
