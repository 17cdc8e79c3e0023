internal import RPC
internal import Synchronization

/// The tokens of a channel's retries and hedges, counted in thousandths.
/// Rule: gRFC A6, "Throttling Retry Attempts and Hedged RPCs".
struct RetryTokens {
  private let most: Int
  private let forSuccess: Int
  private var left: Int

  init(_ throttling: RetryThrottling) {
    most = throttling.maxTokens * 1000
    forSuccess = throttling.thousandthsForSuccess
    left = most
  }

  /// Whether something may be sent again.
  var suffice: Bool { left > most / 2 }

  mutating func succeeded() { left = min(most, left + forSuccess) }

  mutating func failed() { left = max(0, left - 1000) }
}

/// One bucket for all calls of a channel, on whatever loop.
final class RetryThrottle: Sendable {
  private let tokens: Mutex<RetryTokens>

  init(_ throttling: RetryThrottling) { tokens = Mutex(RetryTokens(throttling)) }

  var allowsAnother: Bool { tokens.withLock { $0.suffice } }

  func succeeded() { tokens.withLock { $0.succeeded() } }

  /// Counts a failure that another attempt could follow.
  /// - Returns: whether it may.
  func failed() -> Bool {
    tokens.withLock { tokens in
      tokens.failed()
      return tokens.suffice
    }
  }
}
