import CSQLite
import Foundation
import StorageFaults
import Synchronization
import Testing

@testable import Database

/// What happens when COMMIT itself fails.
@Suite struct CommitFailureTests {
  private struct Fault: Sendable, CustomTestStringConvertible {
    let operation: FaultDisk.Operation
    let code: Int32
    let testDescription: String
  }

  private static let faults = [
    Fault(operation: .write, code: FaultDisk.writeFailed, testDescription: "a write fails"),
    Fault(operation: .sync, code: FaultDisk.syncFailed, testDescription: "a sync fails"),
  ]

  private static func earn(_ requestID: String) -> @Sendable (Transaction) throws -> [UInt8] {
    { transaction in
      let key = RequestKey(client: "till", method: "/test/Earn", requestID: requestID)
      if let reply = try transaction.replay(of: key, bodyHash: [1]) { return reply }
      try transaction.run(Counters.insertNote, [.text(requestID), nil])
      let reply = Array("reply to \(requestID)".utf8)
      try transaction.record(key, bodyHash: [1], reply: reply, at: Date(timeIntervalSince1970: 0))
      return reply
    }
  }

  @Test(arguments: faults)
  private func `a failed commit answers all of its batch with commit unknown, and a retry takes effect exactly once`(
    fault: Fault
  ) async throws {
    let temporary = try TemporaryDatabase()
    let disk = FaultDisk()
    let database = try temporary.open { $0.virtualFileSystem = disk.name }
    let ids = ["a", "b", "c"]
    let results = try await database.batch(
      ids.map { id in
        { transaction in
          // Only the middle request knows, but by the time COMMIT fails nobody can tell the requests apart.
          if id == "b" { disk.fail(fault.operation, of: .log, with: fault.code) }
          return try CommitFailureTests.earn(id)(transaction)
        }
      })
    #expect(results.map(\.databaseError) == [.commitUnknown, .commitUnknown, .commitUnknown])

    for id in ids {
      let reply = try await database.write(CommitFailureTests.earn(id))
      #expect(reply == Array("reply to \(id)".utf8))
    }
    #expect(try await database.notes() == ids)
    await database.close()

    let reopened = try temporary.open()
    #expect(try await reopened.notes() == ids)
    #expect(reopened.statistics.failedCommits == 0)
    await reopened.close()
  }

  @Test func `a time limit that passes before commit does not stop the commit`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open { $0.writeTimeLimit = .milliseconds(1) }
    try await database.write { transaction in
      try transaction.run(Counters.insertNote, ["kept", nil])
      let end = ContinuousClock.now + .milliseconds(3)
      while ContinuousClock.now < end {}
    }
    #expect(try await database.notes() == ["kept"])
    await database.close()
  }

  @Test func `two failed commits in a row stop the process and answer everybody`() async throws {
    let temporary = try TemporaryDatabase()
    let disk = FaultDisk()
    let stops = Mutex<[DatabaseError]>([])
    let database = try temporary.open {
      $0.virtualFileSystem = disk.name
      $0.stopProcess = { error in stops.withLock { $0.append(error) } }
    }
    disk.fail(.sync, of: .log, with: FaultDisk.syncFailed, times: 2)
    await #expect(throws: DatabaseError.commitUnknown) { try await database.write(Counters.addNote("first")) }
    #expect(stops.withLock { $0 }.isEmpty)
    await #expect(throws: DatabaseError.commitUnknown) { try await database.write(Counters.addNote("second")) }
    await #expect(throws: DatabaseError.closed) { try await database.write(Counters.addNote("third")) }
    #expect(stops.withLock { $0 } == [.inputOutput(sql: "commit")])
    disk.repair()
    await database.close()
  }

  @Test func `a commit between two failures begins the count anew`() async throws {
    let temporary = try TemporaryDatabase()
    let disk = FaultDisk()
    let database = try temporary.open { $0.virtualFileSystem = disk.name }
    for round in 0..<3 {
      disk.fail(.sync, of: .log, with: FaultDisk.syncFailed)
      await #expect(throws: DatabaseError.commitUnknown) { try await database.write(Counters.addNote("lost \(round)")) }
      try await database.write(Counters.addNote("kept \(round)"))
    }
    #expect(try await database.notes().suffix(1) == ["kept 2"])
    await database.close()
  }

  @Test func `a file that does not open after a failed commit stops the process and answers the rest of the batch`() async throws {
    let temporary = try TemporaryDatabase()
    let disk = FaultDisk()
    let stops = Atomic(0)
    let database = try temporary.open {
      $0.virtualFileSystem = disk.name
      $0.stopProcess = { _ in stops.add(1, ordering: .relaxed) }
    }
    disk.fail(.sync, of: .log, with: FaultDisk.syncFailed)
    disk.fail(.open, of: .database, with: SQLITE_CANTOPEN)
    await #expect(throws: DatabaseError.commitUnknown) { try await database.write(Counters.addNote("first")) }
    await #expect(throws: DatabaseError.closed) { try await database.write(Counters.addNote("second")) }
    #expect(stops.load(ordering: .relaxed) == 1)
    await database.close()
  }
}
