import Foundation
import Testing

@testable import Database

@Suite(.onSQLite) struct BackupTests {
  @Test func `a backup while writes go on opens and equals one moment of the database`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    // Each write keeps the counter and the notes equal; a copy torn between two of them would show.
    try await database.write { try $0.run(Counters.insert, ["notes", 1_000_000]) }
    let filler = SQLValue.blob([UInt8](repeating: 3, count: 8_192))
    let add: @Sendable (Transaction) throws -> Void = { transaction in
      try transaction.run(Counters.insertNote, ["note", filler])
      try transaction.run(Counters.use, ["notes"])
    }
    for _ in 0..<200 { try await database.write(add) }
    let writing = Task {
      while !Task.isCancelled { try? await database.write(add) }
    }
    let copy = temporary.folder.appendingPathComponent("copy.sqlite").path
    try await database.backup(to: copy)
    writing.cancel()
    await writing.value

    let restored = try Database.open(DatabaseConfiguration(path: copy), migrations: [Counters.migration])
    let notes = try await restored.notes().count
    #expect(notes >= 200)
    #expect(try await restored.read { try $0.first(Counters.used, ["notes"]) { $0.int(0) } } == notes)
    await restored.close()
    await database.close()
  }

  @Test func `a backup overwrites nothing and leaves nothing half behind`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    let copy = temporary.folder.appendingPathComponent("copy.sqlite").path
    try await database.backup(to: copy)
    await #expect(throws: DatabaseError.backup(.destinationExists)) { try await database.backup(to: copy) }
    await database.close()
    #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.folder.path).sorted() == ["copy.sqlite", "test.sqlite"])
  }

  @Test func `a restored database holds what the backup held, under a new epoch`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    try await database.write(Counters.addNote("in the backup"))
    let copy = temporary.folder.appendingPathComponent("copy.sqlite").path
    try await database.backup(to: copy)
    try await database.write(Counters.addNote("after the backup"))
    await #expect(throws: DatabaseError.backup(.destinationInUse)) {
      try await Database.restore(from: copy, to: temporary.path, replacing: true)
    }
    let (epoch, hashKey) = (database.epoch, database.bodyHashKey)
    await database.close()

    await #expect(throws: DatabaseError.backup(.destinationExists)) { try await Database.restore(from: copy, to: temporary.path) }
    try await Database.restore(from: copy, to: temporary.path, replacing: true)
    let restored = try temporary.open()
    #expect(try await restored.notes() == ["in the backup"])
    #expect(restored.epoch != epoch)
    // Replies that the backup holds still replay.
    #expect(restored.bodyHashKey == hashKey)
    await restored.close()
  }

  @Test func `a log left by the database that stood there is not applied to the restored one`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    try await database.write(Counters.addNote("in the backup"))
    let copy = temporary.folder.appendingPathComponent("copy.sqlite").path
    try await database.backup(to: copy)
    try await database.write(Counters.addNote("after the backup"))
    // As a crash would leave them: the file and its log, copied while open.
    let crashed = temporary.folder.appendingPathComponent("crashed.sqlite").path
    for suffix in ["", "-wal"] { try FileManager.default.copyItem(atPath: temporary.path + suffix, toPath: crashed + suffix) }
    await database.close()
    try await Database.restore(from: copy, to: crashed, replacing: true)
    let restored = try Database.open(DatabaseConfiguration(path: crashed), migrations: [Counters.migration])
    #expect(try await restored.notes() == ["in the backup"])
    await restored.close()
  }

  @Test func `a damaged backup is refused and what stands there stays`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    for number in 0..<200 { try await database.write(Counters.addNote("note \(number) " + String(repeating: "x", count: 500))) }
    let copy = temporary.folder.appendingPathComponent("copy.sqlite").path
    try await database.backup(to: copy)
    await database.close()

    let handle = try #require(FileHandle(forUpdatingAtPath: copy))
    for page in stride(from: 5, to: 20, by: 1) {
      try handle.seek(toOffset: UInt64(page * 4_096))
      try handle.write(contentsOf: Data(repeating: 0xff, count: 64))
    }
    try handle.close()
    for source in [copy, "/dev/null"] {
      await #expect(throws: DatabaseError.backup(.sourceDamaged)) {
        try await Database.restore(from: source, to: temporary.path, replacing: true)
      }
    }
    await #expect(throws: DatabaseError.backup(.sourceMissing)) {
      try await Database.restore(from: copy + "-nowhere", to: temporary.path, replacing: true)
    }
    let reopened = try temporary.open()
    #expect(try await reopened.notes().count == 200)
    await reopened.close()
  }
}
