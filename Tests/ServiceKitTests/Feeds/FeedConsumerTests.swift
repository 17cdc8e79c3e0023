import Database
import Foundation
import PatronAPI
import RPC
import ServiceTesting
import Synchronization
import Testing

@testable import ServiceKit
@testable import Tally

@Suite struct FeedConsumerTests {
  @Test func `each event takes effect once and in order, those that were there and those that come`() async throws {
    let rig = try await FeedRig()
    try await rig.append(1...200)
    let consumer = rig.consumer()
    try await rig.following(consumer) {
      try await rig.expect(FeedRig.ids(1...200)) { try await rig.seen() }
      #expect(consumer.state == .following)
      try await rig.append(201...203)
      try await rig.expect(FeedRig.ids(1...203)) { try await rig.seen() }
    }
    await rig.stop()
  }

  @Test func `events that have arrived share a transaction`() async throws {
    let rig = try await FeedRig()
    let place = try await rig.follower.database.write { try $0.follow("sample") }
    let writesBefore = rig.follower.database.statistics.writes
    var effects = FeedEffects(rig.consumer(), from: place)
    var slow = SlowEvent()
    try await effects.apply(Self.items(1...64), &slow)
    #expect(rig.follower.database.statistics.writes == writesBefore + 1)
    #expect(try await rig.seen() == FeedRig.ids(1...64))
    #expect(try await rig.place()?.cursor == [64])
    await rig.stop()
  }

  @Test func `a batch that other writers keep from committing is tried in smaller ones`() async throws {
    let rig = try await FeedRig()
    // As if every transaction of more than eight met another's.
    let consumer = rig.consumer { transaction, event in
      let end = Int(try transaction.place(in: "sample")?.cursor.first ?? 0)
      if end - (Int(event.id.dropFirst("evt_".count)) ?? 0) >= 8 { throw DatabaseError.busy(sql: "test") }
      try Tally.note(event, transaction)
    }
    var effects = FeedEffects(consumer, from: try await rig.follower.database.write { try $0.follow("sample") })
    var slow = SlowEvent()
    try await effects.apply(Self.items(1...64), &slow)
    #expect(try await rig.seen() == FeedRig.ids(1...64))
    #expect(try await rig.parked() == [])
    await rig.stop()
  }

  /// As they arrive, each with its number for a cursor.
  private static func items(_ numbers: ClosedRange<UInt8>) -> [FeedItem] {
    numbers.map { number in
      FeedItem(
        EventsV1.SubscribeResponse(
          event: EventsV1.Event(eventID: FeedRig.id(Int(number)), aggregateType: "card", aggregateID: "crd_1"), cursor: [number]))
    }
  }

  @Test func `a consumer goes on where its database stands, after a start of either side`() async throws {
    let rig = try await FeedRig()
    try await rig.append(1...10)
    try await rig.following(rig.consumer()) {
      try await rig.expect(FeedRig.ids(1...10)) { try await rig.seen() }
    }
    try await rig.producer.restart()
    try await rig.append(11...20)
    try await rig.follower.restart()
    try await rig.following(rig.consumer()) {
      try await rig.expect(FeedRig.ids(1...20)) { try await rig.seen() }
      try await rig.producer.restart()
      try await rig.append(21...30)
      try await rig.expect(FeedRig.ids(1...30)) { try await rig.seen() }
    }
    await rig.stop()
  }

  @Test func `a service's consumers run with it`() async throws {
    let producer = try await TestService<SampleApp>.start()
    let follower = try await TestService<TallyApp>.start(
      ["source": "sample"], channels: ["sample": producer.channel], runsBackgroundWork: true)
    let now = producer.clock.now()
    try await producer.database.write {
      try $0.append(OutboxEvent(id: "evt_1", type: "t", aggregateType: "card", aggregateID: "crd_1", time: now, payload: []))
    }
    while try await follower.database.read({ try Tally.seen($0) }) != ["evt_1"] { try await Task.sleep(for: .milliseconds(5)) }
    await follower.stop()
    await producer.stop()
  }

  @Test func `only the types asked for arrive, and heartbeats move the cursor past the others`() async throws {
    let rig = try await FeedRig()
    try await rig.append([(1, 1), (2, 1)], type: "sample.other.v1")
    try await rig.append(3, of: 1)
    try await rig.following(rig.consumer(types: ["sample.made.v1"])) {
      try await rig.expect(["evt_3"]) { try await rig.seen() }
    }
    await rig.stop()
  }

  @Test func `two consumers on one database share the feed without a repeat`() async throws {
    let rig = try await FeedRig()
    let (first, second) = (rig.consumer(), rig.consumer())
    try await rig.following(first) {
      try await rig.following(second) {
        for start in stride(from: 1, through: 391, by: 10) { try await rig.append(start...(start + 9)) }
        try await rig.expect(FeedRig.ids(1...400)) { try await rig.seen() }
      }
    }
    await rig.stop()
  }

  @Test func `a failure that time mends parks nothing`() async throws {
    let rig = try await FeedRig()
    try await rig.append(1...5)
    let isBusy = Atomic(true)
    let consumer = rig.consumer { transaction, event in
      if isBusy.load(ordering: .relaxed) { throw RPCError(.unavailable, "not now") }
      try Tally.note(event, transaction)
    }
    try await rig.following(consumer) {
      try await rig.expect(.waiting) { consumer.state }
      isBusy.store(false, ordering: .relaxed)
      try await rig.expect(FeedRig.ids(1...5)) { try await rig.seen() }
    }
    #expect(try await rig.parked() == [])
    await rig.stop()
  }

  @Test func `a feed that falls silent is called again`() async throws {
    let rig = try await FeedRig()
    rig.channel.falls(silent: true)
    var limits = FeedRig.limits
    limits.longestSilence = .milliseconds(1_500)
    try await rig.following(rig.consumer(limits)) {
      try await rig.expect(true) { rig.channel.openedStreams >= 2 }
      rig.channel.falls(silent: false)
      try await rig.append(1...3)
      try await rig.expect(FeedRig.ids(1...3)) { try await rig.seen() }
    }
    await rig.stop()
  }

  @Test func `another epoch stops the consumer until an operator has made its state anew`() async throws {
    let rig = try await FeedRig()
    try await rig.append(1...5)
    let consumer = rig.consumer()
    try await rig.following(consumer) {
      try await rig.expect(FeedRig.ids(1...5)) { try await rig.seen() }
      try await rig.renewEpoch()
      try await rig.expect(.stoppedByEpoch) { consumer.state }
      try await rig.append(6...7)
      #expect(try await rig.seen() == FeedRig.ids(1...5))
      // As a command does it, in a process of its own.
      try await rig.consumer().resynchronise()
      try await rig.expect(FeedRig.ids(1...7)) { try await rig.seen() }
      #expect(consumer.state == .following)
    }
    await rig.stop()
  }

  @Test func `a state that is read from the service itself goes on with what came after the reading began`() async throws {
    let rig = try await FeedRig()
    try await rig.append(1...5)
    let consumer = rig.consumer(
      resync: .reread {
        // Between the feed's end and the reading, and after it.
        try await rig.append(6...6)
        let state = try await rig.producer.database.events(after: 0, limit: 100)
        try await rig.append(7...7)
        return { transaction in
          try transaction.run(Tally.clear)
          for stored in state { try Tally.note(stored.event, transaction) }
        }
      })
    try await consumer.resynchronise()
    #expect(try await rig.seen() == FeedRig.ids(1...6))
    try await rig.following(consumer) {
      try await rig.expect(FeedRig.ids([1, 2, 3, 4, 5, 6, 6, 7])) { try await rig.seen() }
    }
    await rig.stop()
  }

  @Test func `a state that cannot be read is left as it is, and its feed keeps nothing for it`() async throws {
    let rig = try await FeedRig()
    try await rig.append(1...5)
    let resync = FeedResync.reread { throw RPCError(.resourceExhausted, "not now") }
    let unread = await #expect(throws: RPCError.self) { try await rig.consumer(resync: resync).resynchronise() }
    #expect(unread?.code == .resourceExhausted)
    var limits = FeedRig.limits
    limits.answerTimeout = .milliseconds(1)
    let impatient = rig.consumer(limits, resync: resync)
    rig.channel.falls(silent: true)
    let unheard = await #expect(throws: RPCError.self) { try await impatient.resynchronise() }
    #expect(unheard?.code == .deadlineExceeded)
    #expect(try await rig.place() == nil)
    #expect(try await rig.producer.database.read { try $0.feedConsumers() } == [])
    await rig.stop()
  }

  @Test func `the metrics show where the consumer stands`() async throws {
    let rig = try await FeedRig()
    let registry = MetricsRegistry()
    try await rig.refuse(2)
    try await rig.append([(1, 1), (2, 2), (3, 2)])
    let consumer = FeedConsumer(
      of: "sample", as: TallyApp.name, through: rig.channel, in: rig.follower.environment, limits: FeedRig.limits, metrics: registry,
      resync: .replay { try $0.run(Tally.clear) }
    ) { try Tally.note($1, $0) }
    try await rig.following(consumer) {
      try await rig.expect(2) { try await rig.place()?.parkedEvents }
      try await rig.expect(true) { registry.exposition().contains("event_feed_parked_events{feed=\"sample\"} 2.0\n") }
      let page = registry.exposition()
      #expect(page.contains("event_feed_applied_events_total{feed=\"sample\"} 1\n"))
      #expect(page.contains("event_feed_parked_total{feed=\"sample\"} 2\n"))
      #expect(page.contains("event_feed_parked_aggregates{feed=\"sample\"} 1.0\n"))
      #expect(page.contains("event_feed_events_behind{feed=\"sample\"} 0.0\n"))
      #expect(page.contains("event_feed_state{feed=\"sample\",state=\"following\"} 1.0\n"))
      #expect(page.contains("event_feed_state{feed=\"sample\",state=\"stopped_epoch_changed\"} 0.0\n"))
      // As a command does it, in a process of its own: no event comes with it.
      _ = try await rig.consumer().skip("evt_2", of: FeedRig.aggregate(2))
      try await rig.expect(true) { registry.exposition().contains("event_feed_parked_events{feed=\"sample\"} 1.0\n") }
    }
    await rig.stop()
  }

  @Test func `the lag is that of the last event, and none when none waits`() {
    let registry = MetricsRegistry()
    let metrics = FeedMetrics(feed: "sample", factory: registry)
    let now = ManualClock.start
    metrics.stands(behind: 3, last: now.addingTimeInterval(-7), now: now)
    #expect(registry.exposition().contains("event_feed_lag_seconds{feed=\"sample\"} 7.0\n"))
    #expect(registry.exposition().contains("# HELP event_feed_lag_seconds From an event's time"))
    metrics.stands(behind: 3, last: nil, now: now)
    #expect(registry.exposition().contains("event_feed_lag_seconds{feed=\"sample\"} 7.0\n"))
    metrics.stands(behind: 0, last: nil, now: now)
    #expect(registry.exposition().contains("event_feed_lag_seconds{feed=\"sample\"} 0.0\n"))
  }
}
