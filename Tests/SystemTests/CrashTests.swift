import Database
import Foundation
import GoogleProto
import Loyalty
import PatronAPI
import RPC
import RPCTransport
import ServiceKit
import Synchronization
import Testing

/// `make crash`: loyalty is killed again and again while many write. After each restart every acknowledged write is there once, nothing half is,
/// the feed goes on from its cursor without a gap or a repeat, `verify` passes, and the archive of its log restores any moment.
///
/// PATRON_CRASH_RUNS and PATRON_CRASH_SEED change how long it takes and what it does; without them a few runs, of a seed that is printed.
@Suite(.serialized) struct CrashTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let runs = environment["PATRON_CRASH_RUNS"].flatMap { Int($0) } ?? 8
  private static let seed = environment["PATRON_CRASH_SEED"].flatMap { UInt64($0) } ?? .random(in: .min ... .max)

  /// Within as many answers any step comes often enough.
  private static let answersToPoint = 50_000

  private static let arguments = [
    "--wal-archive-interval", "100ms", "--wal-archive-base-interval", "60s", "--log-level", "error",
  ]

  @Test func `after every kill each acknowledged write is there once and nothing half is`() async throws {
    print("CrashTests seed \(Self.seed), \(Self.runs) runs")
    var random = SplitMix64(seed: Self.seed)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("patron-crash-archive-\(UUID().uuidString)").path
    let loyalty = try ServiceProcess("loyalty", arguments: Self.arguments + ["--wal-archive", folder])
    let driver = CrashDriver(mark: "crash-\(String(Self.seed, radix: 36))")
    let feed = CrashFeed()
    try await makeFirstBase(loyalty, folder)
    for run in 0..<Self.runs {
      let comment = "seed \(Self.seed), run \(run)"
      // At a named step of the archiver, or after any number of answers.
      let steps = [ArchiveStep.pieceWritten, .pieceNamed]
      let point = Int.random(in: 0..<3, using: &random) == 0 ? steps.randomElement(using: &random)!.faultPoint : nil
      let pass = Int.random(in: 3...12, using: &random)
      let process = try loyalty.start(point.map { "\($0):\(pass)" })
      guard let address = try await loyalty.address(of: process) else {
        #expect(point != nil, "\(comment): \(loyalty.output)")
        continue
      }
      let channel = try SystemChannel.open(address)
      let client = LoyaltyV1.LoyaltyServiceClient(channel: channel)
      let limit = Int.random(in: 1...200, using: &random)
      // Whatever it does, it may be killed: what was not acknowledged is settled after the next start.
      do {
        try await driver.settle(client, seed: random.next())
        try await driver.expectBalances(client, comment)
        try await feed.follow(
          EventsV1.EventFeedServiceClient(channel: channel), until: Set(driver.all.values.compactMap(\.entryID)), comment)
      } catch {
        #expect(point != nil, "\(comment): \(error)")
      }
      await driver.writeUntilGone(client, seed: random.next()) { answers in
        guard answers == (point == nil ? limit : Self.answersToPoint) else { return }
        #expect(point == nil, "\(comment): the step was not reached")
        kill(process.processIdentifier, SIGKILL)
      }
      #expect(await loyalty.end(of: process) == -SIGKILL, "\(comment): \(loyalty.output)")
      await channel.close()
      if run % 4 == 3 { try await loyalty.expectNoDifferences(comment) }
    }
    try await expectCalm(loyalty, driver, feed)
    for _ in 0..<min(8, Self.runs) { try await expectMoment(loyalty, folder, driver, using: &random) }
    #expect(driver.acknowledgedCount > Self.runs)
    loyalty.remove()
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// A first start, which ends when the archive has a base: moments before that cannot be restored.
  private func makeFirstBase(_ loyalty: ServiceProcess, _ archive: String) async throws {
    let process = try loyalty.start()
    _ = try await loyalty.address(of: process)
    while process.isRunning, !FileManager.default.fileExists(atPath: archive + "/chain-000001/base-000001.json") {
      try await Task.sleep(for: .milliseconds(20))
    }
    process.terminate()
    #expect(await loyalty.end(of: process) == 0, "\(loyalty.output)")
  }

  /// A last start, which is not killed.
  private func expectCalm(_ loyalty: ServiceProcess, _ driver: CrashDriver, _ feed: CrashFeed) async throws {
    let process = try loyalty.start()
    let address = try #require(try await loyalty.address(of: process), "\(loyalty.output)")
    let channel = try SystemChannel.open(address)
    let client = LoyaltyV1.LoyaltyServiceClient(channel: channel)
    try await driver.settle(client, seed: 0)
    try await driver.expectBalances(client, "seed \(Self.seed), at the end")
    try await feed.follow(
      EventsV1.EventFeedServiceClient(channel: channel), until: Set(driver.all.values.compactMap(\.entryID)),
      "seed \(Self.seed), at the end")
    process.terminate()
    #expect(await loyalty.end(of: process) == 0, "\(loyalty.output)")
    await channel.close()
    try await loyalty.expectNoDifferences("seed \(Self.seed), at the end")
  }

  /// The database as it was at a random moment has what was acknowledged by then and nothing that was asked later.
  private func expectMoment(
    _ loyalty: ServiceProcess, _ archive: String, _ driver: CrashDriver, using random: inout SplitMix64
  ) async throws {
    guard let write = driver.all.values.filter({ $0.acknowledgedTime != nil }).randomElement(using: &random) else { return }
    // As the command line writes it, which is to the millisecond.
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    let text = write.acknowledgedTime!.addingTimeInterval(0.001).formatted(style)
    let time = try style.parse(text)
    let path = loyalty.folder.appendingPathComponent("restored.sqlite").path
    let restore = try await ServiceCluster.run("loyalty", ["restore", "--from", archive, "--at", text, "--database", path, "--replace"])
    #expect(restore.status == 0, "seed \(Self.seed), \(text): \(restore.output)")
    guard restore.status == 0 else { return }
    try await loyalty.expectNoDifferences("seed \(Self.seed), \(text)", of: path)
    let database = try Database.openExisting(DatabaseConfiguration(path: path), migrations: LoyaltyApp.migrations)
    let there = Set(try await database.read { try $0.all(Self.requests) { $0.text(0) } })
    await database.close()
    for (requestID, write) in driver.all {
      if let acknowledged = write.acknowledgedTime, acknowledged <= time {
        #expect(there.contains(requestID), "seed \(Self.seed), \(text)")
      }
      if write.askedTime > time { #expect(!there.contains(requestID), "seed \(Self.seed), \(text)") }
    }
  }

  private static let requests = SQL("test.requests", "SELECT request_id FROM database_request")
}
