import RPC
import Synchronization
import Testing

/// The interceptors that bound what a client may ask.
@Suite struct LimitTests {
  private let start = ContinuousClock.now
  private let method = MethodDescriptor(service: "a.B", method: "C", kind: .unary)

  @Test func aBucketGivesItsBurstAndThenTheRate() {
    var buckets = TokenBuckets(tokensPerSecond: 2, capacity: 3)
    for _ in 0..<3 { #expect(buckets.take(from: "a", at: start) == nil) }
    #expect(buckets.take(from: "a", at: start) == .milliseconds(500))
    #expect(buckets.take(from: "b", at: start) == nil)
    #expect(buckets.take(from: "a", at: start + .milliseconds(250)) == .milliseconds(250))
    #expect(buckets.take(from: "a", at: start + .milliseconds(500)) == nil)
    #expect(buckets.take(from: "a", at: start + .milliseconds(500)) == .milliseconds(500))
    // A rest fills it, and no further than its capacity; a clock that stands or jumps back gives nothing.
    for _ in 0..<3 { #expect(buckets.take(from: "a", at: start + .seconds(3600)) == nil) }
    #expect(buckets.take(from: "a", at: start + .seconds(3600)) != nil)
    #expect(buckets.take(from: "a", at: start) != nil)
  }

  @Test func namesWhoseBucketsAreFullAreForgotten() {
    var buckets = TokenBuckets(tokensPerSecond: 1, capacity: 1)
    for number in 0..<100_000 { _ = buckets.take(from: "client \(number)", at: start + .milliseconds(number)) }
    #expect(buckets.nameCount <= 4096)
  }

  @Test func aRefusalSaysWhenToComeAgain() async throws {
    let instant = Mutex(start)
    let limit = RateLimit(
      callsPerSecond: 0.5, burst: 1, client: { $0.metadata["client"] ?? "" }, now: { instant.withLock { $0 } })
    let limited = RPCMethod(method, .onLoop) { _ in ServerReply(frame: []) }.intercepted(by: [limit])
    let context = ServerContext(method: method, metadata: ["client": "a"])
    _ = try await limited.handler(context)
    let refusal = await #expect(throws: RPCError.self) { try await limited.handler(context) }
    #expect(refusal?.code == .resourceExhausted)
    #expect(refusal?.reason == "RATE_LIMITED")
    #expect(refusal?.details.contains(.retryInfo(delay: .seconds(2))) == true)
    #expect(refusal?.trailers["grpc-retry-pushback-ms"] == "2000")
    instant.withLock { $0 += .seconds(2) }
    _ = try await limited.handler(context)
  }

  @Test func aCallGetsTheEarlierOfItsDeadlineAndTheLimit() async throws {
    let seen = Mutex<Deadline?>(nil)
    let limited = RPCMethod(method, .onLoop) { context in
      seen.withLock { $0 = context.deadline }
      return ServerReply(frame: [])
    }
    .intercepted(by: [DeadlineLimit(longest: .seconds(7200))])
    let early = Deadline.after(.seconds(3600))
    _ = try await limited.handler(ServerContext(method: method, deadline: early))
    #expect(seen.withLock { $0 } == early)
    for later in [nil, Deadline.after(.seconds(36_000))] {
      let began = ContinuousClock.now
      _ = try await limited.handler(ServerContext(method: method, deadline: later))
      let deadline = try #require(seen.withLock { $0 }).instant
      #expect(deadline >= began + .seconds(7200) && deadline <= .now + .seconds(7200))
    }
    let late = ServerContext(method: method, deadline: .after(.zero))
    await #expect(throws: RPCError.deadlineExceeded) { try await limited.handler(late) }
  }

  @Test func aStreamHasTheDeadlineOfItsCallerAlone() {
    let stream = MethodDescriptor(service: "a.B", method: "D", kind: .serverStreaming)
    #expect(DeadlineLimit(longest: .seconds(1)).applied(to: stream) == nil)
  }
}
