/// The named limits that a consumer of a feed works within.
public struct FeedLimits: Sendable {
  /// Events that take effect in one transaction, at most. More share the price of a COMMIT; fewer leave others of the same database their turn.
  public var eventsAtOnce = 64
  /// Events that have arrived and wait for their transaction, at most.
  public var waitingEvents = 256
  /// Their bytes, at most; one event that is larger waits alone.
  public var waitingBytes = 4 * 1024 * 1024
  /// Events of one feed that may wait for an operator. When there are so many, the feed stands still until some were retried or skipped.
  public var parkedEvents = 10_000
  /// How often an event whose effect alone runs past the database's time limit is tried before it is parked.
  public var slowAttempts = 3

  /// After a failed attempt, wait this long before the next; each failure in a row multiplies it, up to the longest; a fifth more or less at
  /// random. The same as a channel waits between connections.
  public var shortestPause: Duration = .milliseconds(50)
  public var longestPause: Duration = .seconds(5)
  public var pauseMultiplier = 1.6

  /// How often the feed is told how far this consumer is.
  public var acknowledgeInterval: Duration = .seconds(15)
  /// How long the feed may take to hear it, or to say where it ends.
  public var answerTimeout: Duration = .seconds(10)
  /// A feed gives a sign of life every 15 s. One that was silent for longer than this is called again.
  public var longestSilence: Duration = .seconds(60)
  /// How often a consumer that has stopped looks whether an operator has acted.
  public var stoppedInterval: Duration = .seconds(5)

  public init() {}
}

/// The pauses between attempts at something that fails.
struct FeedPauses {
  private let limits: FeedLimits
  private let random: any RandomSource
  private var next: Duration

  init(_ limits: FeedLimits, random: any RandomSource) {
    self.limits = limits
    self.random = random
    next = limits.shortestPause
  }

  mutating func take() -> Duration {
    defer { next = min(next * limits.pauseMultiplier, limits.longestPause) }
    return next * jitter()
  }

  func longest() -> Duration { limits.longestPause * jitter() }

  /// 0.8 to 1.2 in 256 steps.
  private func jitter() -> Double { 0.8 + 0.4 * Double(random.bytes(1)[0]) / 255 }

  mutating func reset() { next = limits.shortestPause }
}
