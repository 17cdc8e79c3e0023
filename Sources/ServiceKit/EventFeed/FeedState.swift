import Database
import RPC

/// What a consumer of a feed does now.
public enum FeedState: String, Sendable, CaseIterable {
  /// Not started, or ended by a drain. → connecting
  case idle
  /// Calls the feed. → following, waiting, stopped, idle
  case connecting
  /// Events arrive and take effect. → waiting, stopped, idle
  case following
  /// After a failure that time may mend. → connecting, idle
  case waiting
  /// The database was restored on the other side, and the cursor means nothing there. → connecting once an operator has run `feed resync`
  case stoppedByEpoch = "stopped_epoch_changed"
  /// Events after the cursor were removed on the other side. → connecting once an operator has run `feed resync`
  case stoppedByExpiry = "stopped_cursor_expired"
  /// The feed does not know the cursor: it is another's feed. → connecting once an operator has run `feed resync`
  case stoppedByCursor = "stopped_cursor_invalid"
  /// As many events are parked as may be. → connecting once an operator has run `feed retry` or `feed skip`
  case stoppedByParking = "stopped_parking_full"

  /// The state that `error` stops a consumer in; nil where another attempt may do better.
  init?(stoppedBy error: any Error) {
    if error is ParkingFull {
      self = .stoppedByParking
      return
    }
    switch (error as? RPCError)?.reason {
    case "FEED_EPOCH_CHANGED": self = .stoppedByEpoch
    case "FEED_CURSOR_EXPIRED": self = .stoppedByExpiry
    case "FEED_CURSOR_INVALID": self = .stoppedByCursor
    default: return nil
    }
  }
}
