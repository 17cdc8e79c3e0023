import Foundation
import Testing

@testable import Database

@Suite struct RequestIDTests {
  private static let time = Date(timeIntervalSince1970: 1_795_320_000)

  /// Adds a note the first time and answers what it answered then ever after.
  @Sendable private static func command(
    _ key: RequestKey, bodyHash: [UInt8] = [1], reply: [UInt8] = [0, 1, 255, 0]
  ) -> @Sendable (Transaction) throws -> [UInt8] {
    { transaction in
      if let recorded = try transaction.replay(of: key, bodyHash: bodyHash) { return recorded }
      try transaction.run(Counters.insertNote, [.text(key.requestID), nil])
      try transaction.record(key, bodyHash: bodyHash, reply: reply, at: time)
      return reply
    }
  }

  private static let key = RequestKey(client: "till-1", method: "/patron.loyalty.v1.LoyaltyService/Earn", requestID: "r-1")

  @Test func `a repeated request replays its reply byte for byte and has one effect`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    let first = try await database.write(Self.command(Self.key))
    // The second run would answer differently if it ran.
    let second = try await database.write(Self.command(Self.key, reply: [9]))
    #expect(second == first)
    #expect(try await database.notes() == ["r-1"])
    #expect(try await database.read { try $0.replay(of: Self.key, bodyHash: [1]) } == first)
    await database.close()
  }

  @Test func `a reply is replayed after a restart`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    let first = try await database.write(Self.command(Self.key))
    let hashKey = database.bodyHashKey
    await database.close()
    let reopened = try temporary.open()
    #expect(try await reopened.write(Self.command(Self.key, reply: [9])) == first)
    #expect(reopened.bodyHashKey == hashKey)
    #expect(try await reopened.notes() == ["r-1"])
    await reopened.close()
  }

  @Test func `an id used again with another body is refused and changes nothing`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    try await database.write(Self.command(Self.key))
    await #expect(throws: RequestIDReused.self) { try await database.write(Self.command(Self.key, bodyHash: [2])) }
    #expect(try await database.notes() == ["r-1"])
    await database.close()
  }

  @Test(arguments: [
    RequestKey(client: "till-2", method: key.method, requestID: key.requestID),
    RequestKey(client: key.client, method: "/patron.loyalty.v1.LoyaltyService/Redeem", requestID: key.requestID),
    RequestKey(client: key.client, method: key.method, requestID: "R-1"),
    RequestKey(client: "till", method: "-1" + key.method, requestID: key.requestID),
  ])
  func `the same id of another client or method is another request`(other: RequestKey) async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    try await database.write(Self.command(Self.key))
    #expect(try await database.write(Self.command(other, bodyHash: [2], reply: [7])) == [7])
    #expect(try await database.notes().count == 2)
    await database.close()
  }

  @Test func `a refused request leaves no row so a retry may succeed`() async throws {
    struct InsufficientPoints: Error {}
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    await #expect(throws: InsufficientPoints.self) {
      try await database.write { transaction in
        _ = try Self.command(Self.key)(transaction)
        throw InsufficientPoints()
      }
    }
    #expect(try await database.read { try $0.replay(of: Self.key, bodyHash: [1]) } == nil)
    #expect(try await database.write(Self.command(Self.key, reply: [7])) == [7])
    await database.close()
  }

  @Test func `one hundred calls at once under one id have one effect and one reply`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    let replies = try await withThrowingTaskGroup(of: [UInt8].self) { group in
      for number in UInt8(0)..<100 {
        group.addTask { try await database.write(Self.command(Self.key, reply: [number])) }
      }
      return try await group.reduce(into: Set<[UInt8]>()) { $0.insert($1) }
    }
    #expect(replies.count == 1)
    #expect(try await database.notes() == ["r-1"])
    await database.close()
  }
}
