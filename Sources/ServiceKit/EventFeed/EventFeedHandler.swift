import Database
import Foundation
import GoogleProto
import PatronAPI
import RPC

/// `patron.events.v1.EventFeedService`: the service's outbox as a stream, for consumers that keep a cursor.
///
/// A consumer that is slow slows its own stream and nothing else: events wait in the database, not in memory. The stream ends
/// when the service drains, and the consumer comes back with its last cursor.
struct EventFeedHandler: EventsV1.EventFeedService {
  /// Events read at once.
  static let pageSize = 256
  private static let typesAtMost = 256

  let database: Database
  var now: @Sendable () -> ContinuousClock.Instant = { .now }

  func subscribe(
    _ request: EventsV1.SubscribeRequest, context: ServerContext, response: ResponseStream<EventsV1.SubscribeResponse>
  ) async throws {
    try context.caller.require(anyOf: .eventsRead)
    var errors = FieldErrors()
    errors.require(request.types.count <= Self.typesAtMost, "types", "at most \(Self.typesAtMost)")
    try errors.throwIfAny()
    let types = Set(request.types)
    var position = try startPosition(of: request.cursor)
    var heartbeat = Heartbeat(at: now())
    while true {
      let events = try await database.events(after: position, limit: Self.pageSize)
      for stored in events {
        position = stored.position
        guard types.isEmpty || types.contains(stored.event.type) else { continue }
        try await response.send(EventsV1.SubscribeResponse(event: Self.message(stored.event), cursor: cursor(at: position)))
        heartbeat.sent(at: now())
      }
      if events.isEmpty { await waitForEvents(after: position, atMost: heartbeat.timeLeft(at: now())) }
      try Task.checkCancellation()
      if heartbeat.isDue(at: now()) {
        // Its cursor moves the consumer past events of other types.
        try await response.send(EventsV1.SubscribeResponse(cursor: cursor(at: position)))
        heartbeat.sent(at: now())
      }
    }
  }

  private func startPosition(of cursor: [UInt8]) throws(Refusal) -> Int64 {
    if cursor.isEmpty { return 0 }
    guard let cursor = FeedCursor(cursor) else {
      throw Refusal(.invalidArgument, "FEED_CURSOR_INVALID", "the cursor is none that this feed gave")
    }
    guard cursor.epoch == database.epoch else {
      throw Refusal(
        .failedPrecondition, "FEED_EPOCH_CHANGED", "the database was restored from a backup since: read the service's state anew")
    }
    return cursor.position
  }

  /// Returns when there are events, or after `limit`, or when the call is over.
  private func waitForEvents(after position: Int64, atMost limit: Duration) async {
    await withTaskGroup(of: Void.self) { waits in
      waits.addTask { await database.waitForEvents(after: position) }
      waits.addTask { try? await Task.sleep(for: limit) }
      await waits.next()
      waits.cancelAll()
    }
  }

  private func cursor(at position: Int64) -> [UInt8] {
    FeedCursor(epoch: database.epoch, position: position).bytes
  }

  private static func message(_ event: OutboxEvent) -> EventsV1.Event {
    EventsV1.Event(
      eventID: event.id, type: event.type, aggregateType: event.aggregateType, aggregateID: event.aggregateID,
      eventTime: GoogleProtobuf.Timestamp(event.time), payload: event.payload)
  }
}
