import CSQLite
import Foundation
import StorageFaults
import Synchronization
import Testing

@testable import Database

/// A disk without room at COMMIT: the outcome is known, and the process goes on.
@Suite struct FullDiskTests {
  @Test func `a full disk at commit undoes the request that does not fit and answers the others`() async throws {
    let temporary = try TemporaryDatabase()
    let disk = FaultDisk()
    let database = try temporary.open { $0.virtualFileSystem = disk.name }
    let results = try await database.batch(
      ["a", "b", "c"].map { id in
        { transaction in
          if id == "b" { disk.fail(.write, of: .log, with: SQLITE_FULL) }
          try transaction.run(Counters.insertNote, [.text(id), nil])
        }
      })
    #expect(results.map(\.databaseError) == [nil, .full(sql: "commit"), nil])
    #expect(try await database.notes() == ["a", "c"])
    #expect(database.statistics.failedCommits == 0)
    await database.close()
    let reopened = try temporary.open()
    #expect(try await reopened.notes() == ["a", "c"])
    await reopened.close()
  }

  @Test func `a disk that stays full stops nothing, and writes go on once there is room`() async throws {
    let temporary = try TemporaryDatabase()
    let disk = FaultDisk()
    let stops = Atomic(0)
    let database = try temporary.open {
      $0.virtualFileSystem = disk.name
      $0.stopProcess = { _ in stops.add(1, ordering: .relaxed) }
    }
    try await database.write(Counters.addNote("before"))
    disk.fail(.write, of: .log, with: SQLITE_FULL, times: .max)
    for _ in 0..<5 {
      await #expect(throws: DatabaseError.full(sql: "commit")) { try await database.write(Counters.addNote("lost")) }
      #expect(try await database.notes() == ["before"])
    }
    disk.repair()
    try await database.write(Counters.addNote("after"))
    #expect(try await database.notes() == ["before", "after"])
    #expect(stops.load(ordering: .relaxed) == 0)
    await database.close()
  }

  /// Needs root, for a file system of its own; elsewhere the fault disk above stands in.
  @Test(.enabled(if: geteuid() == 0, "only root may mount a file system"))
  func `a file system without room refuses writes, serves reads, and loses nothing that it answered`() async throws {
    let temporary = try TemporaryDatabase()
    let mount = temporary.folder.appendingPathComponent("small").path
    try FileManager.default.createDirectory(atPath: mount, withIntermediateDirectories: true)
    guard try run("/bin/mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", mount]) == 0 else {
      print("skipped: this root may not mount a file system")
      return
    }
    defer { _ = try? run("/bin/umount", ["-l", mount]) }
    let ballast = mount + "/ballast"
    try Data(repeating: 0, count: 200 * 1024).write(to: URL(fileURLWithPath: ballast))
    var configuration = DatabaseConfiguration(path: mount + "/test.sqlite")
    configuration.logger.logLevel = .critical
    let stops = Atomic(0)
    configuration.stopProcess = { _ in stops.add(1, ordering: .relaxed) }
    let database = try Database.open(configuration, migrations: [Counters.migration])

    var answered: [String] = []
    var refused = 0
    let filling = String(repeating: "x", count: 10_000)
    for number in 0..<200 where refused < 10 {
      do {
        try await database.write(Counters.addNote("\(number) \(filling)"))
        answered.append("\(number) \(filling)")
      } catch {
        #expect(error as? DatabaseError == .full(sql: "commit"))
        refused += 1
      }
    }
    #expect(refused == 10)
    #expect(try await database.notes() == answered)
    try FileManager.default.removeItem(atPath: ballast)
    try await database.write(Counters.addNote("after"))
    #expect(stops.load(ordering: .relaxed) == 0)
    await database.close()

    let reopened = try Database.open(configuration, migrations: [Counters.migration])
    #expect(try await reopened.notes() == answered + ["after"])
    await reopened.close()
  }

  private func run(_ program: String, _ arguments: [String]) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }
}
