import Foundation
import Testing

@testable import Database

@Suite struct OutboxTests {
  private static func event(_ id: String) -> OutboxEvent {
    OutboxEvent(
      id: id, type: "test.happened.v1", aggregateType: "member", aggregateID: "mem_1",
      time: Date(timeIntervalSince1970: 1_795_320_000.5), payload: [1, 0, 2])
  }

  @Test func `an event is published with its effect or not at all`() async throws {
    struct Refused: Error {}
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    try await database.write { try $0.append(Self.event("evt_1")) }
    await #expect(throws: Refused.self) {
      try await database.write { transaction in
        try transaction.append(Self.event("evt_2"))
        throw Refused()
      }
    }
    try await database.write { try $0.append(Self.event("evt_3")) }
    let events = try await database.events(after: 0, limit: 10)
    #expect(events.map(\.event) == [Self.event("evt_1"), Self.event("evt_3")])
    await database.close()
  }

  @Test func `positions rise in the order of commits and pages follow one another`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<100 { group.addTask { try await database.write { try $0.append(Self.event("evt_\(number)")) } } }
      try await group.waitForAll()
    }
    var cursor: Int64 = 0
    var ids: [String] = []
    while case let page = try await database.events(after: cursor, limit: 7), let last = page.last {
      #expect(page.map(\.position) == page.map(\.position).sorted())
      #expect(page[0].position > cursor)
      ids += page.map(\.event.id)
      cursor = last.position
    }
    #expect(ids.count == 100)
    #expect(Set(ids).count == 100)
    await database.close()
  }

  @Test func `an event id is used once`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    try await database.write { try $0.append(Self.event("evt_1")) }
    await #expect(throws: DatabaseError.constraint(.unique, sql: "database.append-event")) {
      try await database.write { try $0.append(Self.event("evt_1")) }
    }
    await database.close()
  }

  @Test func `one who waits for events is woken by a commit and not by a refusal`() async throws {
    struct Refused: Error {}
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    let waiter = Task {
      await database.waitForEvents(after: 0)
      return try await database.events(after: 0, limit: 10).map(\.event.id)
    }
    while database.eventWaiters == 0 { await Task.yield() }
    await #expect(throws: Refused.self) {
      try await database.write { transaction in
        try transaction.append(Self.event("evt_refused"))
        throw Refused()
      }
    }
    #expect(database.eventWaiters == 1)
    try await database.write { try $0.append(Self.event("evt_1")) }
    #expect(try await waiter.value == ["evt_1"])
    await database.close()
  }

  @Test func `one who waits for events returns at once when they are there already, even after a restart`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    try await database.write { try $0.append(Self.event("evt_1")) }
    await database.waitForEvents(after: 0)
    await database.close()
    let reopened = try temporary.open()
    await reopened.waitForEvents(after: 0)
    #expect(try await reopened.events(after: 0, limit: 1).first?.event.id == "evt_1")
    await reopened.close()
  }

  @Test func `one who waits for events is let go by cancelling and by close`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    let cancelled = Task { await database.waitForEvents(after: 0) }
    let closed = Task { await database.waitForEvents(after: 0) }
    while database.eventWaiters < 2 { await Task.yield() }
    cancelled.cancel()
    await cancelled.value
    #expect(database.eventWaiters == 1)
    await database.close()
    await closed.value
  }

  @Test func `the epoch stays with the file`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    let epoch = database.epoch
    #expect(epoch.count == 16)
    await database.close()
    let reopened = try temporary.open()
    #expect(reopened.epoch == epoch)
    await reopened.close()
    let other = try TemporaryDatabase().open()
    #expect(other.epoch != epoch)
    await other.close()
  }
}
