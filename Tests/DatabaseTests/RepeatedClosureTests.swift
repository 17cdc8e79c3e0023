import Foundation
import Synchronization
import Testing

@testable import Database

/// The test switch `runsEveryWriteTwice`, which shows closures that may not run again.
@Suite struct RepeatedClosureTests {
  @Test func `each write runs twice and takes effect once`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open { $0.runsEveryWriteTwice = true }
    let runs = Atomic(0)
    try await database.write { transaction in
      runs.add(1, ordering: .relaxed)
      try transaction.run(Counters.insertNote, ["once", nil])
    }
    #expect(runs.load(ordering: .relaxed) == 2)
    #expect(try await database.notes() == ["once"])
    await database.close()
  }

  @Test func `a closure that takes an id or the time inside is found out by the name of its statement`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open { $0.runsEveryWriteTwice = true }
    await #expect(throws: DatabaseError.closureNotRepeatable(sql: "note.insert")) {
      try await database.write { try $0.run(Counters.insertNote, [.text(UUID().uuidString), nil]) }
    }
    #expect(try await database.notes() == [])
    await database.close()
  }

  @Test func `a closure that counts outside is found out by its result`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open { $0.runsEveryWriteTwice = true }
    let counter = Atomic(0)
    await #expect(throws: DatabaseError.closureNotRepeatable(sql: "its result")) {
      try await database.write { _ in counter.add(1, ordering: .relaxed).newValue }
    }
    await database.close()
  }

  @Test func `a closure that runs a statement in its first run only is found out`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open { $0.runsEveryWriteTwice = true }
    let isFirst = Atomic(true)
    await #expect(throws: DatabaseError.closureNotRepeatable(sql: "note.insert")) {
      try await database.write { transaction in
        guard isFirst.exchange(false, ordering: .relaxed) else { return }
        try transaction.run(Counters.insertNote, ["only once", nil])
      }
    }
    #expect(try await database.notes() == [])
    await database.close()
  }

  @Test func `a refusal that both runs throw reaches the caller unchanged`() async throws {
    struct Refused: Error {}
    let temporary = try TemporaryDatabase()
    let database = try temporary.open { $0.runsEveryWriteTwice = true }
    await #expect(throws: Refused.self) { try await database.write { _ in throw Refused() } }
    await database.close()
  }

  @Test func `an interrupted write that runs twice still fails alone`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open {
      $0.runsEveryWriteTwice = true
      $0.writeTimeLimit = .milliseconds(50)
    }
    let results = try await database.batch { try $0.run(Counters.writeForEver) }
    #expect(results[1].databaseError == .interrupted(sql: "note.write-for-ever"))
    #expect(try await database.notes() == ["first", "third"])
    await database.close()
  }
}
