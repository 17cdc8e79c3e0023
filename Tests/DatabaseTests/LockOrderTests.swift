import Foundation
import Testing

@testable import Database

/// A write that says which rows it takes: what it may do, on either engine, and that it loses nothing where others write.
@Suite struct LockOrderTests {
  private static let locks = LockOrder([.row(of: "counter", with: ["child"])], references: ["note"])
  private static let take = SQL("counter.take", "SELECT used FROM counter WHERE name = ?1", locksRow: true)
  private static let look = SQL("counter.look", "SELECT used FROM counter WHERE name = ?1")
  private static let set = SQL("counter.set", "UPDATE counter SET used = ?2 WHERE name = ?1")

  private func withDatabase(_ body: (Database) async throws -> Void) async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open { $0.runsEveryWriteTwice = true }
    for name in ["a", "b"] { try await database.write { try $0.run(Counters.insert, [.text(name), 1_000]) } }
    do { try await body(database) } catch {
      await database.close()
      throw error
    }
    await database.close()
  }

  private func expectRefusal(
    of sql: SQL, in database: Database, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: @escaping @Sendable (Transaction) throws -> Void
  ) async {
    await #expect(throws: DatabaseError.lockOrder(sql: sql.name), sourceLocation: sourceLocation) {
      try await database.write(locking: Self.locks, body)
    }
  }

  // MARK: What is refused

  @Test func `what belongs to a row is read only while one is held`() async throws {
    let children = SQL("child.list", "SELECT id FROM child WHERE counter = ?1 ORDER BY id")
    try await withDatabase { database in
      await expectRefusal(of: Self.look, in: database) { _ = try $0.exists(Self.look, ["a"]) }
      await expectRefusal(of: children, in: database) { _ = try $0.exists(children, ["a"]) }
      await expectRefusal(of: Counters.insertChild, in: database) { try $0.run(Counters.insertChild, ["a"]) }
      // A row that is not there is not held either.
      await expectRefusal(of: children, in: database) { transaction in
        _ = try transaction.exists(Self.take, ["nobody"])
        _ = try transaction.exists(children, ["nobody"])
      }
      try await database.write(locking: Self.locks) { transaction in
        _ = try transaction.exists(Self.take, ["a"])
        try transaction.run(Counters.insertChild, ["a"])
        #expect(try transaction.exists(children, ["a"]))
      }
    }
  }

  @Test func `rows are taken in ascending order of their keys`() async throws {
    try await withDatabase { database in
      await expectRefusal(of: Counters.use, in: database) { transaction in
        try transaction.run(Counters.use, ["b"])
        try transaction.run(Counters.use, ["a"])
      }
      try await database.write(locking: Self.locks) { transaction in
        for name in ["a", "b", "a"] { try transaction.run(Counters.use, [.text(name)]) }
      }
      #expect(try await database.read { try $0.first(Counters.used, ["a"]) { $0.int(0) } } == 2)
    }
  }

  @Test func `a statement that takes a row looks at nothing else, which would be older than its wait`() async throws {
    let moreThanChildren = SQL(
      "counter.use-less-than-children",
      "UPDATE counter SET used = used + 1 WHERE name = ?1 AND used < (SELECT count(*) FROM child WHERE counter = ?1)")
    try await withDatabase { database in
      await expectRefusal(of: moreThanChildren, in: database) { try $0.run(moreThanChildren, ["a"]) }
      try await database.write(locking: Self.locks) { transaction in
        _ = try transaction.exists(Self.take, ["a"])
        try transaction.run(Counters.insertChild, ["a"])
        #expect(try transaction.run(moreThanChildren, ["a"]) == 1)
      }
    }
  }

  @Test func `a table that the order does not name is neither read nor changed, and a reference is read alone`() async throws {
    let outside = SQL("outside.read", "SELECT key FROM database_meta ORDER BY key")
    try await withDatabase { database in
      await expectRefusal(of: outside, in: database) { _ = try $0.exists(outside) }
      await expectRefusal(of: Counters.insertNote, in: database) { try $0.run(Counters.insertNote, ["x", nil]) }
      try await database.write(locking: Self.locks) { _ = try $0.exists(Counters.notes) }
    }
  }

  // MARK: What it promises

  private func replicas(_ temporary: TemporaryDatabase) throws -> [Database] {
    try (0..<3).map { _ in
      try temporary.open { configuration in
        configuration.writerCount = 4
        configuration.writeTimeLimit = .seconds(300)
      }
    }
  }

  @Test(.onPostgres) func `one thousand callers of three replicas who read, compute and write one row lose nothing and repeat nothing`()
    async throws
  {
    let temporary = try TemporaryDatabase()
    let replicas = try replicas(temporary)
    try await replicas[0].write { try $0.run(Counters.insert, ["a", 1_000]) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<1_000 {
        let replica = replicas[number % 3]
        group.addTask {
          try await replica.write(locking: Self.locks) { transaction in
            let used = try transaction.first(Self.take, ["a"]) { $0.int(0) } ?? 0
            try transaction.run(Self.set, ["a", .integer(used + 1)])
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try await replicas[1].read { try $0.first(Counters.used, ["a"]) { $0.int(0) } } == 1_000)
    for replica in replicas {
      #expect(replica.statistics.reruns == 0)
      await replica.close()
    }
  }

  @Test(.onPostgres) func `two rows that bound each other's sum stay within it, whoever writes them in whatever order`() async throws {
    let temporary = try TemporaryDatabase()
    let replicas = try replicas(temporary)
    for name in ["a", "b"] { try await replicas[0].write { try $0.run(Counters.insert, [.text(name), 1_000]) } }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<300 {
        let replica = replicas[number % 3]
        let mine = number.isMultiple(of: 2) ? "a" : "b"
        group.addTask {
          try await replica.write(locking: Self.locks) { transaction in
            var used: [String: Int] = [:]
            for name in ["a", "b"] { used[name] = try transaction.first(Self.take, [.text(name)]) { $0.int(0) } }
            if used.values.reduce(0, +) < 100 { try transaction.run(Self.set, [.text(mine), .integer((used[mine] ?? 0) + 1)]) }
          }
        }
      }
      try await group.waitForAll()
    }
    let sum = try await replicas[2].read { snapshot in
      try ["a", "b"].reduce(0) { sum, name in sum + (try snapshot.first(Counters.used, [.text(name)]) { $0.int(0) } ?? 0) }
    }
    #expect(sum == 100)
    for replica in replicas {
      #expect(replica.statistics.reruns == 0)
      await replica.close()
    }
  }

  @Test(.onPostgres) func `the same request id at three replicas has one effect where rows are locked as well`() async throws {
    let temporary = try TemporaryDatabase()
    let replicas = try replicas(temporary)
    try await replicas[0].write { try $0.run(Counters.insert, ["a", 1_000]) }
    let key = RequestKey(client: "till-1", method: "/test", requestID: "r-1")
    let replies = try await withThrowingTaskGroup(of: [UInt8].self) { group in
      for number in UInt8(0)..<60 {
        let replica = replicas[Int(number) % 3]
        group.addTask {
          try await replica.write(locking: Self.locks) { transaction in
            if let recorded = try transaction.replay(of: key, bodyHash: [1]) { return recorded }
            try transaction.run(Counters.use, ["a"])
            try transaction.record(key, bodyHash: [1], reply: [number], at: Date(timeIntervalSince1970: 0))
            return [number]
          }
        }
      }
      return try await group.reduce(into: Set<[UInt8]>()) { $0.insert($1) }
    }
    #expect(replies.count == 1)
    #expect(try await replicas[1].read { try $0.first(Counters.used, ["a"]) { $0.int(0) } } == 1)
    for replica in replicas { await replica.close() }
  }
}
