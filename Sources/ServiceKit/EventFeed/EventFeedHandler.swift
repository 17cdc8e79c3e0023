import Database
import Foundation
import GoogleProto
import PatronAPI
import RPC

/// `patron.events.v1.EventFeedService`: the service's outbox as a stream, for consumers that keep a cursor (`FeedConsumer`).
///
/// A consumer that is slow slows its own stream and nothing else: events wait in the database, not in memory. The stream ends
/// when the service drains, and the consumer comes back with its last cursor.
struct EventFeedHandler: EventsV1.EventFeedService {
  /// Events read at once.
  static let pageSize = 256
  private static let typesAtMost = 256
  private static let consumerBytesAtMost = 64

  let database: Database
  let clock: any WallClock
  var now: @Sendable () -> ContinuousClock.Instant = { .now }

  func subscribe(
    _ request: EventsV1.SubscribeRequest, context: ServerContext, response: ResponseStream<EventsV1.SubscribeResponse>
  ) async throws {
    try context.caller.require(anyOf: .eventsRead)
    var errors = FieldErrors()
    errors.require(request.types.count <= Self.typesAtMost, "types", "at most \(Self.typesAtMost)")
    errors.require(optionalText: request.consumer, "consumer", upTo: Self.consumerBytesAtMost)
    errors.require(!request.fromEnd || request.cursor.isEmpty, "from_end", "goes with an empty cursor")
    try errors.throwIfAny()
    let types = Set(request.types)
    var position = try await startPosition(of: request, context)
    var heartbeat = Heartbeat(at: now())
    if request.fromEnd { try await response.send(self.response(nil, at: position)) }
    while true {
      let events = try await events(after: position)
      for stored in events {
        position = stored.position
        guard types.isEmpty || types.contains(stored.event.type) else { continue }
        try await response.send(self.response(stored.event, at: position))
        heartbeat.sent(at: now())
      }
      if events.isEmpty { await waitForEvents(after: position, atMost: heartbeat.timeLeft(at: now())) }
      try Task.checkCancellation()
      if heartbeat.isDue(at: now()) {
        // Its cursor moves the consumer past events of other types.
        try await response.send(self.response(nil, at: position))
        heartbeat.sent(at: now())
      }
    }
  }

  func acknowledge(_ request: EventsV1.AcknowledgeRequest, context: ServerContext) async throws -> EventsV1.AcknowledgeResponse {
    try context.caller.require(anyOf: .eventsRead)
    var errors = FieldErrors()
    errors.require(text: request.consumer, "consumer", upTo: Self.consumerBytesAtMost)
    errors.require(!request.cursor.isEmpty, "cursor", "must not be empty")
    try errors.throwIfAny()
    try await register(request.consumer, at: try position(of: request.cursor), context)
    return EventsV1.AcknowledgeResponse()
  }

  // MARK: Where a consumer stands

  /// Where the stream starts. Events after it are there; with a name they stay there.
  private func startPosition(of request: EventsV1.SubscribeRequest, _ context: ServerContext) async throws -> Int64 {
    while true {
      let position: Int64
      if request.cursor.isEmpty {
        let oldest = try await database.read(for: context) { try $0.removedEventsEnd() }
        // Of several processes one may see that events are gone before it knows that they were there.
        position = request.fromEnd ? max(oldest, database.lastEventPosition) : oldest
      } else {
        position = try self.position(of: request.cursor)
      }
      guard !request.consumer.isEmpty else { return position }
      do {
        try await register(request.consumer, at: position, context)
        return position
      } catch let refusal as Refusal where refusal.reason == Self.cursorExpired && request.cursor.isEmpty {
        // Events were removed between the two: the start is further on by now.
      }
    }
  }

  private func position(of cursor: [UInt8]) throws(Refusal) -> Int64 {
    guard let cursor = FeedCursor(cursor) else {
      throw Refusal(.invalidArgument, "FEED_CURSOR_INVALID", "the cursor is none that this feed gave")
    }
    guard cursor.epoch == database.epoch else {
      throw Refusal(
        .failedPrecondition, "FEED_EPOCH_CHANGED", "the database was restored from a backup since: read the service's state anew")
    }
    return cursor.position
  }

  private func register(_ consumer: String, at position: Int64, _ context: ServerContext) async throws {
    let now = clock.now()
    let client = context.caller.clientID
    do {
      try await database.write(for: context) {
        try $0.acknowledgeEvents(through: position, client: client, name: consumer, at: now)
      }
    } catch is EventsRemoved {
      throw Self.expired
    } catch is TooManyFeedConsumers {
      throw Refusal(
        .resourceExhausted, "FEED_CONSUMERS_FULL", "the feed keeps events for \(Transaction.feedConsumerLimit) consumers: forget one")
    }
  }

  // MARK: Events

  private func events(after position: Int64) async throws -> [StoredEvent] {
    do { return try await database.events(after: position, limit: Self.pageSize) } catch is EventsRemoved { throw Self.expired }
  }

  private static let cursorExpired = "FEED_CURSOR_EXPIRED"
  private static let expired = Refusal(
    .failedPrecondition, cursorExpired, "events after the cursor were removed: read the service's state anew")

  /// Returns when there are events, or after `limit`, or when the call is over.
  private func waitForEvents(after position: Int64, atMost limit: Duration) async {
    await withTaskGroup(of: Void.self) { waits in
      waits.addTask { await database.waitForEvents(after: position) }
      waits.addTask { try? await Task.sleep(for: limit) }
      await waits.next()
      waits.cancelAll()
    }
  }

  private func response(_ event: OutboxEvent?, at position: Int64) -> EventsV1.SubscribeResponse {
    EventsV1.SubscribeResponse(
      event: event.map(Self.message), cursor: FeedCursor(epoch: database.epoch, position: position).bytes,
      eventsBehind: max(0, database.lastEventPosition - position))
  }

  private static func message(_ event: OutboxEvent) -> EventsV1.Event {
    EventsV1.Event(
      eventID: event.id, type: event.type, aggregateType: event.aggregateType, aggregateID: event.aggregateID,
      eventTime: GoogleProtobuf.Timestamp(event.time), payload: event.payload)
  }
}
