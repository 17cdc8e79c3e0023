import Foundation
import Synchronization

/// Named places where a test may have this process killed, as by a power cut: no drain, no flush, no deferred block.
///
/// A service lists its points in `PatronService.faultPoints`, and its code says `faults.reach("loyalty.hold.before-commit")`
/// at each. The key `fault-point` arms one: `name`, or `name:N` for its N-th reach. It is refused on any bind but loopback.
/// An unarmed reach is one comparison of nil.
public struct FaultPoints: Sendable {
  private let armed: Armed?

  /// No point is armed.
  public static let none = FaultPoints(armed: nil)

  private init(armed: Armed?) { self.armed = armed }

  /// Arms what `specification` names, if it is among `known`; an empty specification arms none.
  public init(_ specification: String, known: [String]) throws(ConfigError) {
    if specification.isEmpty {
      self.armed = nil
      return
    }
    let parts = specification.split(separator: ":", omittingEmptySubsequences: false)
    let name = String(parts[0])
    let count = parts.count == 1 ? 1 : parts.count == 2 ? Int(parts[1]) : nil
    guard known.contains(name) else {
      throw ConfigError(key: "fault-point", problem: "\"\(name)\" is no point of this service")
    }
    guard let count, count >= 1 else {
      throw ConfigError(key: "fault-point", problem: "\"\(specification)\" is not of the form name or name:N with N of 1 or more")
    }
    self.armed = Armed(name: name, count: count)
  }

  /// Kills this process if `name` is armed and this is its N-th reach; otherwise does nothing.
  public func reach(_ name: String) {
    guard let armed, armed.name == name, armed.isReachedForTheLastTime() else { return }
    kill(getpid(), SIGKILL)
  }
}

/// The one armed point and how often it is still to be passed unharmed.
private final class Armed: Sendable {
  let name: String
  private let remaining: Mutex<Int>

  init(name: String, count: Int) {
    self.name = name
    self.remaining = Mutex(count)
  }

  func isReachedForTheLastTime() -> Bool {
    remaining.withLock { remaining in
      remaining -= 1
      return remaining == 0
    }
  }
}
