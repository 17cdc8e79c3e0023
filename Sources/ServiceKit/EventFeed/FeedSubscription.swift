import Database
import PatronAPI
import RPC
import Synchronization

/// One stream of a feed, from its call to its end: one task receives, one applies what has arrived, one tells the feed how far that is.
final class FeedSubscription: Sendable {
  /// Where the database stands, as far as this stream knows.
  struct Place: Equatable {
    let cursor: [UInt8]
    let parkedEvents: Int

    init(_ place: FeedPlace) { (cursor, parkedEvents) = (place.cursor, place.parkedEvents) }

    init(_ effects: FeedEffects) { (cursor, parkedEvents) = (effects.cursor, effects.parkedEvents) }
  }

  private struct State {
    var hasMoved = false
    /// Since when the receiver waits for the feed; nil while it waits for room.
    var listeningSince: ContinuousClock.Instant?
    /// After the last batch; nil before the stream has begun.
    var place: Place?
  }

  private let consumer: FeedConsumer
  private let buffer: FeedBuffer
  private let state = Mutex(State())

  init(_ consumer: FeedConsumer) {
    self.consumer = consumer
    buffer = FeedBuffer(itemLimit: consumer.limits.waitingEvents, byteLimit: consumer.limits.waitingBytes)
  }

  /// Whether an event has taken effect, or was parked: then what failed has not failed from its beginning.
  var hasMoved: Bool { state.withLock(\.hasMoved) }

  var place: Place? { state.withLock(\.place) }

  /// Ends by throwing, what has arrived before the end having taken effect.
  func run(_ slow: inout SlowEvent) async throws {
    let feed = consumer.feed
    let place = try await consumer.database.write { try $0.follow(feed) }
    state.withLock { $0.place = Place(place) }
    try await showParking()
    let stream = try await consumer.subscribe(after: place.cursor)
    async let _: Void = receive(stream, after: place.cursor)
    async let _: Void = tend()
    try await apply(from: place, &slow)
  }

  private func receive(_ stream: ReplyStream<EventsV1.SubscribeResponse>, after cursor: [UInt8]) async {
    var order = FeedOrder(after: cursor)
    var responses = stream.makeAsyncIterator()
    do {
      while true {
        listens(true)
        guard let response = try await responses.next() else { throw RPCError(.unavailable, "the feed has ended its stream") }
        listens(false)
        consumer.enter(.following)
        let item = FeedItem(response)
        if order.admits(item) { try await buffer.put(item) }
      }
    } catch {
      buffer.end(error)
    }
  }

  private func listens(_ isListening: Bool) {
    state.withLock { state in
      state.listeningSince = isListening ? .now : nil
    }
  }

  private func apply(from place: FeedPlace, _ slow: inout SlowEvent) async throws -> Never {
    var effects = FeedEffects(consumer, from: place)
    while true {
      let items = try await buffer.take(upTo: consumer.limits.eventsAtOnce)
      let parkedBefore = effects.parkedEvents
      // What fails half-way has moved as far as that.
      defer { stands(at: Place(effects)) }
      try await effects.apply(items, &slow)
      consumer.metrics.stands(
        behind: items.last?.eventsBehind ?? 0, last: items.last { $0.event != nil }?.event?.time, now: consumer.clock.now())
      if effects.parkedEvents != parkedBefore { try await showParking() }
    }
  }

  private func stands(at place: Place) {
    state.withLock { state in
      if state.place != place { state.hasMoved = true }
      state.place = place
    }
  }

  private func showParking() async throws {
    let feed = consumer.feed
    let (aggregates, events) = try await consumer.database.read { snapshot in
      (try snapshot.parkedAggregateCount(in: feed), try snapshot.place(in: feed)?.parkedEvents ?? 0)
    }
    consumer.metrics.parking(aggregates: aggregates, events: events)
  }

  /// Acknowledges once in a while, shows what operators have done about parked events meanwhile, and ends a stream that has fallen silent: its
  /// connection may be dead without a word.
  private func tend() async {
    var acknowledged: [UInt8] = []
    while (try? await Task.sleep(for: consumer.limits.acknowledgeInterval)) != nil {
      try? await showParking()
      let (cursor, since) = state.withLock { ($0.place?.cursor ?? [], $0.listeningSince) }
      if let since, since.duration(to: .now) > consumer.limits.longestSilence {
        return buffer.end(RPCError(.unavailable, "the feed has fallen silent"))
      }
      guard !cursor.isEmpty, cursor != acknowledged else { continue }
      if await consumer.acknowledge(cursor) { acknowledged = cursor }
    }
  }
}
