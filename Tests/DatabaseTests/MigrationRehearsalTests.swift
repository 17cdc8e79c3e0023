import Foundation
import Testing

@testable import Database

/// `migrate --dry-run`.
@Suite struct MigrationRehearsalTests {
  private static let second = Migration(number: 2, name: "second", sql: "CREATE TABLE later(id INTEGER PRIMARY KEY) STRICT;")
  private static let third = Migration(
    number: 3, name: "third", sql: "INSERT INTO later(id) VALUES(1); INSERT INTO note(id, text) VALUES(7, 'by a migration');")
  private static let broken = Migration(number: 3, name: "broken", sql: "INSERT INTO nowhere(id) VALUES(1);")

  private func rehearse(_ temporary: TemporaryDatabase, _ migrations: [Migration]) async throws -> MigrationRehearsal {
    var configuration = DatabaseConfiguration(temporary.location)
    configuration.logger.logLevel = .critical
    configuration.connectTimeout = .seconds(300)
    return try await Database.rehearse(configuration, migrations: migrations)
  }

  /// The bytes of each file in the folder; empty on a server. What SQLite's processes share is no data, nor is a log without a frame.
  private func files(_ temporary: TemporaryDatabase) throws -> [String: Data] {
    try FileManager.default.contentsOfDirectory(atPath: temporary.folder.path).reduce(into: [:]) { files, name in
      let bytes = try Data(contentsOf: temporary.folder.appendingPathComponent(name))
      if !bytes.isEmpty, !name.hasSuffix("-shm") { files[name] = bytes }
    }
  }

  @Test func `a rehearsal names what is pending with its checksum and changes nothing`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    try await database.write(Counters.addNote("there"))
    await database.close()
    let before = try files(temporary)
    let rehearsal = try await rehearse(temporary, [Counters.migration, Self.second, Self.third])
    #expect(rehearsal.failure == nil)
    #expect(rehearsal.applied.map { "\($0.owner) \($0.number) \($0.name)" } == ["service 2 second", "service 3 third"])
    #expect(rehearsal.applied.allSatisfy { $0.checksum.count == 64 })
    #expect(try files(temporary) == before)
    // Still without them: a binary that knows only the first opens it.
    let reopened = try temporary.open()
    #expect(try await reopened.notes() == ["there"])
    await reopened.close()
  }

  @Test func `a migration that fails is told with those before it, and nothing is changed`() async throws {
    let temporary = try TemporaryDatabase()
    await (try temporary.open()).close()
    let before = try files(temporary)
    let rehearsal = try await rehearse(temporary, [Counters.migration, Self.second, Self.broken])
    #expect(rehearsal.applied.map(\.name) == ["second"])
    #expect(rehearsal.failure == .migration(.failed(number: 3, name: "broken")))
    #expect(try files(temporary) == before)
    await (try temporary.open([Counters.migration, Self.second])).close()
  }

  @Test func `an edited migration is told, and a database that has everything has nothing to rehearse`() async throws {
    let temporary = try TemporaryDatabase()
    await (try temporary.open()).close()
    #expect(try await rehearse(temporary, [Counters.migration]).applied.isEmpty)
    let edited = Migration(number: 1, name: "initial", sql: "CREATE TABLE other(id INTEGER PRIMARY KEY) STRICT;")
    #expect(try await rehearse(temporary, [edited]).failure == .migration(.edited(number: 1, name: "initial")))
  }

  @Test(.onSQLite) func `a rehearsal disturbs nobody who writes meanwhile`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open()
    let writing = Task {
      var count = 0
      while !Task.isCancelled {
        do { try await database.write(Counters.addNote("\(count)")) } catch is CancellationError { break }
        count += 1
      }
      return count
    }
    #expect(try await rehearse(temporary, [Counters.migration, Self.second]).applied.count == 1)
    writing.cancel()
    let count = try await writing.value
    #expect(try await database.notes().count == count)
    await database.close()
    #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.folder.path) == ["test.sqlite"])
  }
}
