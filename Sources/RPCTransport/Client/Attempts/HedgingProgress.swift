internal import RPC

/// How far a hedged call has come: which attempts are out, and when the next is due. It decides; it waits for nothing and sends nothing.
/// Rule: gRFC A6, "Hedging Policy".
struct HedgingProgress {
  /// What the failure of one attempt means to the call.
  enum Verdict: Equatable {
    /// The call has failed, whatever the other attempts may say.
    case fatal
    /// The next attempt is due after this time, in place of what was planned.
    case next(after: Duration)
    /// No further attempt follows; those that are out may still answer.
    case noMore
  }

  private let policy: HedgingPolicy
  private(set) var sent = 0
  private(set) var outstanding = 0
  private var isStopped = false

  init(_ policy: HedgingPolicy) { self.policy = policy }

  /// An attempt is being sent.
  /// - Returns: after how long the next is due; nil when it was the last.
  mutating func send() -> Duration? {
    sent += 1
    outstanding += 1
    return hasMore ? policy.hedgingDelay : nil
  }

  /// An attempt failed before the server had begun to answer it.
  mutating func failed(_ code: StatusCode, pushback: RetryPushback?) -> Verdict {
    outstanding -= 1
    guard policy.nonFatalStatusCodes.contains(code) else { return .fatal }
    if pushback == .never { stop() }
    guard hasMore else { return .noMore }
    if case .after(let asked) = pushback { return .next(after: asked) }
    return .next(after: .zero)
  }

  /// No further attempt is sent: a server, or the budget, asked for it.
  mutating func stop() { isStopped = true }

  private var hasMore: Bool { !isStopped && sent < policy.maxAttempts }
}
