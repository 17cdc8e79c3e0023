/// The instant after which nobody waits for a call's answer. Monotonic: setting the wall clock moves no deadline.
public struct Deadline: Sendable, Hashable, Comparable {
  public let instant: ContinuousClock.Instant

  public init(_ instant: ContinuousClock.Instant) { self.instant = instant }

  public static func after(_ duration: Duration) -> Deadline { Deadline(ContinuousClock.now.advanced(by: duration)) }

  public var hasPassed: Bool { instant <= ContinuousClock.now }

  /// The time left; zero once the deadline has passed.
  public var remaining: Duration { max(.zero, ContinuousClock.now.duration(to: instant)) }

  public static func < (left: Deadline, right: Deadline) -> Bool { left.instant < right.instant }
}
