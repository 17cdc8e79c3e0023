public import Foundation

/// The time of day, as a value that a test can hold still.
///
/// Whoever needs the time takes it once, before a transaction, and passes the `Date` on: a write closure may run twice
/// and Domain code knows no clock. Durations and timeouts are no business of this protocol; they use `ContinuousClock`.
///
/// Two implementations: `SystemClock`, and ServiceTesting's `ManualClock`.
public protocol WallClock: Sendable {
  /// This instant in UTC, in whole microseconds: what a database column and a protobuf timestamp both keep, so a time
  /// compares equal after it was stored.
  func now() -> Date
}

/// The machine's clock.
public struct SystemClock: WallClock {
  public init() {}

  public func now() -> Date {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Date(microsecondsSince1970: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
  }
}

extension Date {
  /// From 1970 to 2001, where `Date` counts from, in microseconds.
  private static let referenceMicroseconds: Int64 = 978_307_200_000_000

  /// The instant so many whole microseconds after 1970-01-01T00:00:00Z.
  public init(microsecondsSince1970 microseconds: Int64) {
    // One division of one exact integer gives the nearest Date, so that equal microseconds are equal Dates.
    self.init(timeIntervalSinceReferenceDate: Double(microseconds - Self.referenceMicroseconds) / 1_000_000)
  }

  /// Whole microseconds since 1970-01-01T00:00:00Z, to the nearest.
  public var microsecondsSince1970: Int64 {
    Int64((timeIntervalSinceReferenceDate * 1_000_000).rounded()) + Self.referenceMicroseconds
  }
}
