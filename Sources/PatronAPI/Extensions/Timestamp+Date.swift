public import Foundation
public import GoogleProto

extension GoogleProtobuf.Timestamp {
  /// The first and the last second that a Timestamp may name: years 1 to 9999.
  private static let validSeconds: ClosedRange<Int64> = -62_135_596_800...253_402_300_799
  private static let microsecondsPerSecond: Int64 = 1_000_000
  private static let nanosecondsPerMicrosecond: Int64 = 1_000
  /// From 1970 to 2001, where `Date` counts from.
  private static let referenceSeconds: Int64 = 978_307_200

  /// The instant, rounded to the nearest microsecond, which is as fine as Patron keeps time; clamped to the years 1 to 9999.
  public init(_ date: Date) {
    let bounds = Double(Self.validSeconds.lowerBound - Self.referenceSeconds)...Double(Self.validSeconds.upperBound - Self.referenceSeconds)
    let interval = min(max(date.timeIntervalSinceReferenceDate, bounds.lowerBound), bounds.upperBound)
    let microseconds = Int64((interval * Double(Self.microsecondsPerSecond)).rounded())
    // Floored, because `nanos` counts forward also before 1970.
    var seconds = microseconds / Self.microsecondsPerSecond
    var rest = microseconds % Self.microsecondsPerSecond
    if rest < 0 {
      seconds -= 1
      rest += Self.microsecondsPerSecond
    }
    self.init(seconds: seconds + Self.referenceSeconds, nanos: Int32(rest * Self.nanosecondsPerMicrosecond))
  }

  /// The instant to the microsecond below. What a peer sent out of range is clamped to the years 1 to 9999; see `isValid`.
  public var date: Date {
    let seconds = min(max(seconds, Self.validSeconds.lowerBound), Self.validSeconds.upperBound) - Self.referenceSeconds
    let microseconds = Int64(min(max(nanos, 0), 999_999_999)) / Self.nanosecondsPerMicrosecond
    // One division of one exact integer: the nearest Date to the microsecond, so that `init(_:)` gives the same microsecond back.
    return Date(
      timeIntervalSinceReferenceDate: Double(seconds * Self.microsecondsPerSecond + microseconds) / Double(Self.microsecondsPerSecond))
  }

  /// Whether it names an instant within the years 1 to 9999.
  public var isValid: Bool { Self.validSeconds.contains(seconds) && (0...999_999_999).contains(nanos) }
}

extension GoogleProtobuf.Duration {
  /// Rounded towards zero to the nanosecond.
  public init(_ duration: Swift.Duration) {
    let (seconds, attoseconds) = duration.components
    self.init(seconds: seconds, nanos: Int32(attoseconds / 1_000_000_000))
  }

  public var duration: Swift.Duration { .seconds(seconds) + .nanoseconds(Int64(nanos)) }
}
