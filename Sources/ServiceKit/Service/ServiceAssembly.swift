package import Database
import GoogleProto
package import Logging
package import Metrics
import PatronAPI
package import RPC

/// A service put together, and not yet listening: what serving and testing have in common.
package struct ServiceAssembly<App: PatronService>: Sendable {
  package let app: App
  package let environment: ServiceEnvironment
  /// Nil for a service that owns none. Whoever assembled the service closes them, last of all.
  package let databases: ServiceDatabases?
  package let health: HealthService
  /// The service's own, the event feed, health, and reflection where it is on. None for who only looks.
  package let services: [any RPCService]
  package let interceptors: [any ServerInterceptor]
  private let metrics: any MetricsFactory

  /// What the process or a test brings along.
  package struct Outside: Sendable {
    package var logger: Logger
    package var metrics: any MetricsFactory
    package var clock: any WallClock
    package var ids: any IDGenerator
    package var random: any RandomSource
    /// Nil: local development, which the configuration allows on loopback only.
    package var keyRing: KeyRing?
    package var openChannel: @Sendable (_ service: String, _ target: String) throws -> any RPCChannel
    package var adjustDatabase: @Sendable (inout DatabaseConfiguration) -> Void

    package init(
      logger: Logger, metrics: any MetricsFactory, clock: any WallClock, ids: any IDGenerator, random: any RandomSource,
      keyRing: KeyRing?, openChannel: @escaping @Sendable (String, String) throws -> any RPCChannel,
      adjustDatabase: @escaping @Sendable (inout DatabaseConfiguration) -> Void = { _ in }
    ) {
      self.logger = logger
      self.metrics = metrics
      self.clock = clock
      self.ids = ids
      self.random = random
      self.keyRing = keyRing
      self.openChannel = openChannel
      self.adjustDatabase = adjustDatabase
    }
  }

  /// What the service is put together for.
  package enum Purpose: Sendable {
    /// Its database is made when missing, and migrated; the service prepares.
    case serving
    /// Its database must be there and fit; nothing is changed.
    case looking
  }

  package init(config: LoadedConfig<App>, outside: Outside, for purpose: Purpose = .serving) async throws {
    let faults = try FaultPoints(config.common.faultPoint, known: App.allFaultPoints)
    let databases =
      App.ownsDatabase
      ? try await ServiceDatabases.open(for: App.self, config.common, for: purpose) { database in
        database.archive?.reach = { faults.reach($0.faultPoint) }
        outside.adjustDatabase(&database)
      } : nil
    do {
      let environment = ServiceEnvironment(
        logger: outside.logger, clock: outside.clock, ids: outside.ids, random: outside.random,
        faults: faults, common: config.common, keyRing: outside.keyRing,
        databases: databases, openChannel: outside.openChannel)
      let app = try await App(config: config.own, environment: environment)
      if purpose == .serving { try await app.prepare() }
      let health = HealthService()
      self.app = app
      self.environment = environment
      self.databases = databases
      self.metrics = outside.metrics
      self.health = health
      self.services =
        purpose == .serving ? try Self.services(of: app, environment: environment, database: databases?.main, health: health) : []
      self.interceptors = Self.interceptors(of: app, environment: environment, metrics: outside.metrics)
    } catch {
      await databases?.close()
      throw error
    }
  }

  /// Reports every service as serving. Called when the server listens.
  package func beginServing() {
    for name in [""] + Self.names(of: services) { health.set(name, .serving) }
  }

  /// The service's background work and what every service has beside it, until it is cancelled or one of them throws.
  package func runInBackground() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await app.run() }
      for consumer in app.feedConsumers { group.addTask { try await consumer.run() } }
      if let retention = environment.common.feedRetention, let databases {
        let cleaner = FeedCleaner(
          databases.main, retention: retention, clock: environment.clock, logger: environment.logger, metrics: metrics)
        group.addTask { try await cleaner.run() }
      }
      try await group.waitForAll()
    }
  }

  private static func services(
    of app: App, environment: ServiceEnvironment, database: Database?, health: HealthService
  ) throws -> [any RPCService] {
    var services = app.services
    if let database { services.append(EventFeedHandler(database: database, clock: environment.clock)) }
    services.append(health)
    if environment.common.describesItself {
      services.append(
        try ReflectionService(fileDescriptorSets: [PatronDescriptors.fileDescriptorSet], services: Self.names(of: services)))
    }
    return services
  }

  /// The full names of everything that can be called; a proxy's service has methods of several.
  private static func names(of services: [any RPCService]) -> [String] {
    Set(services.flatMap(\.methods).map(\.descriptor.service)).sorted()
  }

  /// Outermost first: what counts and logs sees errors as the caller does, and refusals of callers as well.
  private static func interceptors(
    of app: App, environment: ServiceEnvironment, metrics: any MetricsFactory
  ) -> [any ServerInterceptor] {
    let authentication: any ServerInterceptor =
      if let authenticator = app.callerAuthenticator {
        CallAuthentication(authenticator: authenticator)
      } else {
        SignedCallAuthentication(callers: SignedCallers(audience: App.name, ring: environment.keyRing, clock: environment.clock))
      }
    var interceptors: [any ServerInterceptor] = [
      CallTracing(ids: environment.ids, random: environment.random),
      CallMetrics(factory: metrics),
      CallLog(logger: environment.logger),
      ErrorTranslation(errors: ErrorMapping(service: App.name)),
      authentication,
    ]
    if let limit = environment.common.rateLimit {
      interceptors.append(RateLimit(callsPerSecond: limit.callsPerSecond, burst: limit.burst) { $0.caller.clientID })
    }
    if let longest = environment.common.longestCall { interceptors.append(DeadlineLimit(longest: longest)) }
    return interceptors
  }
}
