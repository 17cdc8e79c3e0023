import Foundation

@testable import Database

/// A folder of its own for a test's database, or a schema of the test server; gone with the value.
final class TemporaryDatabase: Sendable {
  let folder: URL
  let location: DatabaseLocation
  private let schema: String
  var path: String { folder.appendingPathComponent("test.sqlite").path }

  init() throws {
    let identifier = UUID().uuidString
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("patron-database-\(identifier)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    schema = "test_\(identifier.lowercased().replacing("-", with: "_"))"
    location =
      try TestEngine.server.map { [schema] in try PostgresSchema.make(schema, on: $0) }
      ?? .sqlite(path: folder.appendingPathComponent("test.sqlite").path)
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)
    if let server = TestEngine.server { try? PostgresSchema.remove(schema, on: server) }
  }

  func open(
    _ migrations: [Migration] = [Counters.migration], _ configure: (inout DatabaseConfiguration) -> Void = { _ in }
  ) throws -> Database {
    var configuration = DatabaseConfiguration(location)
    configuration.logger.logLevel = .critical
    // As on SQLite, one write waits for another.
    configuration.writerCount = 1
    configuration.readerCount = 2
    configuration.connectTimeout = .seconds(300)
    configure(&configuration)
    return try Database.open(configuration, migrations: migrations)
  }
}

/// A schema small enough to see through: named counters with a limit, notes, and children that reference a counter.
enum Counters {
  static let migration = Migration(
    number: 1, name: "initial",
    sql: """
      CREATE TABLE counter(name TEXT PRIMARY KEY, used INTEGER NOT NULL CHECK(used >= 0), most INTEGER NOT NULL) STRICT, WITHOUT ROWID;
      CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT NOT NULL, bytes BLOB) STRICT;
      CREATE TABLE child(id INTEGER PRIMARY KEY, counter TEXT NOT NULL REFERENCES counter(name)) STRICT;
      """)

  static let insert = SQL("counter.insert", "INSERT INTO counter(name, used, most) VALUES(?1, 0, ?2)")
  static let use = SQL(
    "counter.use", "UPDATE counter SET used = used + 1 WHERE name = ?1 AND used + 1 <= most RETURNING used")
  static let used = SQL("counter.used", "SELECT used FROM counter WHERE name = ?1")
  static let insertNote = SQL("note.insert", "INSERT INTO note(text, bytes) VALUES(?1, ?2)")
  static let notes = SQL("note.list", "SELECT text FROM note ORDER BY id")
  static let insertChild = SQL("child.insert", "INSERT INTO child(counter) VALUES(?1) RETURNING id")
  /// Writes rows until somebody stops it.
  static let writeForEver = SQL(
    "note.write-for-ever",
    "INSERT INTO note(text) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT 'row ' || i FROM n")
  static let readForAWhile = SQL(
    "note.read-for-a-while",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT max(i) FROM n")
  static let readForEver = SQL(
    "note.read-for-ever", "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n")

  @Sendable static func addNote(_ text: String) -> @Sendable (Transaction) throws -> Void {
    { transaction in try transaction.run(insertNote, [.text(text), nil]) }
  }
}

extension Database {
  func notes() async throws -> [String] { try await read { try $0.all(Counters.notes) { $0.text(0) } } }
}
