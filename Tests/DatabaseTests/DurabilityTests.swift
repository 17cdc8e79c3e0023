import Foundation
import Testing

@testable import Database

@Suite(.onSQLite) struct DurabilityTests {
  @Test func `what was answered before kill -9 is there after it, once, and nothing half is`() async throws {
    let temporary = try TemporaryDatabase()
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = temporary.path as String] in
      let database = try Database.open(DatabaseConfiguration(path: path), migrations: [Counters.migration])
      try await database.write { try $0.run(Counters.insert, ["notes", 1_000_000]) }
      let answered = Foundation.open(path + ".answered", O_WRONLY | O_CREAT | O_APPEND, 0o600)
      await withTaskGroup(of: Void.self) { group in
        for caller in 0..<32 {
          group.addTask {
            for number in 0..<1_000_000 {
              let text = "\(caller)-\(number)"
              try! await database.write { transaction in
                try transaction.run(Counters.insertNote, [.text(text), nil])
                try transaction.run(Counters.use, ["notes"])
              }
              let line = text + "\n"
              _ = line.withCString { Foundation.write(answered, $0, line.utf8.count) }
              if caller == 7, number == 40 { kill(getpid(), SIGKILL) }
            }
          }
        }
      }
    }
    let answered = try String(contentsOfFile: temporary.path + ".answered", encoding: .utf8).split(separator: "\n").map(String.init)
    let database = try temporary.open()
    let notes = try await database.notes()
    #expect(answered.count > 40)
    #expect(Set(answered).subtracting(notes) == [])
    #expect(Set(notes).count == notes.count)
    #expect(try await database.read { try $0.first(Counters.used, ["notes"]) { $0.int(0) } } == notes.count)
    await database.close()
  }
}
