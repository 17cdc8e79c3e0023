internal import NIOCore
internal import RPC

/// When a name is resolved: at the first need, again when a connection is lost or cannot be made, and once in a while. It decides; somebody else
/// resolves and keeps the timer.
struct ResolutionSchedule {
  struct Limits {
    /// Between the beginnings of two resolutions that nobody but a lost connection asks for.
    var leastPause: Duration
    /// After a success; nil leaves it to lost connections.
    var refresh: Duration?
    /// After failures in a row: doubling, up to the longest.
    var shortestBackoff: Duration
    var longestBackoff: Duration
  }

  enum Action: Equatable {
    case nothing
    case resolve
    /// Call `timeIsUp` then, unless another action comes before.
    case wake(NIODeadline)
  }

  /// idle → resolving → resolved(when it began) → resolving …
  private enum State {
    case idle
    case resolving(began: NIODeadline, failures: Int)
    case waiting(began: NIODeadline, failures: Int)
  }

  private let limits: Limits
  private var state = State.idle

  init(_ limits: Limits) { self.limits = limits }

  /// The addresses are needed, or may be wrong.
  mutating func needed(_ now: NIODeadline) -> Action {
    switch state {
    case .idle: return begin(now, failures: 0)
    case .resolving: return .nothing
    case .waiting(_, let failures) where failures > 0:
      // The timer of the back-off runs.
      return .nothing
    case .waiting(let began, _):
      let earliest = began + TimeAmount(limits.leastPause)
      return earliest <= now ? begin(now, failures: 0) : .wake(earliest)
    }
  }

  mutating func timeIsUp(_ now: NIODeadline) -> Action {
    if case .waiting(_, let failures) = state { return begin(now, failures: failures) }
    return .nothing
  }

  mutating func finished(successfully: Bool, _ now: NIODeadline) -> Action {
    guard case .resolving(let began, let earlierFailures) = state else { return .nothing }
    let failures = successfully ? 0 : earlierFailures + 1
    state = .waiting(began: began, failures: failures)
    if failures > 0 { return .wake(now + TimeAmount(backoff(after: failures))) }
    guard let refresh = limits.refresh else { return .nothing }
    return .wake(began + TimeAmount(max(refresh, limits.leastPause)))
  }

  private mutating func begin(_ now: NIODeadline, failures: Int) -> Action {
    state = .resolving(began: now, failures: failures)
    return .resolve
  }

  private func backoff(after failures: Int) -> Duration {
    var backoff = limits.shortestBackoff
    for _ in 1..<failures where backoff < limits.longestBackoff { backoff = backoff * 2 }
    return min(backoff, limits.longestBackoff)
  }
}
