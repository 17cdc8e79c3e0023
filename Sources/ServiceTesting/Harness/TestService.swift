public import Database
import Foundation
import Logging
import Metrics
public import RPC
import RPCTransport
public import ServiceKit
import Synchronization

/// A service for tests, whole but for the socket: its own App, handlers and interceptors, a real database of its own (`TestDatabase`),
/// calls through the in-process transport (the same bytes), a clock that stands still and ids that count.
///
///     let loyalty = try await TestService<LoyaltyApp>.start()
///     let client = LoyaltyV1.LoyaltyServiceClient(channel: loyalty.channel)
///     …
///     await loyalty.stop()
///
/// Every write closure runs twice, the first run rolled back. Several services may run in one process: a gateway's test starts
/// the four others and hands their channels to the gateway's `start`.
public final class TestService<App: PatronService>: Sendable {
  /// Calls the service; it outlives `restart`, after which it reaches the new one.
  public let channel: any RPCChannel
  public let clock: ManualClock
  public let ids: any IDGenerator
  /// Removed by `stop`.
  public let folder: TemporaryFolder
  private let testDatabase: TestDatabase
  /// By the keys of the configuration, where they are on a server; files stand beside the service's own by themselves.
  private let companions: [String: TestDatabase]
  /// Everything the service has logged, at every level.
  public let logs: LogRecorder

  private let setup: Setup
  private let state: Mutex<State>
  private let forwarding: ForwardingChannel

  private struct Setup: Sendable {
    var values: [String: String]
    var random: any RandomSource
    var keyRing: KeyRing?
    var channels: [String: any RPCChannel]
    var runsBackgroundWork: Bool
    var adjustDatabase: @Sendable (inout DatabaseConfiguration) -> Void
  }

  /// running ⇄ stopped.
  private enum State {
    case running(ServiceAssembly<App>, background: Task<Void, any Error>?)
    case stopped
  }

  /// Starts a service.
  ///
  /// - Parameters:
  ///   - values: Keys of the configuration, such as `["hold-lifetime": "60s"]`.
  ///   - keyRing: Nil takes every caller for local development; a ring believes only callers signed by it (see `options(as:)`).
  ///   - channels: The other services that it calls, by name.
  ///   - runsBackgroundWork: Whether `App.run`, and what runs beside it, runs. It then races with the test, so off unless it is what is tested.
  public static func start(
    _ values: [String: String] = [:], clock: ManualClock = ManualClock(), ids: any IDGenerator = SequentialIDs(),
    random: any RandomSource = SeededRandomSource(), keyRing: KeyRing? = nil, channels: [String: any RPCChannel] = [:],
    runsBackgroundWork: Bool = false,
    adjustDatabase: @escaping @Sendable (inout DatabaseConfiguration) -> Void = { _ in }
  ) async throws -> TestService {
    let setup = Setup(
      values: values, random: random, keyRing: keyRing, channels: channels, runsBackgroundWork: runsBackgroundWork,
      adjustDatabase: adjustDatabase)
    let folder = try TemporaryFolder(App.name)
    let database = try TestDatabase(App.name, in: folder)
    var companions: [String: TestDatabase] = [:]
    if !TestEngine.isSQLite {
      for companion in App.companions where setup.values["\(companion.name)-database"] == nil {
        companions["\(companion.name)-database"] = try TestDatabase("\(App.name)_\(companion.name)", in: folder, liesApart: true)
      }
    }
    let service = TestService(setup: setup, clock: clock, ids: ids, folder: folder, database: database, companions: companions)
    try await service.run()
    return service
  }

  /// Another replica on this one's database, with its clock and its ids. Stopped before this one is.
  public func startReplica(_ number: Int) async throws -> TestService {
    try await TestService.start(
      ownValues, clock: clock, ids: ids, random: SeededRandomSource(seed: UInt64(number) + 1), keyRing: setup.keyRing,
      adjustDatabase: setup.adjustDatabase)
  }

  /// Hands `body` so many replicas, this one the first, and stops them, also when `body` throws.
  public func withReplicas(_ count: Int, _ body: ([TestService]) async throws -> Void) async throws {
    var replicas = [self]
    var failure: (any Error)?
    do {
      for number in 1..<count { replicas.append(try await startReplica(number)) }
      try await body(replicas)
    } catch {
      failure = error
    }
    for replica in replicas.reversed() { await replica.stop() }
    if let failure { throw failure }
  }

  /// For `adjustDatabase`, where many write the same rows at once: each write runs once, and again as often as others come first.
  public static var underLoad: @Sendable (inout DatabaseConfiguration) -> Void {
    { configuration in
      configuration.runsEveryWriteTwice = false
      configuration.conflictRetryLimit = .max
    }
  }

  private init(
    setup: Setup, clock: ManualClock, ids: any IDGenerator, folder: TemporaryFolder, database: TestDatabase,
    companions: [String: TestDatabase]
  ) {
    self.setup = setup
    self.clock = clock
    self.ids = ids
    self.folder = folder
    self.testDatabase = database
    self.companions = companions
    self.logs = LogRecorder()
    self.state = Mutex(.stopped)
    self.forwarding = ForwardingChannel()
    self.channel = forwarding
  }

  // MARK: What a test looks into

  /// The service's own value. A test may call its `verify`.
  public var app: App { running.app }

  /// The service's database, for a test that looks at rows or breaks one.
  public var database: Database { running.environment.database }

  public var environment: ServiceEnvironment { running.environment }

  /// The path of the SQLite file, for a test of a service that has one.
  public var databasePath: String {
    guard let path = testDatabase.location.filePath else { preconditionFailure("\(App.name) is on a server") }
    return path
  }

  /// Where the database lives, as the configuration's key has it.
  public var databaseText: String { testDatabase.text }

  /// Where its databases and files are.
  private var ownValues: [String: String] {
    companions.mapValues(\.text).merging(["database": databaseText, "data-folder": folder.path]) { _, own in own }
  }

  /// Options that sign `caller` with the service's key ring.
  public func options(as caller: Caller) -> CallOptions {
    CallerSigner(ring: setup.keyRing, clock: clock).options(for: caller, to: App.name)
  }

  private var running: ServiceAssembly<App> {
    state.withLock { state in
      guard case .running(let assembly, _) = state else { preconditionFailure("\(App.name) is stopped") }
      return assembly
    }
  }

  // MARK: Its life

  /// Stops and starts again on the same files, as after a crash of the machine: what was answered must still hold. `meanwhile` may do to the
  /// files what befalls them when nobody serves.
  public func restart(_ meanwhile: () async throws -> Void = {}) async throws {
    await halt()
    try await meanwhile()
    try await run()
  }

  /// Stops and removes the files.
  public func stop() async {
    await halt()
    testDatabase.remove()
    for companion in companions.values { companion.remove() }
    folder.remove()
  }

  private func run() async throws {
    var values = ["listen-address": "127.0.0.1:0", "admin-address": "127.0.0.1:0"]
    if App.ownsDatabase { values.merge(ownValues) { _, own in own } }
    values.merge(setup.values) { _, given in given }
    let channels = setup.channels
    let adjustDatabase = setup.adjustDatabase
    let assembly = try await ServiceAssembly<App>(
      config: LoadedConfig<App>(values: values),
      outside: ServiceAssembly<App>.Outside(
        logger: logs.logger(App.name), metrics: NOOPMetricsHandler.instance, clock: clock, ids: ids, random: setup.random,
        keyRing: setup.keyRing,
        openChannel: { service, _ in
          guard let channel = channels[service] else { throw MissingChannel(service: service) }
          return channel
        },
        adjustDatabase: { configuration in
          configuration.runsEveryWriteTwice = true
          // Many tests at once on few cores: a test is about what is done, not about how soon.
          configuration.writeTimeLimit = .seconds(300)
          configuration.readTimeLimit = .seconds(300)
          configuration.connectTimeout = .seconds(300)
          configuration.writerCount = 3
          configuration.readerCount = 2
          adjustDatabase(&configuration)
        }))
    var server = RPCServerConfiguration()
    server.messageArrivalTimeout = .seconds(600)
    forwarding.forward(
      to: InProcessChannel(services: assembly.services, interceptors: assembly.interceptors, configuration: server))
    assembly.beginServing()
    let background = setup.runsBackgroundWork ? Task { try await assembly.runInBackground() } : nil
    state.withLock { $0 = .running(assembly, background: background) }
  }

  private func halt() async {
    let previous = state.withLock { state in
      defer { state = .stopped }
      return state
    }
    guard case .running(let assembly, let background) = previous else { return }
    await forwarding.disconnect()
    background?.cancel()
    _ = await background?.result
    await assembly.databases?.close()
  }
}

/// A service asked for the channel of another that the test did not hand in.
public struct MissingChannel: Error {
  public let service: String
}
