import Database
import Foundation
import PatronAPI
import RPC
import ServiceTesting
import Synchronization
import Testing

@testable import ServiceKit
@testable import Tally

/// A service with a feed, and a tally of its events in another service's database.
final class FeedRig: Sendable {
  let producer: TestService<SampleApp>
  let follower: TestService<TallyApp>
  let channel: FaultyChannel

  /// Short pauses: a test is about what is done, not about how soon.
  static var limits: FeedLimits {
    var limits = FeedLimits()
    limits.shortestPause = .milliseconds(1)
    limits.longestPause = .milliseconds(20)
    limits.stoppedInterval = .milliseconds(10)
    limits.acknowledgeInterval = .milliseconds(20)
    limits.longestSilence = .seconds(600)
    limits.answerTimeout = .seconds(600)
    return limits
  }

  init(seed: UInt64 = 1, cutting: ClosedRange<Int>? = nil) async throws {
    producer = try await TestService<SampleApp>.start()
    channel = FaultyChannel(producer.channel, seed: seed, cutting: cutting)
    follower = try await TestService<TallyApp>.start(["source": "sample"], channels: ["sample": channel])
  }

  func stop() async {
    await follower.stop()
    await producer.stop()
  }

  /// A consumer of the feed; each begins with what is in the follower's database, as after a start of its process.
  func consumer(
    _ limits: FeedLimits = FeedRig.limits, types: Set<String> = [], resync: FeedResync? = nil,
    _ effect: @escaping FeedConsumer.Effect = { try Tally.note($1, $0) }
  ) -> FeedConsumer {
    FeedConsumer(
      of: "sample", as: TallyApp.name, through: channel, in: follower.environment, types: types, limits: limits,
      resync: resync ?? .replay { try $0.run(Tally.clear) }, effect)
  }

  // MARK: The feed's side

  /// Appends events `evt_N` of the aggregates `crd_A`, each in a transaction of its own.
  func append(_ events: [(number: Int, aggregate: Int)], type: String = "sample.made.v1") async throws {
    for event in events { try await append(event.number, of: event.aggregate, type: type) }
  }

  func append(_ number: Int, of aggregate: Int, type: String = "sample.made.v1") async throws {
    try await append(number...number, of: aggregate, type: type)
  }

  /// Many at once.
  func append(_ numbers: ClosedRange<Int>, of aggregate: Int = 1, type: String = "sample.made.v1") async throws {
    let now = producer.clock.now()
    try await producer.database.write { transaction in
      for number in numbers {
        try transaction.append(
          OutboxEvent(
            id: Self.id(number), type: type, aggregateType: "card", aggregateID: Self.aggregate(aggregate).id, time: now, payload: [1]))
      }
    }
  }

  static func id(_ number: Int) -> String { "evt_\(number)" }
  static func ids(_ numbers: some Sequence<Int>) -> [String] { numbers.map(id) }
  static func aggregate(_ number: Int) -> Aggregate { Aggregate(type: "card", id: "crd_\(number)") }

  /// The producer's database becomes one that was restored: another epoch.
  func renewEpoch() async throws {
    try await producer.database.write { try $0.run(SQL("test.forget-epoch", "DELETE FROM database_meta WHERE key = 'epoch'")) }
    try await producer.restart()
  }

  // MARK: The consumer's side

  func seen() async throws -> [String] { try await follower.database.read { try Tally.seen($0) } }

  func refuse(_ aggregate: Int, _ isRefused: Bool = true) async throws {
    try await follower.database.write { try Tally.refuse(Self.aggregate(aggregate).id, isRefused, $0) }
  }

  func parked() async throws -> [ParkedAggregate] { try await follower.database.read { try $0.parkedAggregates(in: "sample", limit: 100) } }

  func place() async throws -> FeedPlace? { try await follower.database.read { try $0.place(in: "sample") } }

  /// Runs a consumer while `body` runs, and stops it as a drain does.
  func following(_ consumer: FeedConsumer, _ body: () async throws -> Void) async throws {
    let running = Task { try await consumer.run() }
    let outcome: Result<Void, any Error>
    do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
    running.cancel()
    let result = await running.result
    try outcome.get()
    #expect(throws: CancellationError.self) { try result.get() }
    #expect(consumer.state == .idle)
  }

  /// Waits until what `read` gives is `value`; gives up after minutes, and says what it was then.
  func expect<Value: Equatable>(
    _ value: Value, sourceLocation: SourceLocation = #_sourceLocation, _ read: () async throws -> Value
  ) async throws {
    let deadline = ContinuousClock.now + .seconds(300)
    var last = try await read()
    while last != value, ContinuousClock.now < deadline {
      try await Task.sleep(for: .milliseconds(5))
      last = try await read()
    }
    #expect(last == value, sourceLocation: sourceLocation)
  }
}
