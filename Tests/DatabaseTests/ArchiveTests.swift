import Foundation
import Synchronization
import Testing

@testable import Database

/// The log is shipped, and a database is restored from it as it was at any moment.
@Suite(.onSQLite) struct ArchiveTests {
  @Test func `a restore has what was written up to its moment, and nothing after it, at the boundary exactly`() async throws {
    let archived = try ArchivedDatabase()
    let database = try await archived.open()
    for number in 1...20 {
      archived.now.store(Int64(2_000_000 + number * 10), ordering: .relaxed)
      try await database.write(Counters.addNote("\(number)"))
      if number.isMultiple(of: 6) { try await database.ship() }
    }
    await database.close()
    for number in 0...20 {
      let expected = (1...20).prefix(number).map { "\($0)" }
      #expect(try await archived.notes(at: Int64(2_000_000 + number * 10)) == expected, "at the instant of \(number)")
      if number > 0 {
        #expect(try await archived.notes(at: Int64(2_000_000 + number * 10 - 1)) == expected.dropLast(), "just before \(number)")
      }
    }
    #expect(try await archived.notes(at: nil).count == 20)
    await #expect(throws: DatabaseError.archive(.beforeFirstBase(time: 1_000_000))) { try await archived.notes(at: 999_999) }
  }

  @Test func `a restored database has a new epoch and tells when it was`() async throws {
    let archived = try ArchivedDatabase()
    let database = try await archived.open()
    archived.now.store(2_000_000, ordering: .relaxed)
    try await database.write(Counters.addNote("kept"))
    let epoch = database.epoch
    await database.close()
    let moment = try await Database.restore(fromArchive: archived.archivePath, at: 5_000_000, to: archived.restoredPath)
    #expect(moment == Database.RestoredMoment(lastCommitTime: 2_000_000, chain: 1))
    await #expect(throws: DatabaseError.backup(.destinationExists)) {
      try await Database.restore(fromArchive: archived.archivePath, at: nil, to: archived.restoredPath)
    }
    let restored = try Database.open(DatabaseConfiguration(path: archived.restoredPath), migrations: [Counters.migration])
    #expect(restored.epoch != epoch)
    await restored.close()
  }

  @Test func `a clock that jumps back and forth loses no commit of the order`() async throws {
    let archived = try ArchivedDatabase()
    let database = try await archived.open()
    for (number, time) in [10, 20, 900, 30, 40, 25, 50].enumerated() {
      archived.now.store(Int64(1_000_000 + time), ordering: .relaxed)
      try await database.write(Counters.addNote("\(number)"))
    }
    await database.close()
    // Up to the last commit that is dated so or earlier.
    #expect(try await archived.notes(at: 1_000_035) == ["0", "1", "2", "3", "4", "5"])
    #expect(try await archived.notes(at: 1_000_020) == ["0", "1"])
    #expect(try await archived.notes(at: 1_000_050).count == 7)
  }

  @Test func `the log is cut back once the archive has all of it, and a restore goes through many logs`() async throws {
    let archived = try ArchivedDatabase()
    let database = try await archived.open {
      $0.checkpointBytes = 64 * 1024
      $0.walLimitBytes = 256 * 1024
    }
    let filling = SQLValue.blob([UInt8](repeating: 3, count: 16 * 1024))
    for number in 0..<200 {
      archived.now.store(Int64(2_000_000 + number), ordering: .relaxed)
      try await database.write { try $0.run(Counters.insertNote, [.text("\(number)"), filling]) }
    }
    let size = try FileManager.default.attributesOfItem(atPath: archived.temporary.path + "-wal")[.size] as? Int
    #expect(try #require(size) < 200 * 16 * 1024 / 2)
    try await database.ship()
    await database.close()
    #expect(archived.chains == [1])
    #expect(Set(archived.pieces.map { $0.lastPathComponent.prefix(10) }).count > 3, "many logs")
    for moment in [0, 1, 77, 100, 150, 199] { #expect(try await archived.notes(at: Int64(2_000_000 + moment)).count == moment + 1) }
  }

  @Test func `the chain goes on after a close, and one who only looks takes nothing from it`() async throws {
    let archived = try ArchivedDatabase()
    for round in 0..<3 {
      let database = try await archived.open()
      try await database.write(Counters.addNote("\(round)"))
      await database.close()
      let looking = try Database.openExisting(DatabaseConfiguration(path: archived.temporary.path), migrations: [Counters.migration])
      #expect(try await looking.notes().count == round + 1)
      await looking.close()
    }
    #expect(archived.chains == [1])
    #expect(try await archived.notes(at: nil) == ["0", "1", "2"])
  }

  @Test func `what was written while nothing was shipped is a gap with a name, on both sides of which is a restore`() async throws {
    let archived = try ArchivedDatabase()
    let first = try await archived.open()
    archived.now.store(2_000_000, ordering: .relaxed)
    try await first.write(Counters.addNote("shipped"))
    await first.close()
    let unshipped = try archived.temporary.open()
    try await unshipped.write(Counters.addNote("not shipped"))
    await unshipped.close()
    archived.now.store(3_000_000, ordering: .relaxed)
    let second = try archived.openUnready()
    while archived.chains != [1, 2] { try await Task.sleep(for: .milliseconds(5)) }
    try await archived.waitForBase()
    archived.now.store(4_000_000, ordering: .relaxed)
    try await second.write(Counters.addNote("shipped again"))
    await second.close()

    #expect(try await archived.notes(at: 2_000_000) == ["shipped"])
    for moment in [2_000_001, 2_999_999] as [Int64] {
      await #expect(throws: DatabaseError.archive(.gap(from: 2_000_000, to: 3_000_000))) { try await archived.notes(at: moment) }
    }
    #expect(try await archived.notes(at: 3_000_000) == ["shipped", "not shipped"])
    #expect(try await archived.notes(at: nil) == ["shipped", "not shipped", "shipped again"])
  }

  /// The log did not begin anew when it said so, since a reader needed it, and the process was killed. Then one without the key had it begun
  /// anew in earnest, and was killed as well: the log is the next one, the row names the one before, and commits are missing between.
  @Test func `a run that ships nothing takes back what the log says of the one before`() async throws {
    let archived = try ArchivedDatabase()
    let path = archived.temporary.path
    let first = try await archived.open()
    try await first.write(Counters.addNote("shipped"))
    await first.close()
    let last = try #require(archived.pieces.last.flatMap { ArchivePiece(Array(try Data(contentsOf: $0))) })
    var leaving = DatabaseConfiguration(path: path)
    leaving.isLooking = true
    try LogOrigin(chain: 1, log: last.label.log, frames: last.label.end).write(Connection(leaving, role: .maintenance))
    let header = LogFile(of: path)?.header
    let shipped = try #require(header)

    let unshipped = try archived.temporary.open {
      $0.checkpointBytes = 16 * 1024
      $0.walLimitBytes = 16 * 1024
    }
    try await unshipped.write { try $0.run(Counters.insertNote, [.text("big"), .blob([UInt8](repeating: 3, count: 64 * 1024))]) }
    while LogFile(of: path)?.header == shipped { try await unshipped.write(Counters.addNote("small")) }
    let notes = try await unshipped.notes()
    let files = FileManager.default
    for name in [path, path + "-wal"] { try files.copyItem(atPath: name, toPath: name + "-killed") }
    await unshipped.close()
    for name in [path, path + "-wal"] {
      try? files.removeItem(atPath: name)
      try files.moveItem(atPath: name + "-killed", toPath: name)
    }
    let killed = LogFile(of: path)?.header
    #expect(killed?.follows(shipped) == true)

    let second = try archived.openUnready()
    try await second.ship()
    #expect(archived.chains == [1, 2])
    try await archived.waitForBase()
    await second.close()
    #expect(try await archived.notes(at: nil) == notes)
  }

  @Test func `emptying the log ships it first`() async throws {
    let archived = try ArchivedDatabase()
    let database = try await archived.open()
    try await database.write(Counters.addNote("before"))
    try await database.emptyLog()
    try await database.write(Counters.addNote("after"))
    try await database.rewrite()
    await database.close()
    #expect(archived.chains == [1])
    #expect(try await archived.notes(at: nil) == ["before", "after"])
  }

  @Test func `another database's archive is not written to`() async throws {
    let one = try ArchivedDatabase()
    await (try await one.open()).close()
    let other = try ArchivedDatabase()
    try FileManager.default.copyItem(atPath: one.archivePath, toPath: other.archivePath)
    let database = try other.openUnready()
    await #expect(throws: DatabaseError.backup(.notWritable)) { try await database.ship() }
    try await database.write(Counters.addNote("served"))
    await database.close()
    #expect(try await other.notes(at: nil) == [])
  }

  @Test func `what is older than it must be is removed, and nothing that is needed`() async throws {
    let archived = try ArchivedDatabase()
    let day: Int64 = 24 * 3_600 * 1_000_000
    let database = try await archived.open {
      $0.archive?.keepsFor = .seconds(3 * 24 * 3_600)
    }
    for number in 1...8 {
      archived.now.store(1_000_000 + Int64(number) * day, ordering: .relaxed)
      try await database.write(Counters.addNote("\(number)"))
      try await database.emptyLog()
      // A tick begins the base that is due.
      try await database.ship()
      try await archived.waitForBase(number + 1)
      try await database.ship()
    }
    await database.close()
    #expect(try await archived.notes(at: 1_000_010 + 8 * day).count == 8)
    #expect(try await archived.notes(at: 1_000_010 + 5 * day).count == 5)
    await #expect(throws: DatabaseError.archive(.beforeFirstBase(time: 1_000_000 + 5 * day))) {
      try await archived.notes(at: 1_000_000 + 4 * day)
    }
  }
}
