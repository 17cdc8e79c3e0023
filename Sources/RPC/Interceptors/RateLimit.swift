internal import Synchronization

/// Lets each client make so many calls a second, and so many at once after a rest.
///
/// One over it is refused with RESOURCE_EXHAUSTED / RATE_LIMITED, which says when to come again: as `RetryInfo`, and as the pushback that
/// gRPC clients with a retry policy heed. Put it behind authentication, so that clients are told apart by who they are.
public final class RateLimit: StepInterceptor {
  private let buckets: Mutex<TokenBuckets>
  private let client: @Sendable (ServerContext) -> String
  private let now: @Sendable () -> ContinuousClock.Instant

  /// - Parameters:
  ///   - callsPerSecond: more than zero.
  ///   - burst: calls that may come at once; one at least.
  ///   - client: whose allowance a call uses.
  public init(
    callsPerSecond: Double, burst: Int, client: @escaping @Sendable (ServerContext) -> String,
    now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
  ) {
    buckets = Mutex(TokenBuckets(tokensPerSecond: callsPerSecond, capacity: Double(burst)))
    self.client = client
    self.now = now
  }

  public func begins(_ context: inout ServerContext) throws {
    let (name, instant) = (client(context), now())
    if let wait = buckets.withLock({ $0.take(from: name, at: instant) }) { throw Self.refusal(wait) }
  }

  private static func refusal(_ wait: Duration) -> RPCError {
    let milliseconds = wait.components.seconds * 1000 + (wait.components.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    return RPCError(
      .resourceExhausted, "Too many calls of this client.",
      details: [.errorInfo(reason: "RATE_LIMITED", domain: RPCError.domainOfRuntime, metadata: [:]), .retryInfo(delay: wait)],
      trailers: ["grpc-retry-pushback-ms": String(milliseconds)])
  }
}

/// A token bucket for each name: filled at a steady rate up to its capacity; a call takes one token.
package struct TokenBuckets: Sendable {
  private struct Bucket {
    var tokens: Double
    var filledAt: ContinuousClock.Instant

    mutating func take(at now: ContinuousClock.Instant, _ capacity: Double, _ tokensPerSecond: Double) -> Duration? {
      tokens = tokens(at: now, capacity, tokensPerSecond)
      filledAt = now
      guard tokens >= 1 else { return .seconds((1 - tokens) / tokensPerSecond) }
      tokens -= 1
      return nil
    }

    func tokens(at now: ContinuousClock.Instant, _ capacity: Double, _ tokensPerSecond: Double) -> Double {
      let (seconds, attoseconds) = filledAt.duration(to: now).components
      return min(capacity, tokens + max(0, Double(seconds) + Double(attoseconds) * 1e-18) * tokensPerSecond)
    }
  }

  private let tokensPerSecond: Double
  private let capacity: Double
  private var buckets: [String: Bucket] = [:]
  /// How many names there may be before those whose buckets are full, and so say nothing, are forgotten.
  private var sweepAt = TokenBuckets.namesBeforeSweep

  private static let namesBeforeSweep = 4096

  package init(tokensPerSecond: Double, capacity: Double) {
    precondition(tokensPerSecond > 0 && capacity >= 1, "a bucket that is never full enough for one call")
    self.tokensPerSecond = tokensPerSecond
    self.capacity = capacity
  }

  package var nameCount: Int { buckets.count }

  /// Takes a token; else tells how long it is until there is one.
  package mutating func take(from name: String, at now: ContinuousClock.Instant) -> Duration? {
    if buckets.count >= sweepAt { sweep(now) }
    let (capacity, tokensPerSecond) = (capacity, tokensPerSecond)
    return buckets[name, default: Bucket(tokens: capacity, filledAt: now)].take(at: now, capacity, tokensPerSecond)
  }

  private mutating func sweep(_ now: ContinuousClock.Instant) {
    buckets = buckets.filter { $0.value.tokens(at: now, capacity, tokensPerSecond) < capacity }
    sweepAt = max(TokenBuckets.namesBeforeSweep, buckets.count * 2)
  }
}
