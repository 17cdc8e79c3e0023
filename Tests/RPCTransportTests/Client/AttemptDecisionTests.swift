import RPC
import Testing

@testable import RPCTransport

/// What is decided about attempts, without a call: pauses, budget, pushback, hedges.
@Suite struct AttemptDecisionTests {
  private func policy(attempts: Int = 5) throws -> RetryPolicy {
    try RetryPolicy(
      maxAttempts: attempts, initialBackoff: .seconds(1), maxBackoff: .seconds(5), backoffMultiplier: 2,
      retryableStatusCodes: [.unavailable, .aborted])
  }

  @Test(arguments: [(1.0, [1000, 2000, 4000, 5000]), (0.8, [800, 1600, 3200, 4000]), (1.2, [1200, 2400, 4800, 6000])])
  func pausesGrowToTheLongestAndAreSpread(random: Double, milliseconds: [Int]) throws {
    var progress = RetryProgress(try policy())
    for expected in milliseconds {
      let pause = try #require(progress.pause(after: .unavailable, pushback: nil, remaining: nil, random: random) { true })
      #expect(abs((pause - .milliseconds(expected)) / .milliseconds(1)) < 0.001)
    }
    #expect(progress.pause(after: .unavailable, pushback: nil, remaining: nil, random: random) { true } == nil)
    #expect(progress.previousAttempts == 4)
  }

  @Test func aPauseThatAServerAskedForStartsTheOthersAnew() throws {
    var progress = RetryProgress(try policy())
    func next(_ pushback: RetryPushback?) -> Duration? {
      progress.pause(after: .aborted, pushback: pushback, remaining: nil, random: 1) { true }
    }
    #expect(next(nil) == .seconds(1))
    #expect(next(nil) == .seconds(2))
    #expect(next(.after(.seconds(60))) == .seconds(60))
    #expect(next(nil) == .seconds(1))
  }

  @Test(
    arguments: [
      (StatusCode.internalError, nil, nil, false, 0), (.unavailable, .never, nil, false, 1), (.internalError, .never, nil, false, 1),
      (.internalError, .after(.zero), nil, false, 0), (.unavailable, nil, .seconds(1), false, 1),
      (.unavailable, nil, .milliseconds(1001), true, 1), (.unavailable, .after(.zero), .zero, false, 1),
    ] as [(StatusCode, RetryPushback?, Duration?, Bool, Int)])
  func aFailureIsRepeatedOrCountedOrNeither(
    code: StatusCode, pushback: RetryPushback?, remaining: Duration?, isRepeated: Bool, tokens: Int
  ) throws {
    var progress = RetryProgress(try policy())
    var taken = 0
    let pause = progress.pause(after: code, pushback: pushback, remaining: remaining, random: 1) {
      taken += 1
      return true
    }
    #expect((pause != nil) == isRepeated)
    #expect(taken == tokens)
    #expect(progress.previousAttempts == (isRepeated ? 1 : 0))
  }

  @Test func aSpentBudgetEndsTheCall() throws {
    var progress = RetryProgress(try policy())
    #expect(progress.pause(after: .unavailable, pushback: nil, remaining: nil, random: 1) { false } == nil)
  }

  @Test func tokensAreLostWholeAndEarnedInParts() throws {
    var tokens = RetryTokens(try RetryThrottling(maxTokens: 4, tokenRatio: 0.5))
    #expect(tokens.suffice)
    tokens.failed()
    #expect(tokens.suffice)
    tokens.failed()
    #expect(!tokens.suffice)
    tokens.succeeded()
    #expect(tokens.suffice)
    for _ in 0..<100 { tokens.failed() }
    for _ in 0..<4 { tokens.succeeded() }
    #expect(!tokens.suffice)
    tokens.succeeded()
    #expect(tokens.suffice)
    // Never more than there were: two failures always reach the threshold.
    for _ in 0..<100 { tokens.succeeded() }
    for _ in 0..<2 { tokens.failed() }
    #expect(!tokens.suffice)
  }

  @Test(
    arguments: [
      ("0", .after(.zero)), ("250", .after(.milliseconds(250))), ("2147483647", .after(.milliseconds(2_147_483_647))),
      ("2147483648", .never), ("-1", .never), ("", .never), ("007", .never), ("+5", .never), ("1.5", .never), ("soon", .never),
    ] as [(String, RetryPushback)])
  func pushbackIsMillisecondsOrNever(text: String, pushback: RetryPushback) {
    #expect(Array(text.utf8).withUnsafeBufferPointer { RetryPushback($0) } == pushback)
  }

  @Test func hedgesFollowEachOtherUntilAllAreSent() throws {
    var progress = HedgingProgress(
      try HedgingPolicy(maxAttempts: 3, hedgingDelay: .seconds(1), nonFatalStatusCodes: [.unavailable]))
    #expect(progress.send() == .seconds(1))
    #expect(progress.send() == .seconds(1))
    #expect(progress.failed(.unavailable, pushback: nil) == .next(after: .zero))
    #expect(progress.send() == nil)
    #expect(progress.outstanding == 2)
    #expect(progress.failed(.unavailable, pushback: .after(.seconds(1))) == .noMore)
    #expect(progress.failed(.internalError, pushback: nil) == .fatal)
  }

  @Test func pushbackMovesOrStopsTheHedges() throws {
    var progress = HedgingProgress(try HedgingPolicy(maxAttempts: 5, hedgingDelay: .zero, nonFatalStatusCodes: [.unavailable]))
    #expect(progress.send() == .zero)
    #expect(progress.failed(.unavailable, pushback: .after(.seconds(9))) == .next(after: .seconds(9)))
    #expect(progress.send() == .zero)
    #expect(progress.failed(.unavailable, pushback: .never) == .noMore)
    #expect(progress.send() == nil)
  }
}
