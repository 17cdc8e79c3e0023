import Foundation
import Synchronization
import Testing

@testable import Database

/// An archive that cannot be written, and one that is not what was written.
@Suite(.onSQLite) struct ArchiveFailureTests {
  /// Writes notes "0" to "11" a second apart, from the second second on.
  private func filled(_ archived: ArchivedDatabase) async throws {
    let database = try await archived.open()
    for number in 0..<12 {
      archived.now.store(Int64(2 + number) * 1_000_000, ordering: .relaxed)
      try await database.write(Counters.addNote("\(number)"))
      try await database.ship()
    }
    await database.close()
  }

  @Test func `a flipped bit anywhere in a piece or a base is refused by name`() async throws {
    let seed = UInt64.random(in: .min ... .max)
    var random = SeededGenerator(seed: seed)
    let archived = try ArchivedDatabase()
    try await filled(archived)
    for file in archived.pieces + [archived.baseFile(1)] {
      let whole = try Data(contentsOf: file)
      for _ in 0..<3 {
        var damaged = whole
        let bit = Int.random(in: 0..<whole.count * 8, using: &random)
        damaged[bit / 8] ^= 1 << (bit % 8)
        try damaged.write(to: file)
        await #expect(
          throws: DatabaseError.archive(.damaged(file: "chain-000001/" + file.lastPathComponent)), "seed \(seed), bit \(bit)"
        ) { try await archived.notes(at: nil) }
      }
      try whole.write(to: file)
    }
    #expect(try await archived.notes(at: nil).count == 12)
  }

  @Test func `a missing piece is named, and what comes before it can be restored to`() async throws {
    let archived = try ArchivedDatabase()
    try await filled(archived)
    let pieces = archived.pieces
    let gone = pieces[pieces.count - 3]
    try FileManager.default.removeItem(at: gone)
    for moment in [nil, 13_000_000] as [Int64?] {
      await #expect(throws: DatabaseError.archive(.missing(file: "chain-000001/" + gone.lastPathComponent))) {
        try await archived.notes(at: moment)
      }
    }
  }

  @Test func `a piece of another archive in the place of one's own is refused`() async throws {
    let (one, other) = (try ArchivedDatabase(), try ArchivedDatabase())
    try await filled(one)
    try await filled(other)
    let pieces = Dictionary(uniqueKeysWithValues: one.pieces.map { ($0.lastPathComponent, $0) })
    let name = try #require(other.pieces.dropFirst(4).first { pieces[$0.lastPathComponent] != nil }?.lastPathComponent)
    try FileManager.default.removeItem(at: try #require(pieces[name]))
    try FileManager.default.copyItem(at: try #require(other.pieces.first { $0.lastPathComponent == name }), to: try #require(pieces[name]))
    await #expect(throws: DatabaseError.archive(.damaged(file: "chain-000001/" + name))) { try await one.notes(at: nil) }
  }

  @Test func `an archive that vanishes stops nothing, and goes on when it is back`() async throws {
    let archived = try ArchivedDatabase()
    let database = try await archived.open {
      $0.checkpointBytes = 64 * 1024
      $0.walLimitBytes = 128 * 1024
    }
    try await database.write(Counters.addNote("before"))
    try await database.ship()
    let away = archived.archivePath + "-away"
    try FileManager.default.moveItem(atPath: archived.archivePath, toPath: away)
    let filling = SQLValue.blob([UInt8](repeating: 3, count: 16 * 1024))
    for number in 0..<100 { try await database.write { try $0.run(Counters.insertNote, [.text("\(number)"), filling]) } }
    await #expect(throws: DatabaseError.backup(.notWritable)) { try await database.ship() }
    #expect(!FileManager.default.fileExists(atPath: archived.archivePath), "made anew on the disk below")
    try FileManager.default.moveItem(atPath: away, toPath: archived.archivePath)
    try await database.ship()
    await database.close()
    #expect(archived.chains == [1])
    #expect(try await archived.notes(at: nil).count == 101)
  }

  @Test func `an archive that is away for too long costs a gap and no more of the disk than its limit`() async throws {
    let archived = try ArchivedDatabase()
    let database = try await archived.open {
      $0.checkpointBytes = 64 * 1024
      $0.walLimitBytes = 128 * 1024
      $0.archive?.logLimitBytes = 512 * 1024
    }
    archived.now.store(2_000_000, ordering: .relaxed)
    try await database.write(Counters.addNote("before"))
    try await database.ship()
    let away = archived.archivePath + "-away"
    try FileManager.default.moveItem(atPath: archived.archivePath, toPath: away)
    archived.now.store(3_000_000, ordering: .relaxed)
    let filling = SQLValue.blob([UInt8](repeating: 3, count: 16 * 1024))
    for number in 0..<200 { try await database.write { try $0.run(Counters.insertNote, [.text("\(number)"), filling]) } }
    let size = try FileManager.default.attributesOfItem(atPath: archived.temporary.path + "-wal")[.size] as? Int
    #expect(try #require(size) < 200 * 16 * 1024 / 2)
    archived.now.store(4_000_000, ordering: .relaxed)
    try FileManager.default.moveItem(atPath: away, toPath: archived.archivePath)
    try await database.ship()
    #expect(archived.chains == [1, 2])
    try await archived.waitForBase()
    archived.now.store(5_000_000, ordering: .relaxed)
    try await database.write(Counters.addNote("after"))
    await database.close()
    #expect(try await archived.notes(at: 2_000_000) == ["before"])
    await #expect(throws: DatabaseError.archive(.gap(from: 2_000_000, to: 4_000_000))) { try await archived.notes(at: 3_000_000) }
    #expect(try await archived.notes(at: 4_000_000).count == 201)
    #expect(try await archived.notes(at: nil).count == 202)
  }
}
