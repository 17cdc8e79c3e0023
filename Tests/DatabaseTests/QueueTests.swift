import Foundation
import Testing

@testable import Database

/// What becomes of a request between its caller and its thread. In each test every caller is answered, or the test does not end.
@Suite struct QueueTests {
  @Test func `a write whose deadline passes in the queue is not started`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    let gate = Gate()
    let holder = Task { try await database.write { _ in gate.pass() } }
    await gate.reached()
    let deadline = ContinuousClock.now + .milliseconds(1)
    let late = Task { try await database.write(deadline: deadline, Counters.addNote("late")) }
    while database.queuedWrites < 1 || ContinuousClock.now < deadline { await Task.yield() }
    gate.open()
    try await holder.value
    await #expect(throws: DatabaseError.deadlineExceeded) { try await late.value }
    #expect(try await database.notes() == [])
    await database.close()
  }

  @Test func `a write whose task is cancelled in the queue is not started`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    let gate = Gate()
    let holder = Task { try await database.write { _ in gate.pass() } }
    await gate.reached()
    let cancelled = Task { try await database.write(Counters.addNote("cancelled")) }
    while database.queuedWrites < 1 { await Task.yield() }
    cancelled.cancel()
    gate.open()
    try await holder.value
    await #expect(throws: CancellationError.self) { try await cancelled.value }
    #expect(try await database.notes() == [])
    await database.close()
  }

  @Test func `a write that runs when its task is cancelled still commits and answers`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    let gate = Gate()
    let running = Task {
      try await database.write { transaction in
        gate.pass()
        try transaction.run(Counters.insertNote, ["kept", nil])
      }
    }
    await gate.reached()
    running.cancel()
    gate.open()
    try await running.value
    #expect(try await database.notes() == ["kept"])
    await database.close()
  }

  @Test func `a deadline that passes while a write runs stops its statement`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open { $0.writeTimeLimit = .seconds(600) }
    let error = await Patience.error { deadline in
      _ = try await database.write(deadline: deadline) { try $0.run(Counters.writeForEver) }
    }
    #expect(error == .interrupted(sql: "note.write-for-ever"))
    await database.close()
  }

  @Test func `one write more than the queue holds is refused at once`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open { $0.writeQueueLimit = 2 }
    let gate = Gate()
    let holder = Task { try await database.write { _ in gate.pass() } }
    await gate.reached()
    let queued = (0..<2).map { number in Task { try await database.write(Counters.addNote("note \(number)")) } }
    while database.queuedWrites < 2 { await Task.yield() }
    await #expect(throws: DatabaseError.queueFull) { try await database.write(Counters.addNote("one more")) }
    gate.open()
    try await holder.value
    for task in queued { try await task.value }
    #expect(try await database.notes().count == 2)
    await database.close()
  }

  @Test func `close finishes what is queued and refuses what comes later`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    let gate = Gate()
    let holder = Task { try await database.write { _ in gate.pass() } }
    await gate.reached()
    let queued = (0..<20).map { number in Task { try await database.write(Counters.addNote("note \(number)")) } }
    while database.queuedWrites < 20 { await Task.yield() }
    let closing = Task { await database.close() }
    gate.open()
    try await holder.value
    for task in queued { try await task.value }
    await closing.value
    await #expect(throws: DatabaseError.closed) { try await database.write(Counters.addNote("late")) }
    await #expect(throws: DatabaseError.closed) { try await database.notes() }
    await database.close()

    let reopened = try temporary.open()
    #expect(try await reopened.notes().count == 20)
    await reopened.close()
  }

  @Test(.onSQLite) func `close moves the log into the file and leaves nothing beside it`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    try await database.write(Counters.addNote("kept"))
    await database.close()
    #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.folder.path) == ["test.sqlite"])
  }

  @Test(.onSQLite) func `the log stays bounded while writes go on`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open {
      $0.checkpointBytes = 64 * 1024
      $0.walLimitBytes = 512 * 1024
    }
    let payload = SQLValue.blob([UInt8](repeating: 7, count: 16 * 1024))
    for number in 0..<400 {
      try await database.write { try $0.run(Counters.insertNote, [.text("note \(number)"), payload]) }
    }
    let log = try FileManager.default.attributesOfItem(atPath: temporary.path + "-wal")[.size] as? Int
    // 400 × 16 KiB were written. A batch and a step of growth may lie above the limit, and what is written while another thread, which a
    // busy machine does not let run, is in the middle of a checkpoint.
    #expect(try #require(log) < 400 * 16 * 1024 / 2)
    #expect(try await database.notes().count == 400)
    await database.close()
  }

  @Test(.onSQLite) func `the file is readable by its owner only`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    try await database.write(Counters.addNote("private"))
    for name in ["test.sqlite", "test.sqlite-wal"] {
      let attributes = try FileManager.default.attributesOfItem(atPath: temporary.folder.appendingPathComponent(name).path)
      #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
    }
    await database.close()
  }
}
