import Database
import Foundation
import Logging
import Metrics
import PatronAPI
import RPC
import RPCTransport
import ServiceLifecycle

/// What the subcommands of a service do, once the configuration is read.
struct ServiceRunner<App: PatronService>: Sendable {
  let config: LoadedConfig<App>

  /// Shared by the server and the channels to other services, so that a call from a handler stays on its thread.
  private let eventLoops: EventLoops
  private let openChannels = OpenChannels()

  init(config: LoadedConfig<App>) {
    self.config = config
    self.eventLoops = config.common.eventLoops == 0 ? .shared : EventLoops(count: config.common.eventLoops)
  }

  // MARK: Serving

  /// Serves until a signal, then drains: health says NOT_SERVING, connections are told to go, calls in flight finish within
  /// `drain-timeout`, background work ends, the database is checkpointed and closed.
  func serve() async throws {
    // Whoever reads standard output may go first; that must not end a service that is draining.
    signal(SIGPIPE, SIG_IGN)
    let registry = MetricsRegistry()
    let logger = bootstrap(registry)
    defer { LogSink.standardOutput.flush() }
    let clock = SystemClock()
    let pages = AdminPages(registry: registry, clock: clock)
    let assembly = try await ServiceAssembly<App>(config: config, outside: try outside(logger, registry, clock))
    do {
      try await serve(assembly, pages: pages, logger: logger)
    } catch {
      await assembly.databases?.close()
      throw error
    }
    await assembly.databases?.close()
    logger.info("stopped")
  }

  private func serve(_ assembly: ServiceAssembly<App>, pages: AdminPages, logger: Logger) async throws {
    let common = config.common
    if common.tls == nil {
      logger.warning("INSECURE: local development", metadata: ["listen": "\(common.listenAddress)", "tls": "none"])
    }
    let server = RPCServer(
      configuration: serverConfiguration(logger), services: assembly.services, interceptors: assembly.interceptors)
    let openChannels = self.openChannels
    let admin = AdminServer(host: common.adminAddress.host, port: common.adminAddress.port) { path in
      if path == "/connections" {
        return AdminServer.Response(
          ConnectionsPage(connections: await server.connections(), channels: await openChannels.reports()).text)
      }
      let page = pages.page(at: path)
      return AdminServer.Response(status: page.status, contentType: page.contentType, page.body)
    }
    let stop = await StopSignals(exitsWithParent: common.exitWithParent, logger: logger)
    let adminAddress = try await admin.start()
    let address = try await server.start()
    assembly.beginServing()
    pages.set(isReady: true)
    if !common.readyFile.isEmpty {
      try ReadyFile(rpc: "\(address)", admin: "\(adminAddress)", pid: getpid()).write(to: common.readyFile)
    }
    logger.info("serving", metadata: ["rpc": "\(address)", "admin": "\(adminAddress)", "pid": "\(getpid())"])

    // Told to stop in reverse: calls first, then the background work that they may wait for, the admin port last.
    let parts: [any Service] = [
      StoppedInTurn { await admin.stop() },
      BackgroundWork { try await assembly.runInBackground() },
      StoppedInTurn {
        logger.info("draining")
        pages.set(isReady: false)
        assembly.health.shutDown()
        await server.drain(timeout: common.drainTimeout)
      },
    ]
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: parts.map {
          ServiceGroupConfiguration.ServiceConfiguration(
            service: $0, successTerminationBehavior: .ignore, failureTerminationBehavior: .gracefullyShutdownGroup)
        },
        logger: Logger(label: "lifecycle") { _ in SwiftLogNoOpLogHandler() }))
    try await stop.run(group)
  }

  // MARK: Storage

  /// Brings the database to this binary's schema; makes it when missing.
  func migrate() async throws {
    await (try ServiceDatabases.open(for: App.self, config.common, for: .serving)).close()
  }

  /// Copies the database as it is, whatever its schema: a backup comes before a migration. Its companions come after it, so that they have
  /// whatever a row of the main one needs.
  func backup(to path: String) async throws {
    try requireDatabase()
    let file = try config.common.databaseFile(for: "backup")
    try await Database.backup(of: file, to: path)
    for (companion, there) in companionsBeside(file) {
      try await Database.backup(of: there, to: companion.path(beside: path))
    }
  }

  /// Names the migrations that `migrate` would apply, having applied them to nothing that stays.
  func rehearseMigrations() async throws -> MigrationRehearsal {
    try requireDatabase()
    guard let location = config.common.database else { preconditionFailure("\(App.name) owns no database") }
    return try await Database.rehearse(DatabaseConfiguration(location), migrations: App.migrations)
  }

  /// Puts the database of an archive in place as it was at `time`, or as it was last, and does what the service must do before that is served.
  /// Companions are in no archive and stay as they are: their keys are newer, and those that were destroyed stay so.
  func restore(fromArchive folder: String, at time: Date?, replacing: Bool) async throws -> Database.RestoredMoment {
    let path = try config.common.databaseFile(for: "restore")
    let moment = try await Database.restore(
      fromArchive: folder, at: time?.microsecondsSince1970, to: path, replacing: replacing)
    try await App.afterRestore(config: config.own, common: config.common)
    return moment
  }

  /// Puts a backup in place, and does what the service must do before that is served. The main database goes first: companions that are
  /// newer than it have whatever its rows need, older ones may not.
  func restore(from source: String, replacing: Bool) async throws {
    let path = try config.common.databaseFile(for: "restore")
    let copies = companionsBeside(source)
    if !replacing {
      for (companion, _) in copies where FileManager.default.fileExists(atPath: companion.path(beside: path)) {
        throw DatabaseError.backup(.destinationExists)
      }
    }
    try await Database.restore(from: source, to: path, replacing: replacing)
    for (companion, copy) in copies {
      try await Database.restore(from: copy, to: companion.path(beside: path), replacing: replacing)
    }
    try await App.afterRestore(config: config.own, common: config.common)
  }

  /// The companions that stand beside a main database.
  private func companionsBeside(_ mainPath: String) -> [(CompanionDatabase, path: String)] {
    App.companions.map { ($0, $0.path(beside: mainPath)) }.filter { FileManager.default.fileExists(atPath: $0.1) }
  }

  /// The service's own check of its ledgers, on its database, whether it serves or not.
  func verify() async throws -> [TypeV1.Difference] { try await withApp { try await $0.app.verify() } }

  /// Runs `work` on the service as a command sees it, whether it serves or not: its database is there and fits, and nobody calls it.
  func withApp<Answer>(_ work: (ServiceAssembly<App>) async throws -> Answer) async throws -> Answer {
    try requireDatabase()
    let logger = Logger(label: App.name) { _ in SwiftLogNoOpLogHandler() }
    let assembly = try await ServiceAssembly<App>(
      config: config, outside: try outside(logger, MetricsRegistry(), SystemClock()), for: .looking)
    do {
      let answer = try await work(assembly)
      await assembly.databases?.close()
      return answer
    } catch {
      await assembly.databases?.close()
      throw error
    }
  }

  /// A wrong path is said to be one, and never becomes an empty database that has no differences.
  private func requireDatabase() throws {
    guard let path = config.common.database?.filePath else { return }
    guard FileManager.default.fileExists(atPath: path) else { throw ConfigError(key: "database", problem: "there is no file \(path)") }
  }

  // MARK: What the process brings along

  /// Sets the process-wide back ends of swift-log and swift-metrics, which the libraries below report to.
  private func bootstrap(_ registry: MetricsRegistry) -> Logger {
    let level = Logger.Level(rawValue: config.common.logLevel.rawValue) ?? .info
    let format = config.common.logFormat
    let make: @Sendable (String) -> any LogHandler = { label in
      var handler = LineLogHandler(label: label, level: level, format: format, now: { SystemClock().now() }) {
        LogSink.standardOutput.write($0)
      }
      handler.metadataProvider = CallNotes.provider
      return handler
    }
    LoggingSystem.bootstrap(make)
    MetricsSystem.bootstrap(registry)
    return Logger(label: App.name)
  }

  private func outside(_ logger: Logger, _ metrics: any MetricsFactory, _ clock: any WallClock) throws -> ServiceAssembly<App>.Outside {
    let path = config.common.callerKeysFile
    let tls = config.common.tls
    let loops = eventLoops
    let openChannels = self.openChannels
    return ServiceAssembly<App>.Outside(
      logger: logger, metrics: metrics, clock: clock, ids: TimeOrderedIDs(clock: clock), random: SystemRandomSource(),
      keyRing: path.isEmpty ? nil : try KeyRing(contentsOf: path),
      openChannel: { service, target in
        guard let target = ChannelTarget(target) else {
          throw ConfigError(key: "\(service)-address", problem: "must be \(ConfigReader.targetForm)")
        }
        var configuration = ChannelConfiguration(target: target, loops: loops, logger: logger)
        configuration.serviceConfig = try .betweenServices()
        configuration.tls = tls.map {
          ClientTLS(authorityPath: $0.authority, certificateChainPath: $0.certificate, privateKeyPath: $0.key)
        }
        let channel = try NetworkChannel(configuration)
        openChannels.add(service, channel)
        return channel
      })
  }

  private func serverConfiguration(_ logger: Logger) -> RPCServerConfiguration {
    let common = config.common
    var configuration = RPCServerConfiguration(
      host: common.listenAddress.host, port: common.listenAddress.port,
      tls: common.tls.map {
        ServerTLS(certificateChainPath: $0.certificate, privateKeyPath: $0.key, clientAuthorityPath: $0.authority)
      },
      loops: eventLoops, logger: logger)
    if common.connectionAge > .zero { configuration.maxConnectionAge = common.connectionAge }
    return configuration
  }
}
