import Foundation
import Testing

@testable import Database

@Suite struct ValueTests {
  private static let everything = Migration(
    number: 1, name: "everything",
    sql: "CREATE TABLE everything(id INTEGER PRIMARY KEY, i INTEGER, t TEXT, b BLOB, at INTEGER, yes INTEGER) STRICT;")
  private static let insert = SQL("everything.insert", "INSERT INTO everything(i, t, b, at, yes) VALUES(?1, ?2, ?3, ?4, ?5) RETURNING id")
  private static let select = SQL("everything.select", "SELECT i, t, b, at, yes FROM everything WHERE id = ?1")

  private struct Everything: Equatable, Sendable {
    var integer: Int64?
    var text: String?
    var bytes: [UInt8]?
    var time: Date?
    var yes: Bool?
  }

  private static let values = [
    Everything(),
    Everything(integer: .min, text: "", bytes: [], time: Date(timeIntervalSince1970: 0), yes: false),
    Everything(integer: .max, text: "会员 🧾", bytes: [0, 255], time: Date(timeIntervalSince1970: 1_795_320_000.123456), yes: true),
    Everything(integer: -1, text: "before\u{0}after", bytes: [UInt8](0...255), time: Date(timeIntervalSince1970: -0.000001), yes: true),
    Everything(text: String(repeating: "long ", count: 10_000), bytes: [UInt8](repeating: 9, count: 300_000)),
  ]

  // A text of PostgreSQL holds no zero byte; the wire refuses one before it comes here.
  @Test(arguments: values.filter { TestEngine.server == nil || $0.text?.utf8.contains(0) != true })
  private func `a value comes back as it went in, with its length and its null`(value: Everything) async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open([Self.everything])
    let id = try await database.write { transaction in
      try transaction.first(
        Self.insert,
        [.optional(value.integer), .optional(value.text), .optional(value.bytes), .optional(value.time), .optional(value.yes)]
      ) { $0.int64(0) }
    }
    let stored = try await database.read { snapshot in
      try snapshot.first(Self.select, [.optional(id)]) {
        Everything(
          integer: $0.optionalInt64(0), text: $0.optionalText(1), bytes: $0.optionalBlob(2), time: $0.optionalTime(3),
          yes: $0.optionalBool(4))
      }
    }
    #expect(stored?.integer == value.integer)
    #expect(stored?.text == value.text)
    #expect(stored?.bytes == value.bytes)
    #expect(stored?.time?.microsecondsSince1970 == value.time?.microsecondsSince1970)
    #expect(stored?.yes == value.yes)
    await database.close()
  }

  @Test func `a time that is read and stored again never drifts`() {
    for microseconds in stride(from: Int64(1_795_000_000_000_000), to: 1_795_000_000_100_000, by: 7) {
      #expect(Date(microsecondsSince1970: microseconds).microsecondsSince1970 == microseconds)
    }
  }

  @Test func `a column of another type than asked for is an error with the name of its statement`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    try await database.write(Counters.addNote("text"))
    await #expect(throws: DatabaseError.columnType(sql: "note.list", column: 0)) {
      try await database.read { try $0.all(Counters.notes) { $0.int64(0) } }
    }
    await database.close()
  }

  @Test func `a column that is null where a value was asked for undoes the write that read it`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    let bytes = SQL("note.bytes", "SELECT bytes FROM note")
    await #expect(throws: DatabaseError.columnType(sql: "note.bytes", column: 0)) {
      try await database.write { transaction in
        try transaction.run(Counters.insertNote, ["without bytes", nil])
        return try transaction.first(bytes) { $0.blob(0) }
      }
    }
    #expect(try await database.notes() == [])
    await database.close()
  }

  @Test func `too few or too many arguments are refused before anything runs`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    for arguments in [[], ["one"], ["one", nil, 3]] as [[SQLValue]] {
      await #expect(throws: DatabaseError.invalidStatement(sql: "note.insert")) {
        try await database.write { try $0.run(Counters.insertNote, arguments) }
      }
    }
    #expect(try await database.notes() == [])
    await database.close()
  }

  @Test(arguments: [
    "COMMIT", "BEGIN", "ROLLBACK", "SAVEPOINT x", "RELEASE request", "PRAGMA synchronous=OFF", "ATTACH ':memory:' AS x", "VACUUM",
    "-- a comment\nCOMMIT", "/* SELECT */ END", "SELECT 1; COMMIT", "INSERT OR ROLLBACK INTO note(text) VALUES('x')",
    "DROP TABLE note", "not SQL at all", "SELECT nothing FROM nowhere", "",
  ])
  func `a statement that is not for services is refused`(text: String) async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    let statement = SQL("forbidden", text)
    let results = try await database.batch { try $0.run(statement) }
    #expect(results[1].databaseError == .invalidStatement(sql: "forbidden"))
    #expect(try await database.notes() == ["first", "third"])
    await database.close()
  }

  @Test func `a word inside a string, a name or a comment does not make a statement forbidden`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    let statement = SQL("allowed", "SELECT 'it''s a ROLLBACK; COMMIT', \"text\" -- ROLLBACK\n FROM note; ")
    #expect(try await database.read { try $0.exists(statement) } == false)
    await database.close()
  }

  @Test func `two statements of one name are told apart by their text`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    @Sendable func number(_ value: Int) -> SQL { SQL("number", "SELECT \(value)") }
    for value in [1, 2, 1, 3] {
      #expect(try await database.write { try $0.first(number(value)) { $0.int(0) } } == value)
    }
    await database.close()
  }

  @Test func `more statements than the cache holds still run`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open { $0.statementCacheLimit = 1 }
    for round in 0..<3 {
      try await database.write(Counters.addNote("note \(round)"))
      #expect(try await database.write { try $0.all(Counters.notes) { $0.text(0) } }.count == round + 1)
    }
    await database.close()
  }
}
