import Foundation
import Testing

@testable import Database

/// The outbox of several replicas: positions are given to what is committed, by one publisher at a time.
@Suite(.onPostgres) struct PostgresFeedTests {
  private static func event(_ id: String) -> OutboxEvent {
    OutboxEvent(
      id: id, type: "test.happened.v1", aggregateType: "member", aggregateID: "mem_1", time: Date(timeIntervalSince1970: 1_795_320_000),
      payload: [1])
  }

  @Test func `an event that commits late comes after those that were read meanwhile`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open { $0.writerCount = 2 }
    let gate = Gate()
    let late = Task {
      try await database.write { transaction in
        try transaction.append(Self.event("evt_late"))
        gate.pass()
      }
    }
    await gate.reached()
    try await database.write { try $0.append(Self.event("evt_early")) }
    let first = try await database.events(after: 0, limit: 10)
    #expect(first.map(\.event.id) == ["evt_early"])
    gate.open()
    try await late.value
    let second = try await database.events(after: first.last?.position ?? 0, limit: 10)
    #expect(second.map(\.event.id) == ["evt_late"])
    await database.close()
  }

  @Test func `a consumer at each replica sees each event of all replicas once and in the same order`() async throws {
    let temporary = try TemporaryDatabase()
    let replicas = try (0..<3).map { _ in try temporary.open { $0.writerCount = 2 } }
    let total = 150
    func consume(_ replica: Database) async throws -> [String] {
      var ids: [String] = []
      var position: Int64 = 0
      while ids.count < total {
        let page = try await replica.events(after: position, limit: 7)
        ids += page.map(\.event.id)
        position = page.last?.position ?? position
        if page.isEmpty { await replica.waitForEvents(after: position) }
      }
      return ids
    }
    let consumers = replicas.map { replica in Task { try await consume(replica) } }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<total {
        let replica = replicas[number % replicas.count]
        group.addTask { try await replica.write { try $0.append(Self.event("evt_\(number)")) } }
      }
      try await group.waitForAll()
    }
    let seen = try await consumers[0].value
    #expect(Set(seen).count == total)
    for consumer in consumers { #expect(try await consumer.value == seen) }
    for replica in replicas { await replica.close() }
  }

  @Test func `a publisher that lost its lease publishes nothing, and the next one everything`() async throws {
    let temporary = try TemporaryDatabase()
    await (try temporary.open()).close()
    try Self.takeTurns(temporary)
  }

  @Test func `a database that is only looked at publishes nothing`() async throws {
    let temporary = try TemporaryDatabase()
    await (try temporary.open()).close()
    let looking = try Database.openExisting(DatabaseConfiguration(temporary.location), migrations: [Counters.migration])
    try await looking.write { try $0.append(Self.event("evt_1")) }
    #expect(try await looking.events(after: 0, limit: 1) == [])
    let serving = try temporary.open()
    #expect(try await serving.events(after: 0, limit: 1).map(\.event.id) == ["evt_1"])
    await looking.waitForEvents(after: 0)
    await serving.close()
    await looking.close()
  }

  /// On one thread, as connections are.
  private static func takeTurns(_ temporary: TemporaryDatabase) throws {
    let configuration = DatabaseConfiguration(temporary.location)
    let first = try PostgresConnection(configuration, role: .maintenance)
    let second = try PostgresConnection(configuration, role: .maintenance)
    let lost = try #require(try PublisherLease.take(by: "first", for: .zero, on: first))
    let held = try #require(try PublisherLease.take(by: "second", for: .seconds(60), on: second))
    #expect(held == lost + 1)
    #expect(try PublisherLease.take(by: "first", for: .seconds(60), on: first) == nil)
    for number in 1...3 {
      try first.control(
        """
        INSERT INTO database_outbox(event_id, type, aggregate_type, aggregate_id, time, payload)
        VALUES ('evt_\(number)', 't', 'member', 'mem_1', 0, '')
        """)
    }
    #expect(try PublisherLease.publish(lost, for: .seconds(60), on: first) == nil)
    #expect(try PublisherLease.look(for: .seconds(60), on: first).hasUnpublished)
    let batch = try #require(try PublisherLease.publish(held, for: .seconds(60), on: second))
    #expect(batch.lastPosition == 3 && batch.count == 3)
    let sight = try PublisherLease.look(for: .seconds(60), on: first)
    #expect(!sight.hasUnpublished && sight.lastPosition == 3 && sight.token == held && !sight.isOver)
    #expect(try Snapshot(first).events(after: 0, limit: 10).map(\.event.id) == ["evt_1", "evt_2", "evt_3"])
    try PublisherLease.release(held, on: second)
    #expect(try PublisherLease.take(by: "first", for: .seconds(60), on: first) == held + 1)
  }
}
