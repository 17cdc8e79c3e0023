import Database
import Foundation
import Loyalty
import PatronAPI
import RPC
import ServiceKit
import Testing

@testable import Tally

/// Power cuts at both ends of an event feed: loyalty, which publishes, and a service that tallies what it sees.
@Suite(.serialized) struct FeedKillTests {
  @Test func `either end may be killed at any moment, and each event takes effect exactly once and in order`() async throws {
    let seed = UInt64.random(in: .min ... .max)
    print("FeedKillTests seed \(seed)")
    try await FeedPair.with { pair in
      var random = SplitMix64(seed: seed)
      let writing = Task { try await pair.write(upTo: .max, seed: seed) }
      for point in ["feed.before-commit", "feed.after-commit"] {
        await pair.tally.stop()
        try await pair.tally.start(["--fault-point", "\(point):\(Int.random(in: 2...6, using: &random))"])
        await pair.tally.waitForExit()
        try await pair.tally.start()
      }
      for _ in 0..<8 {
        try await Task.sleep(for: .milliseconds(Int.random(in: 5...400, using: &random)))
        let victims = [[pair.tally], [pair.loyalty], [pair.tally, pair.loyalty]].randomElement(using: &random)!
        for victim in victims { await victim.kill() }
        for victim in victims { try await victim.start() }
      }
      writing.cancel()
      let written = try await writing.value
      let published = try await pair.published()
      #expect(published.count >= written, "seed \(seed)")
      try await pair.expect(published, "seed \(seed)") { try await pair.seen() }
    }
  }

  @Test func `an operator finds what is parked, retries it, and makes the state anew after a restore`() async throws {
    try await FeedPair.with { pair in
      _ = try await pair.write(upTo: 10, seed: 1)
      try await pair.expect(true) { try await pair.seen().count == pair.published().count }
      let backup = pair.folder.appendingPathComponent("backup.sqlite").path
      #expect(try await pair.loyalty.command(["backup", "--to", backup]).status == 0)

      let member = FeedPair.member(0)
      try await pair.refuse(member, true)
      _ = try await pair.write(upTo: 20, seed: 2)
      try await pair.expect(true) {
        try await pair.tally.command(["feed", "parked", "--feed", "loyalty"]).output.contains("member/\(member): ")
      }
      try await pair.expect(true) { try await pair.tally.command(["feed", "status"]).output.contains("events parked") }
      let retry = ["feed", "retry", "--feed", "loyalty", "--aggregate", "member/\(member)"]
      let refused = try await pair.tally.command(retry)
      #expect(refused.status == 1 && refused.output.contains("Refused"), "\(refused.output)")
      try await pair.refuse(member, false)
      // While the consumer runs; what it parks meanwhile takes another retry.
      try await pair.expect(true) {
        _ = try await pair.tally.command(retry)
        return try await pair.seen().sorted() == pair.published().sorted()
      }
      let unknown = try await pair.tally.command(["feed", "parked", "--feed", "campaign"])
      #expect(unknown.status == 1 && unknown.output.contains("it follows loyalty"), "\(unknown.output)")
      #expect(try await pair.loyalty.command(["feed", "consumers"]).output.contains("tally tally: "))

      await pair.loyalty.stop()
      #expect(try await pair.loyalty.command(["restore", "--from", backup, "--replace"]).status == 0)
      try await pair.loyalty.start()
      let stopped = "event_feed_state{feed=\"loyalty\",state=\"stopped_epoch_changed\"} 1"
      try await pair.expect(true) { try await AdminRequest.get("/metrics", at: pair.tally.admin).contains(stopped) }
      #expect(try await pair.tally.command(["feed", "resync", "--feed", "loyalty"]).status == 0)
      _ = try await pair.write(upTo: 5, seed: 3)
      try await pair.expect(true) { try await pair.seen() == pair.published() }
    }
  }
}

/// Loyalty and the tally of its feed, as processes over one temporary folder, with signed callers.
private final class FeedPair: Sendable {
  let folder: URL
  let loyalty: FeedProcess
  let tally: FeedProcess
  private let signer: CallerSigner

  private static let members = 5
  private static let patience: Duration = .seconds(300)

  static func with(_ body: (FeedPair) async throws -> Void) async throws {
    let pair = try await FeedPair()
    do {
      try await body(pair)
    } catch {
      print("FeedKillTests failed: \(error)\n── loyalty\n\(await pair.loyalty.log)\n── tally\n\(await pair.tally.log)")
      await pair.stop()
      throw error
    }
    await pair.stop()
  }

  private init() async throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("patron-feed-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let keys = folder.appendingPathComponent("caller-keys.json").path
    signer = CallerSigner(ring: try KeyRing.loadOrCreate(keys), clock: SystemClock())
    loyalty = FeedProcess("loyalty", in: folder, ["--caller-keys-file", keys])
    try await loyalty.start()
    tally = FeedProcess("tally", in: folder, ["--caller-keys-file", keys, "--source-address", await loyalty.rpc])
    try await tally.start()
  }

  private func stop() async {
    await tally.stop()
    await loyalty.stop()
    try? FileManager.default.removeItem(at: folder)
  }

  static func member(_ number: Int) -> String { "mem_feed\(number)" }

  /// Adjusts points of some members, `count` times or until it is cancelled, each until it is answered. How many were.
  func write(upTo count: Int, seed: UInt64) async throws -> Int {
    let channel = try SystemChannel.open(await loyalty.rpc)
    let client = LoyaltyV1.LoyaltyServiceClient(channel: channel)
    var written = 0
    while written < count, !Task.isCancelled {
      let request = LoyaltyV1.AdjustPointsRequest(
        requestID: "\(seed)-\(written)", memberID: Self.member(written % Self.members), points: 1, reason: "test")
      while true {
        do {
          var options = signer.options(for: Caller(clientID: "cli_test", scopes: [Scope.loyaltyWrite.rawValue]), to: "loyalty")
          options.timeout = .seconds(20)
          _ = try await client.adjustPoints(request, options: options)
          written += 1
          break
        } catch let error as RPCError {
          if Task.isCancelled { break }
          guard [.unavailable, .deadlineExceeded].contains(error.code) else { throw error }
          try? await Task.sleep(for: .milliseconds(20))
        }
      }
    }
    await channel.close()
    return written
  }

  // MARK: What stands in the databases

  /// The ids of all events, as loyalty's own file has them.
  func published() async throws -> [String] {
    try await looking(at: loyalty, LoyaltyApp.migrations) { database in
      var ids: [String] = []
      var position: Int64 = 0
      while case let page = try await database.events(after: position, limit: 1_000), let last = page.last {
        ids += page.map(\.event.id)
        position = last.position
      }
      return ids
    }
  }

  func seen() async throws -> [String] {
    try await looking(at: tally, TallyApp.migrations) { try await $0.read { try Tally.seen($0) } }
  }

  func refuse(_ memberID: String, _ isRefused: Bool) async throws {
    try await looking(at: tally, TallyApp.migrations) { database in
      try await database.write { try Tally.refuse(memberID, isRefused, $0) }
    }
  }

  /// As a command does, beside the process that serves.
  private func looking<Answer>(
    at process: FeedProcess, _ migrations: [Migration], _ work: (Database) async throws -> Answer
  ) async throws -> Answer {
    let database = try Database.openExisting(DatabaseConfiguration(path: process.databasePath), migrations: migrations)
    do {
      let answer = try await work(database)
      await database.close()
      return answer
    } catch {
      await database.close()
      throw error
    }
  }

  func expect<Value: Equatable>(
    _ value: Value, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation, _ read: () async throws -> Value
  ) async throws {
    let deadline = ContinuousClock.now + Self.patience
    var last = try await read()
    while last != value, ContinuousClock.now < deadline {
      try await Task.sleep(for: .milliseconds(100))
      last = try await read()
    }
    #expect(last == value, comment, sourceLocation: sourceLocation)
  }
}

/// A service's process, on the ports that it got at its first start.
private actor FeedProcess {
  nonisolated let databasePath: String
  private let name: String
  private let folder: URL
  private let arguments: [String]
  private let host = "127.\(Int.random(in: 1...254)).\(Int.random(in: 0...255)).\(Int.random(in: 1...254))"
  private var process = Process()
  private(set) var rpc: String
  private(set) var admin: String

  init(_ name: String, in folder: URL, _ arguments: [String]) {
    self.name = name
    self.folder = folder
    databasePath = folder.appendingPathComponent("\(name).sqlite").path
    self.arguments = ["--database", databasePath] + arguments
    rpc = host + ":0"
    admin = host + ":0"
  }

  func start(_ more: [String] = []) async throws {
    let ready = folder.appendingPathComponent("\(name).ready").path
    try? FileManager.default.removeItem(atPath: ready)
    process = Process()
    process.executableURL = ServiceCluster.executable(name)
    process.arguments =
      arguments + ["--listen-address", rpc, "--admin-address", admin, "--ready-file", ready, "--exit-with-parent", "true"] + more
    let logPath = folder.appendingPathComponent("\(name).log").path
    if !FileManager.default.fileExists(atPath: logPath) { _ = FileManager.default.createFile(atPath: logPath, contents: nil) }
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: logPath))
    try handle.seekToEnd()
    process.standardOutput = handle
    process.standardError = handle
    try process.run()
    let deadline = ContinuousClock.now + .seconds(120)
    while ContinuousClock.now < deadline {
      if let file = ReadyFile(contentsOf: ready) {
        (rpc, admin) = (file.rpc, file.admin)
        return
      }
      // One that a fault point has killed already was ready a moment ago, or its log says why not.
      guard process.isRunning else { break }
      try await Task.sleep(for: .milliseconds(20))
    }
    throw ServiceCluster.StartFailure(description: "\(name) did not become ready:\n\(log)")
  }

  func kill() async {
    Foundation.kill(process.processIdentifier, SIGKILL)
    await waitForExit()
  }

  func stop() async {
    if process.isRunning { process.terminate() }
    await waitForExit()
  }

  func waitForExit() async {
    while process.isRunning { try? await Task.sleep(for: .milliseconds(20)) }
  }

  /// Runs a command of the service with its configuration, whether it serves or not.
  func command(_ words: [String]) async throws -> (status: Int32, output: String) {
    try await ServiceCluster.run(name, words + arguments)
  }

  var log: String { String(((try? String(contentsOf: folder.appendingPathComponent("\(name).log"), encoding: .utf8)) ?? "").suffix(4_000)) }
}
