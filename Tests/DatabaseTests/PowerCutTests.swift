import Foundation
import StorageFaults
import Synchronization
import Testing

@testable import Database

/// The plug is pulled while many write, again and again: what was answered is there, once, and nothing half is.
@Suite(.onSQLite) struct PowerCutTests {
  private static let callers = 16
  private static let cuts = 4

  private static func open(_ temporary: TemporaryDatabase, _ disk: PowerCutDisk?) throws -> Database {
    try temporary.open {
      $0.virtualFileSystem = disk?.name
      // Checkpoints, and cutting the log back, are under way as often as not.
      $0.checkpointBytes = 64 * 1024
      $0.walLimitBytes = 256 * 1024
      $0.stopProcess = { _ in }
    }
  }

  /// Many write until the plug is pulled, which is after so many answers.
  /// - Returns: what was answered.
  private static func writeUntilTheCut(
    _ round: Int, _ database: Database, _ disk: PowerCutDisk, answersBefore limit: Int
  ) async -> Set<String> {
    let answers = Answers()
    await withTaskGroup(of: Void.self) { group in
      for caller in 0..<callers {
        group.addTask {
          for number in 0... {
            let id = "\(round)-\(caller)-\(number)"
            do {
              try await database.write { transaction in
                try transaction.run(Counters.insertNote, [.text(id), .blob([UInt8](repeating: 7, count: 1_000))])
                try transaction.append(OutboxEvent.noted(id))
                try transaction.run(Counters.use, ["notes"])
              }
            } catch {
              return
            }
            if answers.note(id) == limit { disk.cut() }
          }
        }
      }
    }
    return answers.ids.withLock { $0 }
  }

  private final class Answers: Sendable {
    let ids = Mutex<Set<String>>([])

    func note(_ id: String) -> Int {
      ids.withLock { ids in
        ids.insert(id)
        return ids.count
      }
    }
  }

  /// - Returns: what was answered and is not there.
  private static func lost(of answered: Set<String>, in temporary: TemporaryDatabase) async throws -> Set<String> {
    let database = try open(temporary, nil)
    let (notes, events, used, integrity) = try await database.read { snapshot in
      (
        try snapshot.all(Counters.notes) { $0.text(0) }, try snapshot.events(after: 0, limit: .max),
        try snapshot.first(Counters.used, ["notes"]) { $0.int(0) },
        try snapshot.all(SQL("test.integrity", "SELECT * FROM pragma_integrity_check")) { $0.text(0) }
      )
    }
    await database.close()
    #expect(integrity == ["ok"])
    #expect(Set(notes).count == notes.count, "an effect twice")
    #expect(used == notes.count, "half of a request")
    #expect(events.map(\.event.aggregateID) == notes, "half of a request, or out of order")
    #expect(zip(events, 1...).allSatisfy { $0.position == $1 }, "a gap in the feed")
    return answered.subtracting(notes)
  }

  @Test(arguments: Soak.seeds(12))
  func `what was answered before a power cut is there after it, once, and nothing half is`(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let temporary = try TemporaryDatabase()
    let disk = PowerCutDisk()
    var answered: Set<String> = []
    for round in 0..<Self.cuts {
      let database = try Self.open(temporary, disk)
      if round == 0 { try await database.write { try $0.run(Counters.insert, ["notes", 1_000_000]) } }
      let limit = Int.random(in: 1...400, using: &random)
      answered.formUnion(await Self.writeUntilTheCut(round, database, disk, answersBefore: limit))
      await database.close()
      try disk.settle(&random)
      let lost = try await Self.lost(of: answered, in: temporary)
      #expect(lost.isEmpty, "seed \(seed), cut \(round)")
    }
  }

  /// The simulation has teeth: where sync is a lie, answers are lost.
  @Test func `a disk that lies about sync loses what was answered, or all`() async throws {
    var random = SeededGenerator(seed: 1)
    let temporary = try TemporaryDatabase()
    let disk = PowerCutDisk(honorsSync: false)
    try await Self.open(temporary, nil).close()
    let database = try Self.open(temporary, disk)
    _ = await Self.writeUntilTheCut(0, database, disk, answersBefore: 50)
    await database.close()
    try disk.settle(&random)
    do {
      let reopened = try Self.open(temporary, nil)
      do { #expect(try await reopened.notes().count < 50) } catch DatabaseError.corrupt {}
      await reopened.close()
    } catch DatabaseError.corrupt {
      // The file cannot even be read.
    }
  }
}

extension OutboxEvent {
  fileprivate static func noted(_ id: String) -> OutboxEvent {
    OutboxEvent(
      id: "evt_\(id)", type: "note.added", aggregateType: "note", aggregateID: id, time: Date(timeIntervalSince1970: 0), payload: [])
  }
}
