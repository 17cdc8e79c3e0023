import Foundation
import Synchronization
import Testing

@testable import Database

/// Many callers on few rows, and on a disk that is being tidied.
@Suite struct ContentionTests {
  /// What the callers of one test tell each other.
  private final class Progress: Sendable {
    let answered = Atomic(0)
    let isDone = Atomic(false)
    let torn = Atomic(0)
  }

  private static func open(_ temporary: TemporaryDatabase) throws -> Database {
    try temporary.open {
      $0.writerCount = 4
      $0.writeTimeLimit = .seconds(300)
      $0.readTimeLimit = .seconds(300)
      $0.conflictRetryLimit = .max
      $0.checkpointBytes = 64 * 1024
      $0.walLimitBytes = 256 * 1024
    }
  }

  @Test(.onSQLite) func `ten thousand callers on one limit of a hundred get exactly a hundred`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try Self.open(temporary)
    try await database.write { try $0.run(Counters.insert, ["coupon", 100]) }
    let granted = try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<10_000 { group.addTask { try await database.write { try $0.exists(Counters.use, ["coupon"]) } } }
      return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(granted == 100)
    #expect(try await database.read { try $0.first(Counters.used, ["coupon"]) { $0.int(0) } } == 100)
    await database.close()
  }

  /// Ends only if the cold ones are served while the hot one is asked for without a pause.
  @Test func `cold keys are served while callers of a hot key fill the queue`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try Self.open(temporary)
    let (hot, cold) = (TestEngine.server == nil ? 500 : 50, 20)
    try await database.write { transaction in
      try transaction.run(Counters.insert, ["hot", 1_000_000])
      for number in 0..<cold { try transaction.run(Counters.insert, [.text("cold-\(number)"), 10]) }
    }
    let progress = Progress()
    let hotUses = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<hot {
        group.addTask {
          var uses = 0
          repeat {
            try await database.write { _ = try $0.exists(Counters.use, ["hot"]) }
            uses += 1
          } while !progress.isDone.load(ordering: .relaxed)
          return uses
        }
      }
      group.addTask {
        for number in 0..<cold { try await database.write { _ = try $0.exists(Counters.use, [.text("cold-\(number)")]) } }
        progress.isDone.store(true, ordering: .relaxed)
        return 0
      }
      return try await group.reduce(0, +)
    }
    let (hotUsed, coldUsed) = try await database.read { snapshot in
      (
        try snapshot.first(Counters.used, ["hot"]) { $0.int(0) },
        try (0..<cold).map { try snapshot.first(Counters.used, [.text("cold-\($0)")]) { $0.int(0) } }
      )
    }
    #expect(hotUsed == hotUses)
    #expect(coldUsed.allSatisfy { $0 == 1 })
    await database.close()
  }

  @Test(.onSQLite) func `readers during checkpoints each see one moment, and none before what was answered`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try Self.open(temporary)
    try await database.write { try $0.run(Counters.insert, ["notes", 1_000_000]) }
    let filling = SQLValue.blob([UInt8](repeating: 3, count: 8 * 1024))
    let progress = Progress()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        // Fifty times over the size at which a checkpoint begins.
        for number in 1...400 {
          try await database.write { transaction in
            try transaction.run(Counters.insertNote, [.text("\(number)"), filling])
            try transaction.run(Counters.use, ["notes"])
          }
          progress.answered.store(number, ordering: .sequentiallyConsistent)
        }
        progress.isDone.store(true, ordering: .relaxed)
      }
      for _ in 0..<4 {
        group.addTask {
          while !progress.isDone.load(ordering: .relaxed) {
            let before = progress.answered.load(ordering: .sequentiallyConsistent)
            let (notes, used) = try await database.read { snapshot in
              (try snapshot.all(Counters.notes) { $0.text(0) }.count, try snapshot.first(Counters.used, ["notes"]) { $0.int(0) } ?? 0)
            }
            if notes != used || notes < before { progress.torn.add(1, ordering: .relaxed) }
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(progress.torn.load(ordering: .relaxed) == 0)
    #expect(try await database.notes().count == 400)
    await database.close()
  }
}
