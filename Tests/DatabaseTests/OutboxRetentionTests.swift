import Foundation
import Testing

@testable import Database

@Suite struct OutboxRetentionTests {
  private static let start = Date(timeIntervalSince1970: 1_795_320_000)
  private static let limit = 100

  /// Each a minute later than the one before.
  private static func event(_ number: Int) -> OutboxEvent {
    OutboxEvent(
      id: "evt_\(number)", type: "test.happened.v1", aggregateType: "member", aggregateID: "mem_1",
      time: start.addingTimeInterval(Double(number) * 60), payload: [1])
  }

  private func append(_ numbers: ClosedRange<Int>, to database: Database) async throws {
    try await database.write { transaction in
      for number in numbers { try transaction.append(Self.event(number)) }
    }
    // On PostgreSQL it is published by then.
    _ = try await database.events(after: try await database.read { try $0.removedEventsEnd() }, limit: 1)
  }

  private func kept(_ database: Database) async throws -> [String] {
    try await database.events(after: try await database.read { try $0.removedEventsEnd() }, limit: 1_000).map(\.event.id)
  }

  private func remove(before number: Int, limit: Int = Self.limit, from database: Database) async throws -> Int {
    try await database.write { try $0.removeOldestEvents(before: Self.event(number).time, limit: limit) }
  }

  private func acknowledge(_ position: Int64, as name: String, client: String = "reports", at database: Database) async throws {
    try await database.write { try $0.acknowledgeEvents(through: position, client: client, name: name, at: Self.start) }
  }

  @Test func `what is removed is older than the time, acknowledged by everybody, and before all that stays`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    try await append(1...6, to: database)
    try await acknowledge(4, as: "a", at: database)
    try await acknowledge(2, as: "a", client: "another", at: database)
    #expect(try await remove(before: 100, from: database) == 2)
    #expect(try await kept(database) == ["evt_3", "evt_4", "evt_5", "evt_6"])
    try await acknowledge(6, as: "a", client: "another", at: database)
    #expect(try await remove(before: 4, from: database) == 1)
    #expect(try await kept(database) == ["evt_4", "evt_5", "evt_6"])
    #expect(try await remove(before: 100, from: database) == 1)
    #expect(try await database.write { try $0.forgetFeedConsumer(client: "reports", name: "a") })
    #expect(try await remove(before: 100, from: database) == 2)
    #expect(try await kept(database) == [])
    await database.close()
  }

  @Test func `an event of a later time keeps those behind it`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    try await append(1...1, to: database)
    try await append(50...50, to: database)
    try await append(2...3, to: database)
    #expect(try await remove(before: 40, from: database) == 1)
    #expect(try await kept(database) == ["evt_50", "evt_2", "evt_3"])
    await database.close()
  }

  @Test func `one transaction removes no more than its limit`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    try await append(1...10, to: database)
    #expect(try await remove(before: 100, limit: 4, from: database) == 4)
    #expect(try await remove(before: 100, limit: 4, from: database) == 4)
    #expect(try await remove(before: 100, limit: 4, from: database) == 2)
    #expect(try await remove(before: 100, limit: 4, from: database) == 0)
    await database.close()
  }

  @Test func `a position is never given again, not even after all were removed and the database was opened anew`() async throws {
    let temporary = try TemporaryDatabase()
    var database = try temporary.open()
    try await append(1...5, to: database)
    #expect(try await remove(before: 100, from: database) == 5)
    await database.close()
    database = try temporary.open()
    #expect(database.lastEventPosition == 5)
    try await append(6...6, to: database)
    #expect(try await database.events(after: 5, limit: 10).map(\.position) == [6])
    await database.close()
  }

  @Test func `whoever reads from before the start is told, and never given what comes after a gap`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    try await append(1...5, to: database)
    #expect(try await remove(before: 4, from: database) == 3)
    for position: Int64 in 0...2 {
      await #expect(throws: EventsRemoved(through: 3)) { try await database.events(after: position, limit: 10) }
      await #expect(throws: EventsRemoved(through: 3)) { try await acknowledge(position, as: "late", at: database) }
    }
    #expect(try await database.events(after: 3, limit: 10).map(\.event.id) == ["evt_4", "evt_5"])
    #expect(try await database.read { try $0.feedConsumers() } == [])
    await database.close()
  }

  @Test func `consumers are counted, and one too many is refused`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    try await database.write { transaction in
      for number in 1...Transaction.feedConsumerLimit {
        try transaction.acknowledgeEvents(through: 0, client: "reports", name: "\(number)", at: Self.start)
      }
    }
    await #expect(throws: TooManyFeedConsumers()) { try await acknowledge(0, as: "one more", at: database) }
    try await acknowledge(0, as: "1", at: database)
    #expect(try await database.read { try $0.feedConsumers().count } == Transaction.feedConsumerLimit)
    await database.close()
  }
}
