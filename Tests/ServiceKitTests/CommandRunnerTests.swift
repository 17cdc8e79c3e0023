import Database
import Dispatch
import PatronAPI
import RPC
import ServiceTesting
import Synchronization
import Testing

@testable import ServiceKit

/// Once for each (client, method, request id), whatever the caller does.
@Suite struct CommandRunnerTests {
  private static let replaceCard = IdentityV1.IdentityServiceMethods.replaceCard
  private let ring = KeyRing(keyID: "k1", secret: Array(repeating: 7, count: 32))

  private func start() async throws -> TestService<SampleApp> {
    try await TestService<SampleApp>.start(keyRing: ring)
  }

  private func call(
    _ sample: TestService<SampleApp>, _ requestID: String, _ memberID: String = "mem_1", client: String = "cli_1"
  ) async throws -> [UInt8] {
    try await sample.channel.unary(
      Self.replaceCard, request: IdentityV1.ReplaceCardRequest(requestID: requestID, memberID: memberID).encoded(),
      options: sample.options(as: Caller(clientID: client, scopes: []))
    ).message
  }

  private func rows(_ sample: TestService<SampleApp>) async throws -> Int {
    try await sample.database.read { snapshot in
      try snapshot.first(SQL("sample.count-cards", "SELECT COUNT(*) FROM card")) { $0.int(0) } ?? -1
    }
  }

  @Test func aHundredDuplicatesAtOnceHaveOneEffectAndIdenticalReplies() async throws {
    let sample = try await start()
    let replies = try await withThrowingTaskGroup(of: [UInt8].self) { group in
      for _ in 0..<100 { group.addTask { try await call(sample, "r1") } }
      return try await group.reduce(into: [[UInt8]]()) { $0.append($1) }
    }
    #expect(replies.count == 100)
    #expect(Set(replies).count == 1)
    #expect(try await rows(sample) == 1)
    await sample.stop()
  }

  @Test func aReplayIsByteForByteAfterARestartToo() async throws {
    let sample = try await start()
    let first = try await call(sample, "r1")
    try await sample.restart()
    #expect(try await call(sample, "r1") == first)
    #expect(try await rows(sample) == 1)
    await sample.stop()
  }

  @Test func anIDUsedAgainForAnotherBodyIsRefusedAndChangesNothing() async throws {
    let sample = try await start()
    let first = try await call(sample, "r1", "mem_1")
    let error = await #expect(throws: RPCError.self) { try await call(sample, "r1", "mem_2") }
    #expect(error?.code == .alreadyExists)
    #expect(error?.reason == "REQUEST_ID_REUSED")
    #expect(try await rows(sample) == 1)
    #expect(try await call(sample, "r1", "mem_1") == first)
    await sample.stop()
  }

  @Test func twoClientsMayUseTheSameID() async throws {
    let sample = try await start()
    let first = try await call(sample, "r1", client: "cli_1")
    let second = try await call(sample, "r1", client: "cli_2")
    #expect(first != second)
    #expect(try await rows(sample) == 2)
    await sample.stop()
  }

  /// Where one thread writes, the rows tell in which order it did.
  @Test(.enabled(if: TestEngine.isSQLite)) func aClientWaitsForOneWriteOfEachOtherAndNotForAllOfOne() async throws {
    let sample = try await start()
    let isHeld = Mutex(false)
    let gate = DispatchSemaphore(value: 0)
    let holder = Task {
      try await sample.database.write { _ in
        isHeld.withLock { $0 = true }
        // Tests run each write twice.
        gate.wait()
        gate.signal()
      }
    }
    while !isHeld.withLock(\.self) { await Task.yield() }
    var calls: [Task<[UInt8], any Error>] = []
    for (client, member) in [("cli_1", "mem_1"), ("cli_1", "mem_2"), ("cli_1", "mem_3"), ("cli_2", "mem_4")] {
      calls.append(Task { try await call(sample, "r" + member, member, client: client) })
      while sample.database.queuedWrites < calls.count { await Task.yield() }
    }
    gate.signal()
    try await holder.value
    for call in calls { _ = try await call.value }
    let order = try await sample.database.read { snapshot in
      try snapshot.all(SQL("sample.list-cards", "SELECT member_id FROM card ORDER BY rowid")) { $0.text(0) }
    }
    #expect(order == ["mem_1", "mem_4", "mem_2", "mem_3"])
    await sample.stop()
  }

  @Test func aRefusalLeavesNoRowSoARetryMaySucceed() async throws {
    let sample = try await start()
    for memberID in ["refused", "refused late"] {
      let error = await #expect(throws: RPCError.self) { try await call(sample, "r1", memberID) }
      #expect(error?.reason == "NOT_NOW")
    }
    #expect(try await rows(sample) == 0)
    // The same id, and even another body: the refused request was never recorded.
    _ = try await call(sample, "r1", "mem_1")
    #expect(try await rows(sample) == 1)
    await sample.stop()
  }

  @Test(arguments: [
    ("", "REQUEST_ID_REQUIRED"), (String(repeating: "x", count: 65), "REQUEST_ID_TOO_LONG"),
    (String(repeating: "é", count: 33), "REQUEST_ID_TOO_LONG"),
  ])
  func aRequestIDIsOneToSixtyFourBytes(requestID: String, reason: String) async throws {
    let sample = try await start()
    let error = await #expect(throws: RPCError.self) { try await call(sample, requestID) }
    #expect(error?.code == .invalidArgument)
    #expect(error?.reason == reason)
    _ = try await call(sample, String(repeating: "x", count: 64))
    await sample.stop()
  }

  @Test func aFullDiskIsAnsweredWithItsReasonAndLeavesNothingOfTheRequest() async throws {
    let sample = try await TestService<SampleApp>.start(keyRing: ring) { $0.maximumPageCount = 64 }
    let memberID = String(repeating: "m", count: 2_000)
    var replies: [[UInt8]] = []
    var refusal: RPCError?
    while refusal == nil && replies.count < 1_000 {
      do {
        replies.append(try await call(sample, "r\(replies.count)", memberID))
      } catch {
        refusal = error as? RPCError
      }
    }
    #expect(refusal?.code == .resourceExhausted)
    #expect(refusal?.reason == "STORAGE_FULL")
    #expect(try await rows(sample) == replies.count)
    #expect(try await call(sample, "r0", memberID) == replies[0])
    await sample.stop()
  }

  @Test func theBodyHashIsKeyedByTheDatabaseAndByTheMethod() async throws {
    let first = try await start()
    let second = try await start()
    let request = IdentityV1.ReplaceCardRequest(requestID: "r1", memberID: "mem_1")
    let hash = BodyHash(database: first.database)
    #expect(hash(request, method: "/a") == hash(IdentityV1.ReplaceCardRequest(requestID: "r2", memberID: "mem_1"), method: "/a"))
    #expect(hash(request, method: "/a") != hash(request, method: "/b"))
    #expect(hash(request, method: "/a") != BodyHash(database: second.database)(request, method: "/a"))
    await first.stop()
    await second.stop()
  }
}
