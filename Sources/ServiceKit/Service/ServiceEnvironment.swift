public import Database
public import Logging
public import RPC

/// Everything from outside that a service works with. A test hands in another one.
public struct ServiceEnvironment: Sendable {
  public let logger: Logger
  public let clock: any WallClock
  public let ids: any IDGenerator
  public let random: any RandomSource
  public let faults: FaultPoints
  public let common: CommonConfig
  /// The ring that signs and verifies callers; nil for local development on loopback.
  public let keyRing: KeyRing?
  private let databases: ServiceDatabases?
  private let commandRunner: CommandRunner?
  private let openChannel: @Sendable (_ service: String, _ target: String) throws -> any RPCChannel

  init(
    logger: Logger, clock: any WallClock, ids: any IDGenerator, random: any RandomSource, faults: FaultPoints, common: CommonConfig,
    keyRing: KeyRing?, databases: ServiceDatabases?,
    openChannel: @escaping @Sendable (_ service: String, _ target: String) throws -> any RPCChannel
  ) {
    self.logger = logger
    self.clock = clock
    self.ids = ids
    self.random = random
    self.faults = faults
    self.common = common
    self.keyRing = keyRing
    self.databases = databases
    self.commandRunner = databases.map { CommandRunner(database: $0.main, clock: clock) }
    self.openChannel = openChannel
  }

  /// The service's database. A service without migrations has none and does not ask.
  public var database: Database {
    guard let databases else { preconditionFailure("this service lists no migrations, so it owns no database") }
    return databases.main
  }

  /// One of the service's databases beside the main one. Nil only for who looks, where there is none.
  public func companion(_ name: String) -> Database? { databases?.companions[name] }

  /// Runs requests that change something once each, in this service's database.
  public var commands: CommandRunner {
    guard let commandRunner else { preconditionFailure("this service lists no migrations, so it owns no database") }
    return commandRunner
  }

  /// A channel to another service. `target` is what `ConfigReader.target` reads; it is dialled when first used, so the other service need
  /// not be up. Whoever opens a channel closes it.
  public func channel(to service: String, target: String) throws -> any RPCChannel {
    try openChannel(service, target)
  }
}
