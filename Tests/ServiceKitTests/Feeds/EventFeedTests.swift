import Database
import Foundation
import PatronAPI
import RPC
import RPCTransport
import ServiceTesting
import Synchronization
import Testing

@testable import ServiceKit

@Suite struct EventFeedTests {
  private func append(_ sample: TestService<SampleApp>, _ ids: ClosedRange<Int>, type: String = "sample.made.v1") async throws {
    let now = sample.clock.now()
    try await sample.database.write { transaction in
      for id in ids {
        try transaction.append(
          OutboxEvent(id: "evt_\(id)", type: type, aggregateType: "card", aggregateID: "crd_1", time: now, payload: [1, 2]))
      }
    }
  }

  /// The events of the first `count` responses that hold one, with the cursor of each.
  private func take(
    _ count: Int, after cursor: [UInt8] = [], types: [String] = [], from sample: TestService<SampleApp>
  ) async throws -> [(id: String, cursor: [UInt8])] {
    let client = EventsV1.EventFeedServiceClient(channel: sample.channel)
    var taken: [(String, [UInt8])] = []
    for try await response in try await client.subscribe(EventsV1.SubscribeRequest(cursor: cursor, types: types)) {
      if let event = response.event { taken.append((event.eventID, response.cursor)) }
      if taken.count == count { break }
    }
    return taken
  }

  @Test func aConsumerGoesOnAfterTheCursorItKept() async throws {
    let sample = try await TestService<SampleApp>.start()
    try await append(sample, 1...3)
    let first = try await take(2, from: sample)
    #expect(first.map(\.id) == ["evt_1", "evt_2"])
    try await sample.restart()
    try await append(sample, 4...4)
    #expect(try await take(2, after: first[1].cursor, from: sample).map(\.id) == ["evt_3", "evt_4"])
    await sample.stop()
  }

  @Test func moreEventsThanAPageArriveInOrder() async throws {
    let sample = try await TestService<SampleApp>.start()
    let count = EventFeedHandler.pageSize * 2 + 1
    try await append(sample, 1...count)
    #expect(try await take(count, from: sample).map(\.id) == (1...count).map { "evt_\($0)" })
    await sample.stop()
  }

  @Test func anEventThatIsCommittedWhileAConsumerWaitsReachesIt() async throws {
    let sample = try await TestService<SampleApp>.start()
    async let taken = take(1, from: sample)
    try await append(sample, 1...1)
    #expect(try await taken.map(\.id) == ["evt_1"])
    await sample.stop()
  }

  @Test func onlyTheTypesAskedForArrive() async throws {
    let sample = try await TestService<SampleApp>.start()
    try await append(sample, 1...2, type: "sample.other.v1")
    try await append(sample, 3...3)
    #expect(try await take(1, types: ["sample.made.v1"], from: sample).map(\.id) == ["evt_3"])
    await sample.stop()
  }

  @Test func aLiveEventComesWithoutAHeartbeatBeforeIt() async throws {
    let sample = try await TestService<SampleApp>.start()
    try await append(sample, 1...1)
    // A clock that stands still, for a busy machine may take longer than a heartbeat's ten seconds.
    let start = ContinuousClock.now
    let channel = InProcessChannel(
      services: [EventFeedHandler(database: sample.database, clock: sample.clock) { start }], interceptors: [LocalCaller()])
    let client = EventsV1.EventFeedServiceClient(channel: channel)
    var responses: [EventsV1.SubscribeResponse] = []
    for try await response in try await client.subscribe(EventsV1.SubscribeRequest()) {
      responses.append(response)
      if responses.count == 3 { break }
      while sample.database.eventWaiters == 0 { try await Task.sleep(for: .milliseconds(1)) }
      try await append(sample, (responses.count + 1)...(responses.count + 1))
    }
    #expect(responses.map { $0.event?.eventID } == ["evt_1", "evt_2", "evt_3"])
    await channel.close()
    await sample.stop()
  }

  /// A clock that jumps a minute whenever it is read: a heartbeat is due whatever the feed has just read.
  @Test func aFeedOfOneTypeGivesSignsOfLifeWhileOthersKeepComing() async throws {
    let sample = try await TestService<SampleApp>.start()
    try await append(sample, 1...(EventFeedHandler.pageSize * 2), type: "sample.other.v1")
    let minutes = Atomic(0)
    let start = ContinuousClock.now
    let feed = EventFeedHandler(database: sample.database, clock: sample.clock) {
      start + .seconds(60 * minutes.add(1, ordering: .relaxed).newValue)
    }
    let channel = InProcessChannel(services: [feed], interceptors: [LocalCaller()])
    var cursors: [FeedCursor?] = []
    for try await response in try await EventsV1.EventFeedServiceClient(channel: channel).subscribe(
      EventsV1.SubscribeRequest(types: ["sample.made.v1"]))
    {
      #expect(response.event == nil)
      cursors.append(FeedCursor(response.cursor))
      if cursors.count == 2 { break }
    }
    // One after each page, each with the place that was read to.
    #expect(cursors.map { $0?.position } == [Int64(EventFeedHandler.pageSize), Int64(EventFeedHandler.pageSize * 2)])
    await channel.close()
    await sample.stop()
  }

  private struct LocalCaller: ServerInterceptor {
    func intercept(
      _ context: ServerContext, next: @Sendable (ServerContext) async throws -> ServerReply
    ) async throws -> ServerReply {
      var context = context
      context.caller = .localDevelopment
      return try await next(context)
    }
  }

  @Test func aHeartbeatIsDueTenSecondsAfterTheLastWord() {
    let start = ContinuousClock.now
    var heartbeat = Heartbeat(at: start)
    #expect(!heartbeat.isDue(at: start + .milliseconds(9_999)))
    #expect(heartbeat.timeLeft(at: start + .seconds(4)) == .seconds(6))
    #expect(heartbeat.isDue(at: start + .seconds(10)))
    heartbeat.sent(at: start + .seconds(8))
    #expect(!heartbeat.isDue(at: start + .seconds(17)))
    #expect(heartbeat.timeLeft(at: start + .seconds(30)) == .zero)
  }

  @Test func aCursorOfAnotherLifeOfTheDatabaseIsRefused() async throws {
    let sample = try await TestService<SampleApp>.start()
    try await append(sample, 1...1)
    let cursor = try await take(1, from: sample)[0].cursor
    let other = try await TestService<SampleApp>.start()
    let changed = await #expect(throws: RPCError.self) { try await take(1, after: cursor, from: other) }
    #expect(changed?.code == .failedPrecondition)
    #expect(changed?.reason == "FEED_EPOCH_CHANGED")
    for junk: [UInt8] in [[1], [9] + cursor.dropFirst(), Array(repeating: 255, count: 40)] {
      let invalid = await #expect(throws: RPCError.self) { try await take(1, after: junk, from: other) }
      #expect(invalid?.reason == "FEED_CURSOR_INVALID")
    }
    await sample.stop()
    await other.stop()
  }

  @Test func aCursorComesBackAsItWasMade() {
    for position in [0, 1, 255, 256, Int64.max] {
      let cursor = FeedCursor(epoch: [1, 2, 3], position: position)
      #expect(FeedCursor(cursor.bytes) == cursor)
    }
  }

  @Test func aSubscriberNeedsTheScope() async throws {
    let sample = try await TestService<SampleApp>.start(keyRing: KeyRing(keyID: "k1", secret: Array(repeating: 7, count: 32)))
    let client = EventsV1.EventFeedServiceClient(channel: sample.channel)
    let error = await #expect(throws: RPCError.self) {
      for try await _ in try await client.subscribe(
        EventsV1.SubscribeRequest(), options: sample.options(as: Caller(clientID: "cli_1", scopes: ["members.read"])))
      {}
    }
    #expect(error?.reason == "SCOPE_MISSING")
    await sample.stop()
  }
}
