/// When a call that failed is sent again.
/// Rule: gRFC A6, "Retry Policy".
public struct RetryPolicy: Sendable, Equatable {
  /// With the first one; 2 to 5.
  public let maxAttempts: Int
  public let initialBackoff: Duration
  public let maxBackoff: Duration
  public let backoffMultiplier: Double
  public let retryableStatusCodes: Set<StatusCode>

  /// More attempts than this are treated as this many.
  package static let mostAttempts = 5

  /// - Throws: when a number is out of its range, or no status code is retryable.
  public init(
    maxAttempts: Int, initialBackoff: Duration, maxBackoff: Duration, backoffMultiplier: Double, retryableStatusCodes: Set<StatusCode>
  ) throws(ServiceConfigError) {
    guard maxAttempts > 1 else { throw ServiceConfigError("maxAttempts", "must be 2 or more") }
    guard initialBackoff > .zero else { throw ServiceConfigError("initialBackoff", "must be more than 0") }
    guard maxBackoff > .zero else { throw ServiceConfigError("maxBackoff", "must be more than 0") }
    guard backoffMultiplier > 0, backoffMultiplier.isFinite else { throw ServiceConfigError("backoffMultiplier", "must be more than 0") }
    guard !retryableStatusCodes.isEmpty else { throw ServiceConfigError("retryableStatusCodes", "must not be empty") }
    self.maxAttempts = min(maxAttempts, Self.mostAttempts)
    self.initialBackoff = initialBackoff
    self.maxBackoff = maxBackoff
    self.backoffMultiplier = backoffMultiplier
    self.retryableStatusCodes = retryableStatusCodes
  }
}

/// When a call is sent again before its failure is known. For methods alone that do no harm when they are done twice.
/// Rule: gRFC A6, "Hedging Policy".
public struct HedgingPolicy: Sendable, Equatable {
  /// With the first one; 2 to 5.
  public let maxAttempts: Int
  /// Between two attempts; zero sends all at once.
  public let hedgingDelay: Duration
  /// A failure with one of these leaves the call to the other attempts; any other ends it.
  public let nonFatalStatusCodes: Set<StatusCode>

  /// - Throws: when a number is out of its range.
  public init(maxAttempts: Int, hedgingDelay: Duration = .zero, nonFatalStatusCodes: Set<StatusCode> = []) throws(ServiceConfigError) {
    guard maxAttempts > 1 else { throw ServiceConfigError("maxAttempts", "must be 2 or more") }
    guard hedgingDelay >= .zero else { throw ServiceConfigError("hedgingDelay", "must not be negative") }
    self.maxAttempts = min(maxAttempts, RetryPolicy.mostAttempts)
    self.hedgingDelay = hedgingDelay
    self.nonFatalStatusCodes = nonFatalStatusCodes
  }
}

/// The budget of a channel's retries and hedges: a failure takes a token, a success gives `tokenRatio` of one, and nothing is sent again
/// while at most half of the tokens are left.
/// Rule: gRFC A6, "Throttling Retry Attempts and Hedged RPCs".
public struct RetryThrottling: Sendable, Equatable {
  /// 1 to 1,000.
  public let maxTokens: Int
  /// In thousandths of a token; what is finer is cut off.
  package let thousandthsForSuccess: Int

  public var tokenRatio: Double { Double(thousandthsForSuccess) / 1000 }

  /// - Throws: when a number is out of its range.
  public init(maxTokens: Int, tokenRatio: Double) throws(ServiceConfigError) {
    guard (1...1000).contains(maxTokens) else { throw ServiceConfigError("maxTokens", "must be 1 to 1000") }
    guard tokenRatio > 0 else { throw ServiceConfigError("tokenRatio", "must be more than 0") }
    // A success that fills the bucket is the most that it can do. The small addend undoes what 0.009 loses as a binary fraction.
    let thousandths = Int(min(tokenRatio, Double(maxTokens)) * 1000 + 1e-6)
    guard thousandths > 0 else { throw ServiceConfigError("tokenRatio", "must be 0.001 or more") }
    self.maxTokens = maxTokens
    self.thousandthsForSuccess = thousandths
  }
}
