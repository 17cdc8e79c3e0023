import Foundation
import Testing

@testable import Database

@Suite struct MigrationTests {
  private static let second = Migration(number: 2, name: "second", sql: "CREATE TABLE second(id INTEGER PRIMARY KEY) STRICT;")

  private func expectRefused(
    _ refusal: MigrationRefusal, _ temporary: TemporaryDatabase, _ migrations: [Migration],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(throws: DatabaseError.migration(refusal), sourceLocation: sourceLocation) { try temporary.open(migrations) }
  }

  @Test func `migrations are applied once, in order, over several starts`() async throws {
    let temporary = try TemporaryDatabase()
    await (try temporary.open()).close()
    for _ in 0..<2 {
      let database = try temporary.open([Counters.migration, Self.second])
      #expect(try await database.read { try $0.exists(SQL("second.list", "SELECT * FROM second")) } == false)
      await database.close()
    }
  }

  @Test func `an edited migration is refused`() async throws {
    let temporary = try TemporaryDatabase()
    await (try temporary.open()).close()
    let edited = Migration(number: 1, name: "initial", sql: "CREATE TABLE other(id INTEGER PRIMARY KEY) STRICT;")
    expectRefused(.edited(number: 1, name: "initial"), temporary, [edited])
    let database = try temporary.open()
    #expect(try await database.notes() == [])
    await database.close()
  }

  @Test func `a database newer than the binary is refused`() async throws {
    let temporary = try TemporaryDatabase()
    await (try temporary.open([Counters.migration, Self.second])).close()
    expectRefused(.newerDatabase(number: 2, name: "second"), temporary, [Counters.migration])
  }

  @Test func `a history with a hole is refused`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open([Counters.migration, Self.second])
    try await database.write {
      try $0.run(SQL("test.forget", "DELETE FROM database_migration WHERE owner = 'service' AND number = 1"))
    }
    await database.close()
    expectRefused(.missing(number: 1), temporary, [Counters.migration, Self.second])
  }

  @Test func `migrations that are not numbered one, two, three are refused`() throws {
    let temporary = try TemporaryDatabase()
    expectRefused(.notContiguous(number: 2, name: "second"), temporary, [Self.second])
    expectRefused(.notContiguous(number: 1, name: "initial"), temporary, [Counters.migration, Counters.migration])
  }

  @Test(arguments: [
    "CREATE TABLE half(id INTEGER PRIMARY KEY) STRICT; CREATE TABLE half(id INTEGER PRIMARY KEY) STRICT;",
    "CREATE TABLE half(id INTEGER PRIMARY KEY) STRICT; COMMIT; BEGIN;",
    "CREATE TABLE half(id INTEGER PRIMARY KEY) STRICT; PRAGMA foreign_keys=OFF;",
    "CREATE TABLE half(id INTEGER PRIMARY KEY) STRICT; this is not SQL;",
    "CREATE TABLE half(id INTEGER PRIMARY KEY) STRICT; INSERT INTO note(id, text) VALUES(1, 'a'), (1, 'b');",
  ])
  func `a migration that fails leaves nothing of itself and can be mended`(sql: String) async throws {
    let temporary = try TemporaryDatabase()
    expectRefused(.failed(number: 2, name: "half"), temporary, [Counters.migration, Migration(number: 2, name: "half", sql: sql)])
    let database = try temporary.open([Counters.migration, Self.second])
    await #expect(throws: DatabaseError.invalidStatement(sql: "test.half")) {
      try await database.read { try $0.exists(SQL("test.half", "SELECT 1 FROM half")) }
    }
    await database.close()
  }

  @Test(.onSQLite) func `a migration may rebuild a table that others reference, and may not leave a broken reference`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    try await database.write { transaction in
      try transaction.run(Counters.insert, ["coupon", 5])
      try transaction.run(Counters.insertChild, ["coupon"])
    }
    await database.close()
    let breaking = Migration(number: 2, name: "breaking", sql: "DELETE FROM counter;")
    expectRefused(.brokenReferences(number: 2, name: "breaking"), temporary, [Counters.migration, breaking])

    let rebuild = Migration(
      number: 2, name: "rebuild",
      sql: """
        CREATE TABLE counter_new(name TEXT PRIMARY KEY, used INTEGER NOT NULL, most INTEGER NOT NULL, note TEXT) STRICT, WITHOUT ROWID;
        INSERT INTO counter_new(name, used, most) SELECT name, used, most FROM counter;
        DROP TABLE counter;
        ALTER TABLE counter_new RENAME TO counter;
        """)
    let reopened = try temporary.open([Counters.migration, rebuild])
    #expect(try await reopened.read { try $0.first(Counters.used, ["coupon"]) { $0.int(0) } } == 0)
    // References are enforced again after it.
    await #expect(throws: DatabaseError.constraint(.foreignKey, sql: "child.insert")) {
      try await reopened.write { try $0.run(Counters.insertChild, ["nobody"]) }
    }
    await reopened.close()
  }

  @Test func `an embedded resource makes the same migration as its text`() {
    let text = "CREATE TABLE second(id INTEGER PRIMARY KEY) STRICT;"
    #expect(Migration(number: 2, name: "second", sql: Array(text.utf8)).checksum == Self.second.checksum)
  }

  @Test func `two processes that start at once both open`() async throws {
    let temporary = try TemporaryDatabase()
    let databases = try await withThrowingTaskGroup(of: Database.self) { group in
      for _ in 0..<2 { group.addTask { try temporary.open([Counters.migration, Self.second]) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    for database in databases { try await database.write(Counters.addNote("here")) }
    #expect(try await databases[0].notes() == ["here", "here"])
    for database in databases { await database.close() }
  }
}
