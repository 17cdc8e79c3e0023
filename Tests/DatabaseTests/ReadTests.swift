import Foundation
import Testing

@testable import Database

@Suite struct ReadTests {
  @Test func `a reader sees one stable snapshot while the writer commits`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    try await database.write(Counters.addNote("before"))
    let gate = Gate()
    let reading = Task {
      try await database.read { snapshot in
        let first = try snapshot.all(Counters.notes) { $0.text(0) }
        gate.pass()
        return (first, try snapshot.all(Counters.notes) { $0.text(0) })
      }
    }
    await gate.reached()
    try await database.write(Counters.addNote("meanwhile"))
    #expect(try await database.notes() == ["before", "meanwhile"])
    gate.open()
    let (first, second) = try await reading.value
    #expect(first == ["before"])
    #expect(second == ["before"])
    await database.close()
  }

  /// The first read holds the only reader before its snapshot begins, or after; a write is answered meanwhile; then comes the second.
  @Test(.onSQLite, arguments: [true, false])
  func `a read is served on its reader's open snapshot only if it was queued before that began`(isQueuedBefore: Bool) async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open {
      $0.readerCount = 1
      $0.snapshotSharing = .seconds(300)
    }
    let (start, afterReading) = (Gate(), Gate())
    let holder = Task { try await database.read { _ in start.pass() } }
    await start.reached()
    let first = Task {
      try await database.read { snapshot in
        let found = try snapshot.all(Counters.notes) { $0.text(0) }
        afterReading.pass()
        return found
      }
    }
    while database.queuedReads < 1 { await Task.yield() }
    let readNotes = { @Sendable in try await database.notes() }
    var second = isQueuedBefore ? Task(operation: readNotes) : nil
    while database.queuedReads < (isQueuedBefore ? 2 : 1) { await Task.yield() }
    start.open()
    await afterReading.reached()
    try await database.write(Counters.addNote("answered"))
    if second == nil {
      second = Task(operation: readNotes)
      while database.queuedReads < 1 { await Task.yield() }
    }
    afterReading.open()
    try await holder.value
    #expect(try await first.value == [])
    #expect(try await second?.value == (isQueuedBefore ? [] : ["answered"]))
    await database.close()
  }

  @Test func `a read does not wait for a write that runs`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    let gate = Gate()
    let writing = Task {
      try await database.write { transaction in
        try transaction.run(Counters.insertNote, ["uncommitted", nil])
        gate.pass()
      }
    }
    await gate.reached()
    #expect(try await database.notes() == [])
    gate.open()
    try await writing.value
    #expect(try await database.notes() == ["uncommitted"])
    await database.close()
  }

  @Test func `a read that holds its snapshot too long is stopped and its reader serves on`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open {
      $0.readTimeLimit = .milliseconds(30)
      $0.readerCount = 1
    }
    await #expect(throws: DatabaseError.interrupted(sql: "note.read-for-ever")) {
      try await database.read { try $0.first(Counters.readForEver) { $0.int(0) } }
    }
    #expect(try await database.notes() == [])
    await database.close()
  }

  @Test func `a read for maintenance outlasts the limit of the others and takes no reader from them`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open {
      $0.readTimeLimit = .milliseconds(1)
      $0.readerCount = 1
    }
    let gate = Gate()
    let long = Task {
      try await database.maintenanceRead { snapshot in
        gate.pass()
        return try snapshot.first(Counters.readForAWhile) { $0.int(0) }
      }
    }
    await gate.reached()
    try await database.read { _ in }
    gate.open()
    #expect(try await long.value == 1_000_000)
    await #expect(throws: DatabaseError.interrupted(sql: "note.read-for-a-while")) {
      try await database.read { try $0.first(Counters.readForAWhile) { $0.int(0) } }
    }
    await database.close()
  }

  /// One that has begun.
  private static func endlessMaintenanceRead(_ database: Database) async -> Task<Int?, any Error> {
    let gate = Gate()
    let read = Task {
      try await database.maintenanceRead { snapshot in
        gate.pass()
        return try snapshot.first(Counters.readForEver) { $0.int(0) }
      }
    }
    await gate.reached()
    gate.open()
    return read
  }

  @Test func `closing the database stops a read for maintenance, and its deadline does too`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    let error = await Patience.error { deadline in
      _ = try await database.maintenanceRead(deadline: deadline) { try $0.first(Counters.readForEver) { $0.int(0) } }
    }
    #expect(error == .interrupted(sql: "note.read-for-ever"))
    let endless = await Self.endlessMaintenanceRead(database)
    await database.close()
    await #expect(throws: DatabaseError.interrupted(sql: "note.read-for-ever")) { try await endless.value }
    await #expect(throws: DatabaseError.closed) { try await database.maintenanceRead { _ in } }
  }

  @Test func `cancelling stops a read for maintenance, which makes room for another`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open { $0.maintenanceReadLimit = 1 }
    let endless = await Self.endlessMaintenanceRead(database)
    endless.cancel()
    await #expect(throws: CancellationError.self) { try await endless.value }
    try await database.maintenanceRead { _ in }
    await database.close()
  }

  @Test func `one read for maintenance more than may run is refused at once`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open { $0.maintenanceReadLimit = 1 }
    let gate = Gate()
    let holder = Task { try await database.maintenanceRead { _ in gate.pass() } }
    await gate.reached()
    await #expect(throws: DatabaseError.queueFull) { try await database.maintenanceRead { _ in } }
    gate.open()
    try await holder.value
    try await database.maintenanceRead { _ in }
    await database.close()
  }

  @Test func `one read more than the queue holds is refused at once`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open {
      $0.readerCount = 1
      $0.readQueueLimit = 1
    }
    let gate = Gate()
    let holder = Task { try await database.read { _ in gate.pass() } }
    await gate.reached()
    let queued = Task { try await database.read(deadline: .now - .seconds(1)) { _ in } }
    while database.queuedReads < 1 { await Task.yield() }
    await #expect(throws: DatabaseError.queueFull) { try await database.notes() }
    gate.open()
    try await holder.value
    await #expect(throws: DatabaseError.deadlineExceeded) { try await queued.value }
    await database.close()
  }

  @Test func `a snapshot refuses to write`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    await #expect(throws: DatabaseError.readOnly(sql: "note.insert")) {
      try await database.read { try $0.query(Counters.insertNote, ["sneaked in", nil]) { _ in true } }
    }
    await database.close()
  }

  @Test func `a statement that runs inside its own rows gets rows of its own`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    for text in ["a", "b"] { try await database.write(Counters.addNote(text)) }
    let pairs = try await database.read { snapshot in
      try snapshot.all(Counters.notes) { outer in
        try snapshot.all(Counters.notes) { outer.text(0) + $0.text(0) }
      }
    }
    #expect(pairs == [["aa", "ab"], ["ba", "bb"]])
    await database.close()
  }
}
