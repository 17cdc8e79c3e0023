import Foundation
import Testing

@testable import Database

@Suite struct FollowedFeedTests {
  private static let feed = "loyalty"
  private static let now = Date(timeIntervalSince1970: 1_795_320_000)

  private static func event(_ number: Int, of aggregateID: String = "mem_1") -> OutboxEvent {
    OutboxEvent(id: "evt_\(number)", type: "t", aggregateType: "member", aggregateID: aggregateID, time: now, payload: [UInt8(number)])
  }

  private func park(_ events: OutboxEvent..., limit: Int = 100, in database: Database) async throws {
    try await database.write { transaction in
      for event in events {
        try transaction.park(event, in: Self.feed, limit: limit)
        try transaction.noteParked(event.aggregate, in: Self.feed, error: "why", at: Self.now)
      }
    }
  }

  @Test func `a feed is moved on from where it stands, and by one alone`() async throws {
    let temporary = try TemporaryDatabase()
    var database = try temporary.open()
    #expect(try await database.read { try $0.place(in: Self.feed) } == nil)
    #expect(try await database.write { try $0.follow(Self.feed) } == FeedPlace(cursor: [], parkedEvents: 0))
    #expect(try await database.write { try $0.advance(Self.feed, from: [], to: [1]) } == 0)
    await #expect(throws: FeedOvertaken()) {
      try await database.write { transaction in
        try transaction.run(Counters.insertNote, ["twice", nil])
        _ = try transaction.advance(Self.feed, from: [], to: [2])
      }
    }
    #expect(try await database.notes() == [])
    await database.close()
    database = try temporary.open()
    #expect(try await database.write { try $0.follow(Self.feed) } == FeedPlace(cursor: [1], parkedEvents: 0))
    await database.close()
  }

  @Test func `of many who move a feed from one place one alone passes`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open { $0.writerCount = 3 }
    _ = try await database.write { try $0.follow(Self.feed) }
    let passed = await withTaskGroup(of: Bool.self) { group in
      for number in 1...20 {
        group.addTask { (try? await database.write { try $0.advance(Self.feed, from: [], to: [UInt8(number)]) }) != nil }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(passed == 1)
    await database.close()
  }

  @Test func `parked events leave in the order in which they came, the first of each aggregate first`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    _ = try await database.write { try $0.follow(Self.feed) }
    try await park(Self.event(1), Self.event(2, of: "mem_2"), Self.event(3), in: database)
    let parked = try await database.read { try $0.parkedAggregates(in: Self.feed, limit: 10) }
    #expect(parked.map(\.aggregate.id) == ["mem_1", "mem_2"])
    #expect(parked.map(\.eventCount) == [2, 1])
    #expect(parked.map(\.error) == ["why", "why"])
    #expect(try await database.read { try $0.parkedAggregates(in: Self.feed, after: parked[0].aggregate, limit: 10) } == [parked[1]])
    #expect(
      try await database.read { try $0.parkedEvents(of: parked[0].aggregate, in: Self.feed, limit: 10) } == [Self.event(1), Self.event(3)])
    #expect(try await database.write { try $0.release(Self.event(3), in: Self.feed) } == false)
    #expect(try await database.write { try $0.release(Self.event(1), in: Self.feed) })
    #expect(try await database.read { try $0.isParked(Self.event(3).aggregate, in: Self.feed) })
    #expect(try await database.write { try $0.release(Self.event(3), in: Self.feed) })
    #expect(try await database.read { try $0.isParked(Self.event(3).aggregate, in: Self.feed) } == false)
    #expect(try await database.read { try $0.place(in: Self.feed) }?.parkedEvents == 1)
    #expect(try await database.read { try $0.isParked(Self.event(2, of: "mem_2").aggregate, in: "another feed") } == false)
    await database.close()
  }

  @Test func `a feed has a limit of parked events`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    _ = try await database.write { try $0.follow(Self.feed) }
    try await park(Self.event(1), Self.event(2), limit: 2, in: database)
    await #expect(throws: ParkingFull()) { try await park(Self.event(3), limit: 2, in: database) }
    #expect(try await database.write { try $0.release(Self.event(1), in: Self.feed) })
    try await park(Self.event(3), limit: 2, in: database)
    await database.close()
  }

  @Test func `a feed that begins anew has nothing parked`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    _ = try await database.write { try $0.follow(Self.feed) }
    try await park(Self.event(1), in: database)
    try await database.write { try $0.restart(Self.feed, at: [7]) }
    #expect(try await database.read { try $0.place(in: Self.feed) } == FeedPlace(cursor: [7], parkedEvents: 0))
    #expect(try await database.read { try $0.parkedAggregates(in: Self.feed, limit: 10) } == [])
    try await database.write { try $0.restart("new", at: []) }
    #expect(try await database.read { try $0.place(in: "new") } == FeedPlace(cursor: [], parkedEvents: 0))
    await database.close()
  }
}
