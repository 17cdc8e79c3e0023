internal import RPC

/// How far a call with a retry policy has come. It decides; it waits for nothing and sends nothing.
/// Rule: gRFC A6, "Retry Policy". The spread of a fifth is that of the gRFC; service_config.proto still has the older one, zero to all.
struct RetryProgress {
  private let policy: RetryPolicy
  /// Attempts before the one under way.
  private(set) var previousAttempts = 0
  /// Pauses of the policy's own since the last one that a server asked for.
  private var backoffs = 0

  static let spread = 0.8...1.2

  init(_ policy: RetryPolicy) { self.policy = policy }

  /// The attempt under way has failed.
  /// - Parameters:
  ///   - remaining: until the call's deadline, if it has one. A pause that would outlast it is not begun: the failure at hand says more
  ///     than DEADLINE_EXCEEDED would.
  ///   - random: within `spread`.
  ///   - takeToken: counts a failure against the channel's budget, and says whether there is some left.
  /// - Returns: how long to wait before the next attempt, which counts from here on; nil when the call has failed for good.
  mutating func pause(
    after code: StatusCode, pushback: RetryPushback?, remaining: Duration?, random: Double, takeToken: () -> Bool
  ) -> Duration? {
    if pushback == .never {
      _ = takeToken()
      return nil
    }
    guard policy.retryableStatusCodes.contains(code), takeToken(), previousAttempts + 1 < policy.maxAttempts else { return nil }
    let pause: Duration
    if case .after(let asked) = pushback {
      pause = asked
      backoffs = 0
    } else {
      pause = backoff * random
      backoffs += 1
    }
    if let remaining, pause >= remaining { return nil }
    previousAttempts += 1
    return pause
  }

  private var backoff: Duration {
    var backoff = policy.initialBackoff
    for _ in 0..<backoffs where backoff < policy.maxBackoff { backoff = backoff * policy.backoffMultiplier }
    return min(backoff, policy.maxBackoff)
  }
}
