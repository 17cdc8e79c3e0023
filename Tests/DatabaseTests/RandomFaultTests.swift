import CSQLite
import Foundation
import StorageFaults
import Testing

@testable import Database

/// Random batches on a disk that fails at random: whatever the order, each answer is the truth about the file.
@Suite(.onSQLite) struct RandomFaultTests {
  private struct Refused: Error {}

  private enum Kind: CaseIterable {
    case plain, large, refused, brokenReference, swallowed
  }

  /// A request that notes its own id once, whatever else it tries.
  private static func request(_ id: String, _ kind: Kind) -> @Sendable (Transaction) throws -> Void {
    { transaction in
      let key = RequestKey(client: "till", method: "/test/Note", requestID: id)
      if try transaction.replay(of: key, bodyHash: []) != nil { return }
      if kind == .swallowed { _ = try? transaction.run(Counters.insertChild, ["nobody"]) }
      let bytes: SQLValue = kind == .large ? .blob([UInt8](repeating: 5, count: 200_000)) : nil
      try transaction.run(Counters.insertNote, [.text(id), bytes])
      if kind == .refused { throw Refused() }
      if kind == .brokenReference { try transaction.run(Counters.insertChild, ["nobody"]) }
      try transaction.record(key, bodyHash: [], reply: [], at: Date(timeIntervalSince1970: 0))
    }
  }

  @Test(arguments: Soak.seeds(12))
  func `every answer is the truth about the file`(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let temporary = try TemporaryDatabase()
    let disk = FaultDisk()
    let open: @Sendable () throws -> Database = {
      try temporary.open {
        $0.virtualFileSystem = disk.name
        $0.cacheKibibytes = 64
        $0.checkpointBytes = 64 * 1024
        $0.walLimitBytes = 256 * 1024
        $0.stopProcess = { _ in }
      }
    }
    var database = try open()
    var confirmed: Set<String> = []
    var denied: Set<String> = []

    for round in 0..<40 {
      if Bool.random(using: &random) {
        let operation: FaultDisk.Operation = Bool.random(using: &random) ? .write : .sync
        let code =
          operation == .sync ? FaultDisk.syncFailed : [SQLITE_FULL, FaultDisk.writeFailed].randomElement(using: &random)!
        disk.fail(operation, of: .log, with: code, passing: Int.random(in: 0..<80, using: &random))
      }
      var requests: [(id: String, body: @Sendable (Transaction) throws -> Void)] = []
      for number in 0..<Int.random(in: 1...8, using: &random) {
        let id = "\(round)-\(number)"
        requests.append((id, Self.request(id, Kind.allCases.randomElement(using: &random)!)))
      }
      do {
        for (request, result) in zip(requests, try await database.batch(requests.map(\.body))) {
          switch result.error {
          case nil: confirmed.insert(request.id)
          case DatabaseError.commitUnknown?, DatabaseError.closed?: break
          default: denied.insert(request.id)
          }
        }
      } catch DatabaseError.closed {
        // It stopped after two failed commits: start again, as a supervisor does, on a disk that has room again.
        await database.close()
        disk.repair()
        database = try open()
      }
    }
    disk.repair()
    await database.close()

    let reopened = try temporary.open()
    let notes = try await reopened.notes()
    #expect(Set(notes).count == notes.count, "an effect twice")
    #expect(confirmed.subtracting(notes) == [], "a confirmed effect is lost")
    #expect(denied.intersection(notes) == [], "a refused request left an effect")
    let recorded = try await reopened.read {
      try $0.all(SQL("test.recorded", "SELECT request_id FROM database_request")) { $0.text(0) }
    }
    #expect(Set(recorded) == Set(notes), "half of a request")
    #expect(!confirmed.isEmpty && !denied.isEmpty)
    await reopened.close()
  }
}
