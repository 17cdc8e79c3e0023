import Database
import Logging

/// An event whose effect alone ran past the time limit, and how often in a row.
struct SlowEvent {
  private var eventID = ""
  private var attempts = 0

  /// Counts another attempt; how many that makes.
  mutating func tried(_ eventID: String) -> Int {
    attempts = eventID == self.eventID ? attempts + 1 : 1
    self.eventID = eventID
    return attempts
  }
}

/// Lets events take effect, a batch a transaction, with the cursor after them.
struct FeedEffects {
  private let consumer: FeedConsumer
  /// After the last event that took effect or was parked.
  private(set) var cursor: [UInt8]
  /// As of the last transaction.
  private(set) var parkedEvents: Int

  init(_ consumer: FeedConsumer, from place: FeedPlace) {
    self.consumer = consumer
    cursor = place.cursor
    parkedEvents = place.parkedEvents
  }

  /// Applies all of `items` in order, in as few transactions as their effects allow: what stands before an event that fails goes without it,
  /// then the event alone. One that fails alone is parked, unless time may mend it; then that error is thrown. A batch that other writers keep
  /// from committing is halved: fewer rows meet fewer of theirs.
  mutating func apply(_ items: [FeedItem], _ slow: inout SlowEvent) async throws {
    var rest = items[...]
    var size = rest.count
    while let first = rest.first {
      do {
        try await commit(rest.prefix(size))
        rest = rest.dropFirst(size)
        size = rest.count
      } catch {
        let failure = error as? EffectFailure
        let cause = failure?.error ?? error
        if case .busy? = cause as? DatabaseError, size > 1 {
          size /= 2
          continue
        }
        guard let failure, failure.kind != .passing else { throw cause }
        if size > 1 {
          size = max(1, failure.index)
          continue
        }
        guard let event = first.event, mayPark(event, failure.kind, &slow) else { throw cause }
        try await park(event, cause, after: first.cursor)
        rest = rest.dropFirst()
        size = rest.count
      }
    }
  }

  private func mayPark(_ event: OutboxEvent, _ kind: EffectFailure.Kind, _ slow: inout SlowEvent) -> Bool {
    switch kind {
    case .lasting: true
    case .slow: slow.tried(event.id) >= consumer.limits.slowAttempts
    case .passing, .blocked: false
    }
  }

  private mutating func commit(_ items: ArraySlice<FeedItem>) async throws {
    guard let end = items.last?.cursor, end != cursor else { return }
    let (feed, effect, limit, faults) = (consumer.feed, consumer.effect, consumer.limits.parkedEvents, consumer.faults)
    let (start, batch) = (cursor, Array(items))
    let (parked, joined) = try await consumer.database.write { transaction in
      var parked = try transaction.advance(feed, from: start, to: end)
      var joined = 0
      for (index, item) in batch.enumerated() {
        guard let event = item.event else { continue }
        do {
          guard parked > 0, try transaction.isParked(event.aggregate, in: feed) else {
            try effect(transaction, event)
            continue
          }
          try transaction.park(event, in: feed, limit: limit)
        } catch {
          throw EffectFailure(index: index, error: error)
        }
        parked += 1
        joined += 1
      }
      faults.reach("feed.before-commit")
      return (parked, joined)
    }
    faults.reach("feed.after-commit")
    cursor = end
    parkedEvents = parked
    consumer.metrics.took(batch.count { $0.event != nil }, parked: joined)
  }

  private mutating func park(_ event: OutboxEvent, _ error: any Error, after end: [UInt8]) async throws {
    let (feed, limit, start, now) = (consumer.feed, consumer.limits.parkedEvents, cursor, consumer.clock.now())
    let text = EffectFailure.text(of: error)
    parkedEvents = try await consumer.database.write { transaction in
      let parked = try transaction.advance(feed, from: start, to: end)
      try transaction.park(event, in: feed, limit: limit)
      try transaction.noteParked(event.aggregate, in: feed, error: text, at: now)
      return parked + 1
    }
    cursor = end
    consumer.metrics.took(1, parked: 1)
    consumer.logger.error(
      "an event cannot take effect: its aggregate is parked",
      metadata: [
        "feed": "\(feed)", "event_id": "\(event.id)", "type": "\(event.type)", "aggregate_type": "\(event.aggregateType)",
        "aggregate_id": "\(event.aggregateID)", "error": "\(text)",
      ])
  }
}
