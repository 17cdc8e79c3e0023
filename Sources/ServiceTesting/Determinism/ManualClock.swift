public import Foundation
public import ServiceKit
import Synchronization

/// A clock that stands still until a test moves it.
public final class ManualClock: WallClock {
  /// 2026-03-02T09:30:00Z, a Monday morning: no month's end, no leap day, no clock change near it.
  public static let start = Date(microsecondsSince1970: 1_772_443_800_000_000)

  private let microseconds: Mutex<Int64>

  public init(_ start: Date = ManualClock.start) {
    microseconds = Mutex(start.microsecondsSince1970)
  }

  public func now() -> Date { Date(microsecondsSince1970: microseconds.withLock(\.self)) }

  public func advance(by duration: Duration) {
    let step = duration.components.seconds * 1_000_000 + duration.components.attoseconds / 1_000_000_000_000
    microseconds.withLock { $0 += step }
  }

  public func set(_ date: Date) {
    microseconds.withLock { $0 = date.microsecondsSince1970 }
  }
}
