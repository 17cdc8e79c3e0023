import Database
import GoogleProto
import PatronAPI

/// One response of a feed, as its consumer keeps it until it takes effect.
struct FeedItem: Sendable {
  /// Nil for a heartbeat.
  let event: OutboxEvent?
  let cursor: [UInt8]
  /// Events that the feed holds after this one.
  let eventsBehind: Int64

  init(_ response: EventsV1.SubscribeResponse) {
    event = response.event.map { event in
      OutboxEvent(
        id: event.eventID, type: event.type, aggregateType: event.aggregateType, aggregateID: event.aggregateID,
        time: (event.eventTime ?? GoogleProtobuf.Timestamp()).date, payload: event.payload)
    }
    cursor = response.cursor
    eventsBehind = response.eventsBehind
  }

  /// What it holds in memory, nearly.
  var byteCount: Int { cursor.count + (event?.payload.count ?? 0) + 256 }
}

/// The order of a feed, where its cursors are ours: what does not come after the last is passed over, so that a response that some proxy
/// repeats takes effect once all the same.
struct FeedOrder {
  private var last: FeedCursor?

  init(after cursor: [UInt8]) { last = FeedCursor(cursor) }

  /// Whether `item` comes after all before it. A cursor of another make is believed.
  mutating func admits(_ item: FeedItem) -> Bool {
    guard let cursor = FeedCursor(item.cursor) else { return true }
    if let last, last.epoch == cursor.epoch, item.event == nil ? cursor.position < last.position : cursor.position <= last.position {
      return false
    }
    last = cursor
    return true
  }
}
