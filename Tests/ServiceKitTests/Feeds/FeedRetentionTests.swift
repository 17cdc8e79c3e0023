import Database
import Foundation
import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import ServiceKit
@testable import Tally

@Suite struct FeedRetentionTests {
  private static let day = Duration.seconds(86_400)

  /// How many events a pass of the producer's cleaner removes, all that is committed being published.
  private func clean(_ rig: FeedRig) async throws -> Int {
    _ = try await rig.producer.database.events(after: .max, limit: 1)
    return try await cleaner(rig).pass()
  }

  private func cleaner(_ rig: FeedRig, _ metrics: MetricsRegistry = MetricsRegistry()) -> FeedCleaner {
    FeedCleaner(
      rig.producer.database, retention: Self.day, clock: rig.producer.clock, logger: rig.producer.environment.logger, metrics: metrics)
  }

  private func reason(_ call: () async throws -> Void) async -> String? {
    do {
      try await call()
      return nil
    } catch {
      return (error as? RPCError)?.reason
    }
  }

  private func first(_ request: EventsV1.SubscribeRequest, _ rig: FeedRig) async throws -> EventsV1.SubscribeResponse? {
    for try await response in try await EventsV1.EventFeedServiceClient(channel: rig.producer.channel).subscribe(request) {
      return response
    }
    return nil
  }

  @Test func `what a consumer has not acknowledged is kept, and what all have is removed after its retention`() async throws {
    let rig = try await FeedRig()
    try await rig.append(1...600)
    rig.producer.clock.advance(by: .seconds(86_401))
    // It follows until it has acknowledged everything.
    try await rig.following(rig.consumer()) {
      try await rig.expect(600) { try await rig.seen().count }
      try await rig.expect([600]) { try await rig.producer.database.read { try $0.feedConsumers() }.map { Int($0.position) } }
    }
    try await rig.append(601...601)
    #expect(try await clean(rig) == 600)
    try await rig.following(rig.consumer()) {
      try await rig.expect(601) { try await rig.seen().count }
    }
    rig.producer.clock.advance(by: .seconds(86_401))
    try await rig.append(602...603)
    rig.producer.clock.advance(by: .seconds(86_401))
    // It has said nothing of these two.
    #expect(try await clean(rig) <= 1)
    #expect(try await first(.init(), rig)?.event.map { ["evt_601", "evt_602"].contains($0.eventID) } == true)
    await rig.stop()
  }

  @Test func `a consumer whose events were removed is told, and goes on after its state was made anew`() async throws {
    let rig = try await FeedRig()
    try await rig.append(1...5)
    try await rig.following(rig.consumer()) { try await rig.expect(5) { try await rig.seen().count } }
    try await rig.append(6...9)
    // An operator gave it up.
    #expect(try await rig.producer.database.write { try $0.forgetFeedConsumer(client: "local-development", name: "tally") })
    rig.producer.clock.advance(by: .seconds(86_401))
    try await rig.append(10...10)
    #expect(try await clean(rig) == 9)
    let consumer = rig.consumer()
    try await rig.following(consumer) {
      try await rig.expect(.stoppedByExpiry) { consumer.state }
      try await consumer.resynchronise()
      try await rig.expect(["evt_10"]) { try await rig.seen() }
    }
    await rig.stop()
  }

  @Test func `an empty cursor starts at the oldest event that is kept, or after the newest`() async throws {
    let rig = try await FeedRig()
    try await rig.append(1...5)
    rig.producer.clock.advance(by: .seconds(86_401))
    try await rig.append(6...7)
    #expect(try await clean(rig) == 5)
    let oldest = try await first(.init(consumer: "a"), rig)
    #expect(oldest?.event?.eventID == "evt_6")
    #expect(oldest?.eventsBehind == 1)
    let end = try await first(.init(fromEnd: true), rig)
    #expect(end?.event == nil && end?.eventsBehind == 0)
    try await rig.append(8...8)
    #expect(try await first(.init(cursor: end?.cursor ?? []), rig)?.event?.eventID == "evt_8")
    await rig.stop()
  }

  @Test func `an acknowledgement names a consumer and a cursor of this feed`() async throws {
    let rig = try await FeedRig()
    try await rig.append(1...3)
    let client = EventsV1.EventFeedServiceClient(channel: rig.producer.channel)
    let cursor = try #require(try await first(.init(), rig)).cursor
    #expect(await reason { _ = try await client.acknowledge(.init(cursor: cursor)) } == "INVALID_FIELDS")
    #expect(await reason { _ = try await client.acknowledge(.init(consumer: "a")) } == "INVALID_FIELDS")
    #expect(await reason { _ = try await client.acknowledge(.init(consumer: "a", cursor: [9])) } == "FEED_CURSOR_INVALID")
    #expect(await reason { _ = try await client.acknowledge(.init(consumer: "a", cursor: cursor)) } == nil)
    #expect(await reason { _ = try await first(.init(cursor: cursor, fromEnd: true), rig) } == "INVALID_FIELDS")
    try await rig.renewEpoch()
    #expect(await reason { _ = try await client.acknowledge(.init(consumer: "a", cursor: cursor)) } == "FEED_EPOCH_CHANGED")
    #expect(try await rig.producer.database.read { try $0.feedConsumers() }.map(\.name) == ["a"])
    await rig.stop()
  }

  @Test func `a feed keeps events for so many consumers and no more`() async throws {
    let rig = try await FeedRig()
    let now = rig.producer.clock.now()
    try await rig.producer.database.write { transaction in
      for number in 1...Transaction.feedConsumerLimit {
        try transaction.acknowledgeEvents(through: 0, client: "c", name: "\(number)", at: now)
      }
    }
    #expect(await reason { _ = try await first(.init(consumer: "one more", fromEnd: true), rig) } == "FEED_CONSUMERS_FULL")
    await rig.stop()
  }

  @Test func `a consumer that is forgotten is no longer shown as behind`() async throws {
    let rig = try await FeedRig()
    try await rig.append(1...3)
    _ = try await first(.init(consumer: "a"), rig)
    let registry = MetricsRegistry()
    var behind: [FeedCleaner.Consumer: Int64] = [:]
    for events in ["3.0", "0.0"] {
      try await cleaner(rig, registry).showConsumers(&behind)
      let series = "event_feed_unacknowledged_events{client=\"local-development\",consumer=\"a\"} "
      #expect(registry.exposition().contains(series + events + "\n"))
      _ = try await rig.producer.database.write { try $0.forgetFeedConsumer(client: "local-development", name: "a") }
    }
    await rig.stop()
  }

  @Test func `by default every event is kept, and a retention is what its key says`() throws {
    #expect(try LoadedConfig<SampleApp>(values: [:]).common.feedRetention == nil)
    #expect(try LoadedConfig<SampleApp>(values: ["feed-retention": "30d"]).common.feedRetention == .seconds(30 * 86_400))
  }
}
