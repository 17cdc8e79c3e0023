public import Database
import PatronAPI
import RPC

/// What an operator asks of a feed's consumer, while it runs or not: see the `feed` command.
extension FeedConsumer {
  /// The parked event is not, or no longer, the first of its aggregate.
  struct NotFirst: Error, CustomStringConvertible {
    let description = "the event is not the first that is parked of its aggregate"
  }

  /// The feed said something else than that it has begun.
  struct NoStart: Error, CustomStringConvertible {
    let description = "the feed gave no cursor"
  }

  /// Lets the parked events of `aggregate` take effect in order, each in a transaction of its own and once. How many did. Throws what the
  /// next one threw, which then stands as the aggregate's error.
  public func retry(_ aggregate: Aggregate) async throws -> Int {
    let (feed, effect, faults) = (feed, effect, faults)
    var count = 0
    while true {
      do {
        let isDone = try await database.write { transaction in
          guard let event = try transaction.parkedEvents(of: aggregate, in: feed, limit: 1).first else { return true }
          do { try effect(transaction, event) } catch { throw EffectFailure(index: 0, error: error) }
          _ = try transaction.release(event, in: feed)
          faults.reach("feed.before-retry-commit")
          return false
        }
        if isDone { return count }
        count += 1
      } catch let failure as EffectFailure {
        let (text, now) = (EffectFailure.text(of: failure.error), clock.now())
        try await database.write { transaction in
          // Another operator may have let it go meanwhile.
          guard try transaction.isParked(aggregate, in: feed) else { return }
          try transaction.noteParked(aggregate, in: feed, error: text, at: now)
        }
        throw failure.error
      }
    }
  }

  /// Passes over a parked event for good, which must be the first of its aggregate. Those behind it stay parked until they are retried.
  public func skip(_ eventID: String, of aggregate: Aggregate) async throws -> OutboxEvent {
    let feed = feed
    let event = try await database.write { transaction in
      guard let event = try transaction.parkedEvents(of: aggregate, in: feed, limit: 1).first, event.id == eventID,
        try transaction.release(event, in: feed)
      else { throw NotFirst() }
      return event
    }
    logger.notice(
      "a parked event was skipped",
      metadata: ["feed": "\(feed)", "event_id": "\(event.id)", "type": "\(event.type)", "aggregate_id": "\(event.aggregateID)"])
    return event
  }

  /// Makes the state anew (`FeedResync`) and follows the feed from there. Nothing is parked afterwards. A consumer that runs, here or in
  /// another process, goes on by itself.
  public func resynchronise() async throws {
    let (feed, faults) = (feed, faults)
    switch resync {
    case .replay(let clear):
      try await database.write { transaction in
        try clear(transaction)
        try transaction.restart(feed, at: [])
      }
    case .reread(let read):
      let end = try await endOfFeed()
      let replace = try await read()
      try await database.write { transaction in
        try replace(transaction)
        try transaction.restart(feed, at: end)
      }
      // What comes after it is kept from now on, also while nobody follows.
      _ = await acknowledge(end)
    }
    faults.reach("feed.after-resync-commit")
    logger.notice("the state that follows a feed was made anew", metadata: ["feed": "\(feed)"])
  }
}
