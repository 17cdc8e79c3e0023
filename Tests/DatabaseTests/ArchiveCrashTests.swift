import Foundation
import Synchronization
import Testing

@testable import Database

/// Crashes of a database whose log is shipped: at every step, and at random.
@Suite(.onSQLite) struct ArchiveCrashTests {
  @Test(arguments: ArchiveStep.allCases)
  func `a kill at a step of the archiver loses no moment`(step: ArchiveStep) async throws {
    let archived = try ArchivedDatabase()
    await (try await archived.open()).close()
    let folder = archived.temporary.folder.path
    // How often the step comes before the kill: the first base's pieces go unharmed.
    await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder as String, name = step.rawValue as String] in
      let time = Atomic<Int64>(2_000_000)
      let writes = Atomic(0)
      var configuration = DatabaseConfiguration(path: folder + "/test.sqlite")
      configuration.checkpointBytes = 64 * 1024
      configuration.walLimitBytes = 128 * 1024
      configuration.archive = ArchiveConfiguration(folder: folder + "/archive")
      configuration.archive?.interval = .milliseconds(5)
      configuration.archive?.baseInterval = .milliseconds(40)
      configuration.archive?.keepsFor = .milliseconds(10)
      configuration.archive?.now = { time.load(ordering: .relaxed) }
      configuration.archive?.reach = { step in
        if step.rawValue == name, writes.load(ordering: .relaxed) > 40 { Foundation.kill(getpid(), SIGKILL) }
      }
      let database = try Database.open(configuration, migrations: [Counters.migration])
      let answered = Foundation.open(folder + "/answered", O_WRONLY | O_CREAT | O_APPEND, 0o600)
      for number in 1...100_000 {
        time.store(Int64(2_000_000 + number * 1_000), ordering: .relaxed)
        try await database.write { try $0.run(Counters.insertNote, [.text("\(number)"), .blob([UInt8](repeating: 3, count: 4_000))]) }
        let line = "\(number)\n"
        _ = line.withCString { Foundation.write(answered, $0, line.utf8.count) }
        writes.add(1, ordering: .relaxed)
      }
    }
    let answered = try String(contentsOfFile: folder + "/answered", encoding: .utf8).split(separator: "\n").count
    archived.now.store(900_000_000, ordering: .relaxed)
    let database = try archived.openUnready()
    try await database.ship()
    let there = try await database.notes().count
    #expect(there >= answered)
    #expect(archived.chains == [1])
    await database.close()
    #expect(try await archived.notes(at: nil).count == there)
    for number in [answered, answered - 1, answered - 3] {
      #expect(try await archived.notes(at: Int64(2_000_000 + number * 1_000)).count == number, "of \(answered)")
    }
  }

  /// As a kill leaves it: the file, its log and the archive.
  private func kill(_ archived: ArchivedDatabase, _ database: Database) async throws {
    let files = FileManager.default
    let folder = archived.temporary.folder
    let image = folder.appendingPathComponent("image")
    try files.createDirectory(at: image, withIntermediateDirectories: true)
    let names = ["test.sqlite", "test.sqlite-wal", "archive"]
    // What followed the last write is over when another has begun; a piece may still be on its way to the archive.
    for _ in 0..<2 { try await database.write { _ in } }
    func isWritten(_ folder: URL) -> Bool {
      files.enumerator(atPath: folder.path)?.contains { "\($0)".hasSuffix(".partial") } != true
    }
    while !isWritten(folder.appendingPathComponent("archive")) { try await Task.sleep(for: .milliseconds(5)) }
    for name in names where files.fileExists(atPath: folder.appendingPathComponent(name).path) {
      try files.copyItem(at: folder.appendingPathComponent(name), to: image.appendingPathComponent(name))
    }
    await database.close()
    for name in names {
      try? files.removeItem(at: folder.appendingPathComponent(name))
      if files.fileExists(atPath: image.appendingPathComponent(name).path) {
        try files.moveItem(at: image.appendingPathComponent(name), to: folder.appendingPathComponent(name))
      }
    }
    try files.removeItem(at: image)
  }

  @Test(arguments: Soak.seeds(8))
  func `after any history with kills every moment is restored as it was`(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let archived = try ArchivedDatabase()
    let configure: (inout DatabaseConfiguration) -> Void = {
      $0.checkpointBytes = 32 * 1024
      $0.walLimitBytes = 96 * 1024
    }
    var database = try await archived.open(configure)
    var time: Int64 = 2_000_000
    /// The times of the notes, in order.
    var written: [Int64] = []
    for _ in 0..<120 {
      switch Int.random(in: 0..<20, using: &random) {
      case 0:
        try await kill(archived, database)
        database = try await archived.open(configure)
      case 1:
        await database.close()
        database = try await archived.open(configure)
      case 2: try await database.ship()
      case 3: try await database.emptyLog()
      case 4:
        let looking = try Database.openExisting(DatabaseConfiguration(path: archived.temporary.path), migrations: [Counters.migration])
        _ = try await looking.notes()
        await looking.close()
      default:
        time += Int64.random(in: 2...1_000, using: &random)
        archived.now.store(time, ordering: .relaxed)
        let text = "\(written.count)"
        let size = Int.random(in: 0..<20_000, using: &random)
        try await database.write { try $0.run(Counters.insertNote, [.text(text), .blob([UInt8](repeating: 3, count: size))]) }
        written.append(time)
      }
    }
    await database.close()
    #expect(archived.chains == [1], "seed \(seed)")
    for _ in 0..<12 {
      let moment = Bool.random(using: &random) ? written.randomElement(using: &random)! : Int64.random(in: 2_000_000...time, using: &random)
      let expected = written.prefix { $0 <= moment }.indices.map { "\($0)" }
      #expect(try await archived.notes(at: moment) == expected, "seed \(seed), moment \(moment)")
    }
    #expect(try await archived.notes(at: nil).count == written.count, "seed \(seed)")
  }
}
