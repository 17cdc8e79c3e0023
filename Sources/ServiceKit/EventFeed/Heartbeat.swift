/// When a feed that has been silent says that it lives. Silent is a feed that has sent nothing, whatever it has read and passed over.
struct Heartbeat {
  /// The contract promises a word every 15 s; this leaves a third of that for a slow read and the way.
  static let interval = Duration.seconds(10)

  private var lastSent: ContinuousClock.Instant

  /// A feed that begins at `instant`.
  init(at instant: ContinuousClock.Instant) { lastSent = instant }

  mutating func sent(at instant: ContinuousClock.Instant) { lastSent = instant }

  func isDue(at instant: ContinuousClock.Instant) -> Bool { timeLeft(at: instant) == .zero }

  /// How long the feed may still be silent.
  func timeLeft(at instant: ContinuousClock.Instant) -> Duration {
    max(.zero, Self.interval - (instant - lastSent))
  }
}
