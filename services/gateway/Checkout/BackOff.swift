import RPC

/// How long to wait between attempts at a step that must succeed in the end: doubling, bounded, until a deadline.
struct BackOff: Sendable {
  private static let first = Duration.milliseconds(20)
  private static let longest = Duration.seconds(1)

  let deadline: Deadline
  private var next = BackOff.first

  init(until deadline: Deadline) { self.deadline = deadline }

  /// Waits before the next attempt; false, at once, when it would begin after the deadline.
  ///
  /// There is no jitter: each attempt belongs to one order, and orders do not fail in step.
  mutating func pause() async -> Bool {
    guard next < deadline.remaining else { return false }
    try? await Task.sleep(for: next)
    next = min(next * 2, Self.longest)
    return !deadline.hasPassed
  }
}
