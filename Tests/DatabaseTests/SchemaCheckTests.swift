import Testing

@testable import Database

@Suite struct SchemaCheckTests {
  @Test func `Patron's own tables and a plain schema pass`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    #expect(try await SchemaCheck.check(database) == [])
    await database.close()
  }

  @Test(
    .onSQLite,
    arguments: [
      ("CREATE TABLE bad(id INTEGER PRIMARY KEY);", SchemaCheck.Violation.Rule.tableIsNotStrict),
      (
        "CREATE TABLE bad(id INTEGER PRIMARY KEY, n TEXT REFERENCES counter(name) DEFERRABLE INITIALLY DEFERRED) STRICT;",
        .constraintIsDeferred
      ),
      (
        "CREATE TABLE bad(id INTEGER PRIMARY KEY, n TEXT REFERENCES counter(name) deferrable initially\n deferred) STRICT;",
        .constraintIsDeferred
      ),
      ("CREATE TABLE bad(id INTEGER PRIMARY KEY, n TEXT UNIQUE ON CONFLICT ROLLBACK) STRICT;", .rollsBackTheTransaction),
      (
        "CREATE TRIGGER bad BEFORE DELETE ON note BEGIN SELECT RAISE(ROLLBACK, 'no'); END;", .rollsBackTheTransaction
      ),
      (
        "CREATE TRIGGER bad AFTER DELETE ON note BEGIN INSERT OR ROLLBACK INTO note(text) VALUES('x'); END;", .rollsBackTheTransaction
      ),
    ])
  func `what a schema may not hold is found by name`(sql: String, rule: SchemaCheck.Violation.Rule) async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open([Counters.migration, Migration(number: 2, name: "bad", sql: sql)])
    #expect(try await SchemaCheck.check(database).map(\.rule) == [rule])
    #expect(try await SchemaCheck.check(database).map(\.object) == ["bad"])
    await database.close()
  }

  @Test(.onSQLite) func `a comment or a string that only speaks of rolling back passes`() async throws {
    let temporary = try TemporaryDatabase()
    let fine = Migration(
      number: 2, name: "fine",
      sql: """
        CREATE TABLE fine( -- never deferred, no rollback
          id INTEGER PRIMARY KEY, kind TEXT NOT NULL DEFAULT 'ROLLBACK' REFERENCES counter(name) NOT DEFERRABLE) STRICT;
        """)
    let database = try temporary.open([Counters.migration, fine])
    #expect(try await SchemaCheck.check(database) == [])
    await database.close()
  }
}
