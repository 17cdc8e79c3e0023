public import Database

/// How the state that a consumer keeps is made anew, when its cursor means nothing to the feed any more: the other side was restored from a
/// backup, or has removed events that this consumer had not seen. An operator asks for it: `<service> feed resync --feed <feed>`.
public enum FeedResync: Sendable {
  /// The state follows from the events alone: `clear` empties it, and the feed is followed again from the oldest event that is kept. Right
  /// where the other side keeps all its events.
  case replay(clear: @Sendable (Transaction) throws -> Void)

  /// The state is read from the service itself. `read` asks it by its RPCs, page by page, and gives the closure that replaces the state; the
  /// feed is then followed from where it ended before the reading began. So events that the reading has already seen come once more, and the
  /// effect of each must leave a state that is as new as the event, or newer, as it is (compare a version, or the time).
  case reread(_ read: @Sendable () async throws -> @Sendable (Transaction) throws -> Void)
}
