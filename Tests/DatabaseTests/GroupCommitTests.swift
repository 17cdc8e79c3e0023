import CSQLite
import Foundation
import StorageFaults
import Synchronization
import Testing

@testable import Database

/// What DESIGN §6 states about a request that fails inside a batch of three.
@Suite struct GroupCommitTests {
  private func expectOnlyTheMiddleFailed(
    _ results: [Result<Void, any Error>], with error: DatabaseError, in database: Database
  ) async throws {
    #expect(results[0].isSuccess)
    #expect(results[1].databaseError == error)
    #expect(results[2].isSuccess)
    #expect(try await database.notes() == ["first", "third"])
  }

  @Test func `an interrupted write in the middle of a batch fails alone and the others commit once`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open { $0.writeTimeLimit = .milliseconds(50) }
    let results = try await database.batch { try $0.run(Counters.writeForEver) }
    try await expectOnlyTheMiddleFailed(results, with: .interrupted(sql: "note.write-for-ever"), in: database)
    #expect(database.statistics.reruns == 1)
    await database.close()
  }

  @Test func `an endless read inside a write fails alone without undoing the batch`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open { $0.writeTimeLimit = .milliseconds(50) }
    let results = try await database.batch { _ = try $0.first(Counters.readForEver) { $0.int(0) } }
    try await expectOnlyTheMiddleFailed(results, with: .interrupted(sql: "note.read-for-ever"), in: database)
    #expect(database.statistics.reruns == 0)
    await database.close()
  }

  @Test func `a full database in the middle of a batch fails that request alone and the others commit once`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open { $0.maximumPageCount = 60 }
    let results = try await database.batch {
      try $0.run(Counters.insertNote, ["too large", .blob([UInt8](repeating: 1, count: 1_000_000))])
    }
    try await expectOnlyTheMiddleFailed(results, with: .full(sql: "note.insert"), in: database)
    await database.close()
  }

  /// The cache is too small for the second request, so its pages go to the log before COMMIT.
  @Test(arguments: [
    (FaultDisk.writeFailed, DatabaseError.inputOutput(sql: "note.insert")), (SQLITE_FULL, DatabaseError.full(sql: "note.insert")),
  ])
  func `a disk that fails in the middle of a batch fails that request alone and the others commit once`(
    code: Int32, error: DatabaseError
  ) async throws {
    let temporary = try TemporaryDatabase()
    let disk = FaultDisk()
    let database = try temporary.open {
      $0.virtualFileSystem = disk.name
      $0.cacheKibibytes = 64
    }
    let results = try await database.batch {
      disk.fail(.write, of: .log, with: code)
      try $0.run(Counters.insertNote, ["spills", .blob([UInt8](repeating: 1, count: 1_000_000))])
    }
    try await expectOnlyTheMiddleFailed(results, with: error, in: database)
    #expect(database.statistics.reruns == 1)
    await database.close()
  }

  @Test func `a request that swallows the loss of its batch runs nothing more and cannot commit by itself`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open { $0.writeTimeLimit = .milliseconds(50) }
    let results = try await database.batch {
      _ = try? $0.run(Counters.writeForEver)
      _ = try? $0.run(Counters.insertNote, ["outside any transaction", nil])
    }
    try await expectOnlyTheMiddleFailed(results, with: .interrupted(sql: "note.write-for-ever"), in: database)
    await database.close()
  }

  @Test func `a batch in which every request undoes the whole still answers each, and commits the one that can`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open { $0.writeTimeLimit = .milliseconds(5) }
    var bodies: [@Sendable (Transaction) throws -> Void] = (0..<12).map { _ in { try $0.run(Counters.writeForEver) } }
    bodies.append(Counters.addNote("the last"))
    let results = try await database.batch(bodies)
    #expect(results.dropLast().allSatisfy { $0.databaseError == .interrupted(sql: "note.write-for-ever") })
    #expect(results.last?.isSuccess == true)
    #expect(try await database.notes() == ["the last"])
    await database.close()
  }

  @Test func `a thrown domain error undoes only its own request and reaches the caller unchanged`() async throws {
    struct NotEnough: Error, Equatable { let missing: Int }
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    let results = try await database.batch {
      try $0.run(Counters.insertNote, ["second", nil])
      throw NotEnough(missing: 3)
    }
    #expect(results[1].error as? NotEnough == NotEnough(missing: 3))
    #expect(try await database.notes() == ["first", "third"])
    #expect(database.statistics.reruns == 0)
    await database.close()
  }

  @Test func `a broken constraint fails alone with the name of its statement and no value`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    let results = try await database.batch { try $0.run(Counters.insertChild, ["secret-name"]) }
    try await expectOnlyTheMiddleFailed(results, with: .constraint(.foreignKey, sql: "child.insert"), in: database)
    #expect("\(results[1].databaseError!)".contains("secret-name") == false)
    await database.close()
  }

  @Test func `a reference broken by a statement whose first row alone is read is still refused`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    await #expect(throws: DatabaseError.constraint(.foreignKey, sql: "child.insert")) {
      try await database.write { try $0.first(Counters.insertChild, ["nobody"]) { $0.int64(0) } }
    }
    await database.close()
  }

  @Test func `a deferred constraint that slipped in fails only its own request`() async throws {
    let temporary = try TemporaryDatabase()
    let deferred = Migration(
      number: 2, name: "deferred",
      sql: "CREATE TABLE late(id INTEGER PRIMARY KEY, counter TEXT REFERENCES counter(name) DEFERRABLE INITIALLY DEFERRED) STRICT;")
    let database = try temporary.open([Counters.migration, deferred])
    let insertLate = SQL("late.insert", "INSERT INTO late(counter) VALUES('nobody')")
    let results = try await database.batch { try $0.run(insertLate) }
    try await expectOnlyTheMiddleFailed(results, with: .constraint(.foreignKey, sql: "commit"), in: database)
    await database.close()
  }

  @Test func `one thousand callers on one guarded counter get exactly its limit`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    try await database.write { try $0.run(Counters.insert, ["coupon", 100]) }
    let granted = try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<1_000 {
        group.addTask { try await database.write { try $0.exists(Counters.use, ["coupon"]) } }
      }
      return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(granted == 100)
    #expect(try await database.read { try $0.first(Counters.used, ["coupon"]) { $0.int(0) } } == 100)
    await database.close()
  }

  @Test func `requests that are queued together share a commit`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    let before = database.statistics.commits
    _ = try await database.batch((0..<50).map { Counters.addNote("note \($0)") })
    // One for the request that held the writer, one for the fifty.
    #expect(database.statistics.commits - before == 2)
    await database.close()
  }
}
