import CSQLite
import Foundation
import Testing

@testable import Database

/// What commands that only look do with a file: nothing, unless it is a database of this binary's schema.
@Suite(.onSQLite) struct ExistingDatabaseTests {
  private static let second = Migration(number: 2, name: "second", sql: "CREATE TABLE second(id INTEGER PRIMARY KEY) STRICT;")

  private func openExisting(_ path: String, _ migrations: [Migration] = [Counters.migration]) throws -> Database {
    try Database.openExisting(DatabaseConfiguration(path: path), migrations: migrations)
  }

  @Test func `a database that is there is opened with what it holds`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    try await database.write(Counters.addNote("kept"))
    let beside = try openExisting(temporary.path)
    #expect(try await beside.notes() == ["kept"])
    await beside.close()
    await database.close()
    let alone = try openExisting(temporary.path)
    #expect(try await alone.notes() == ["kept"])
    await alone.close()
  }

  @Test func `a missing file is not made`() async throws {
    let temporary = try TemporaryDatabase()
    #expect(throws: DatabaseError.inputOutput(sql: "open")) { try openExisting(temporary.path) }
    await #expect(throws: DatabaseError.inputOutput(sql: "open")) {
      try await Database.backup(of: temporary.path, to: temporary.path + ".copy")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.folder.path).isEmpty)
  }

  @Test func `a database that lacks a migration is not migrated, and can be backed up`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    try await database.write(Counters.addNote("before the migration"))
    await database.close()
    #expect(throws: DatabaseError.migration(.olderDatabase(number: 2, name: "second"))) {
      try openExisting(temporary.path, [Counters.migration, Self.second])
    }
    let copy = temporary.folder.appendingPathComponent("copy.sqlite").path
    try await Database.backup(of: temporary.path, to: copy)
    let older = try openExisting(copy)
    #expect(try await older.notes() == ["before the migration"])
    await older.close()
  }

  @Test func `a stranger's file is refused and stays as it is`() async throws {
    let temporary = try TemporaryDatabase()
    var opened: OpaquePointer?
    #expect(sqlite3_open(temporary.path, &opened) == SQLITE_OK)
    #expect(sqlite3_exec(opened, "CREATE TABLE theirs(id INTEGER)", nil, nil, nil) == SQLITE_OK)
    sqlite3_close(opened)
    let before = try Data(contentsOf: URL(fileURLWithPath: temporary.path))
    #expect(throws: DatabaseError.migration(.foreignDatabase)) { try openExisting(temporary.path) }
    await #expect(throws: DatabaseError.backup(.sourceDamaged)) {
      try await Database.backup(of: temporary.path, to: temporary.path + ".copy")
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: temporary.path)) == before)
  }
}
