import CSQLite
import Foundation
import StorageFaults
import Testing

@testable import Database

/// A disk that gives back other bytes than it took, or takes none: each has an error of its own, and no answer is made up.
@Suite(.onSQLite) struct DamageTests {
  @Test func `a page that is damaged is an error to whoever needs it and nobody else's answer`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    try await database.write { try $0.run(Counters.insert, ["coupon", 10]) }
    let filling = SQLValue.blob([UInt8](repeating: 3, count: 2_000))
    for number in 0..<200 { try await database.write { try $0.run(Counters.insertNote, [.text("\(number)"), filling]) } }
    await database.close()
    // The root of the notes' table: its type is none that there is.
    let handle = try #require(FileHandle(forUpdatingAtPath: temporary.path))
    let root = try await rootPage(of: "note", in: temporary)
    try handle.seek(toOffset: UInt64(root - 1) * 4_096)
    try handle.write(contentsOf: Data(repeating: 0xEE, count: 16))
    try handle.close()
    let damaged = try temporary.open()
    await #expect(throws: DatabaseError.corrupt(sql: "note.list")) { try await damaged.notes() }
    let error = await #expect(throws: DatabaseError.self) { try await damaged.write(Counters.addNote("more")) }
    #expect([.corrupt(sql: "note.insert"), .commitUnknown].contains(error))
    #expect(try await damaged.write { try $0.exists(Counters.use, ["coupon"]) })
    await damaged.close()
  }

  private func rootPage(of table: String, in temporary: TemporaryDatabase) async throws -> Int {
    let database = try temporary.open()
    let page = try await database.read {
      try $0.first(SQL("test.root-page", "SELECT rootpage FROM sqlite_schema WHERE name = ?1"), [.text(table)]) { $0.int(0) }
    }
    await database.close()
    return try #require(page)
  }

  @Test func `a file that is no database is refused and stays as it is`() throws {
    let temporary = try TemporaryDatabase()
    let text = Data("this is somebody's letter, and no database at all".utf8)
    try text.write(to: URL(fileURLWithPath: temporary.path))
    #expect(throws: DatabaseError.self) { try temporary.open() }
    #expect(try Data(contentsOf: URL(fileURLWithPath: temporary.path)) == text)
  }

  @Test func `a disk that has become read-only refuses writes and serves reads`() async throws {
    let temporary = try TemporaryDatabase()
    let disk = FaultDisk()
    let database = try temporary.open { $0.virtualFileSystem = disk.name }
    try await database.write(Counters.addNote("before"))
    disk.fail(.write, of: .log, with: SQLITE_READONLY)
    let error = await #expect(throws: DatabaseError.self) { try await database.write(Counters.addNote("lost")) }
    #expect([.readOnly(sql: "commit"), .commitUnknown].contains(error))
    #expect(try await database.notes() == ["before"])
    disk.repair()
    try await database.write(Counters.addNote("after"))
    await database.close()
    let reopened = try temporary.open()
    #expect(try await reopened.notes() == ["before", "after"])
    await reopened.close()
  }
}
