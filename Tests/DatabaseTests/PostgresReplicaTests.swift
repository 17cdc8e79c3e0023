import Foundation
import Testing

@testable import Database

/// Several replicas of a service on one schema.
@Suite(.onPostgres) struct PostgresReplicaTests {
  private func replicas(_ count: Int, of temporary: TemporaryDatabase) throws -> [Database] {
    try (0..<count).map { _ in
      try temporary.open { configuration in
        configuration.writerCount = 4
        configuration.writeTimeLimit = .seconds(300)
        configuration.conflictRetryLimit = .max
      }
    }
  }

  private func close(_ replicas: [Database]) async {
    for replica in replicas { await replica.close() }
  }

  private func used(_ name: String, in database: Database) async throws -> Int? {
    try await database.read { try $0.first(Counters.used, [.text(name)]) { $0.int(0) } }
  }

  @Test func `what a write read is still so when it commits, whoever else writes`() async throws {
    let temporary = try TemporaryDatabase()
    let replicas = try replicas(3, of: temporary)
    try await replicas[0].write { try $0.run(Counters.insert, ["coupon", 1_000]) }
    let set = SQL("counter.set", "UPDATE counter SET used = ?2 WHERE name = ?1")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for replica in replicas {
        for _ in 0..<40 {
          group.addTask {
            try await replica.write { transaction in
              let used = try transaction.first(Counters.used, ["coupon"]) { $0.int(0) } ?? 0
              try transaction.run(set, ["coupon", .integer(used + 1)])
            }
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try await used("coupon", in: replicas[1]) == 120)
    #expect(replicas.contains { $0.statistics.reruns > 0 })
    await close(replicas)
  }

  @Test func `one thousand callers of three replicas on one guarded counter get exactly its limit`() async throws {
    let temporary = try TemporaryDatabase()
    let replicas = try replicas(3, of: temporary)
    try await replicas[0].write { try $0.run(Counters.insert, ["coupon", 100]) }
    let granted = try await withThrowingTaskGroup(of: Bool.self) { group in
      for number in 0..<1_000 {
        let replica = replicas[number % replicas.count]
        group.addTask { try await replica.write { try $0.exists(Counters.use, ["coupon"]) } }
      }
      return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(granted == 100)
    #expect(try await used("coupon", in: replicas[2]) == 100)
    await close(replicas)
  }

  @Test func `the same request id in flight at three replicas has one effect and one reply`() async throws {
    let temporary = try TemporaryDatabase()
    let replicas = try replicas(3, of: temporary)
    for round in 0..<5 {
      let key = RequestKey(client: "till-1", method: "/test", requestID: "r-\(round)")
      let replies = try await withThrowingTaskGroup(of: [UInt8].self) { group in
        for number in UInt8(0)..<30 {
          let replica = replicas[Int(number) % replicas.count]
          group.addTask {
            try await replica.write { transaction in
              if let recorded = try transaction.replay(of: key, bodyHash: [1]) { return recorded }
              try transaction.run(Counters.insertNote, [.text(key.requestID), nil])
              try transaction.record(key, bodyHash: [1], reply: [number], at: Date(timeIntervalSince1970: 0))
              return [number]
            }
          }
        }
        return try await group.reduce(into: Set<[UInt8]>()) { $0.insert($1) }
      }
      #expect(replies.count == 1)
    }
    #expect(try await replicas[0].notes() == (0..<5).map { "r-\($0)" })
    await close(replicas)
  }

  @Test func `a request id that is claimed and gets no reply is undone`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    let key = RequestKey(client: "till-1", method: "/test", requestID: "r-1")
    await #expect(throws: DatabaseError.invalidStatement(sql: "database.claim-request")) {
      try await database.write { _ = try $0.replay(of: key, bodyHash: [1]) }
    }
    #expect(try await database.read { try $0.replay(of: key, bodyHash: [1]) } == nil)
    await database.close()
  }

  @Test func `a connection that the server ends in the middle of a write is replaced and the write takes effect once`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open { $0.writeTimeLimit = .seconds(300) }
    let end = SQL("test.end-session", "SELECT pg_terminate_backend(?1::int)")
    let other = try temporary.open()
    let gate = Gate()
    let pid = SQL("test.pid", "SELECT pg_backend_pid()")
    let pids = AsyncStream.makeStream(of: Int.self)
    let writing = Task {
      try await database.write { transaction in
        pids.continuation.yield(try transaction.first(pid) { $0.int(0) } ?? 0)
        try transaction.run(Counters.insertNote, ["once", nil])
        gate.pass()
        try transaction.run(Counters.insertNote, ["twice", nil])
      }
    }
    await gate.reached()
    for await number in pids.stream {
      #expect(try await other.read { try $0.first(end, [.integer(number)]) { $0.bool(0) } } == true)
      break
    }
    gate.open()
    try await writing.value
    #expect(try await database.notes() == ["once", "twice"])
    await database.close()
    await other.close()
  }

  @Test func `a connection that is lost during a commit leaves its outcome unknown`() async throws {
    let temporary = try TemporaryDatabase()
    let ending = Migration(
      number: 2, name: "ending", sql: "",
      postgres: """
        CREATE FUNCTION end_session() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER ending AFTER INSERT ON child DEFERRABLE INITIALLY DEFERRED
          FOR EACH ROW EXECUTE FUNCTION end_session();
        """)
    let database = try temporary.open([Counters.migration, ending])
    try await database.write { try $0.run(Counters.insert, ["coupon", 1]) }
    await #expect(throws: DatabaseError.commitUnknown) {
      try await database.write { try $0.run(Counters.insertChild, ["coupon"]) }
    }
    try await database.write(Counters.addNote("after"))
    #expect(try await database.notes() == ["after"])
    #expect(database.statistics.failedCommits == 1)
    await database.close()
  }

  @Test func `a server that is not there is said not to be`() throws {
    var configuration = DatabaseConfiguration(.postgres(url: "postgres:///nowhere?host=/nowhere&connect_timeout=2"))
    configuration.logger.logLevel = .critical
    #expect(throws: DatabaseError.inputOutput(sql: "connect")) { try Database.open(configuration, migrations: []) }
  }
}
