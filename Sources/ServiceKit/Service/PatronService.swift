public import Database
public import PatronAPI
public import RPC

/// One of Patron's services: the only value that knows every piece of it.
///
/// ServiceKit is what the five have in common, so that each service's own code is its domain and nothing else:
///
/// - **Config**: one struct a service, keys with type, default, range and purpose; file < environment < flags; a wrong or
///   unknown key stops the start in one line. Plaintext and unsigned callers are for loopback; any other bind is mutual TLS.
/// - **Callers**: who calls, as the gateway vouched for them in signed metadata; nothing else is believed.
/// - **Commands**: whatever changes something happens once for each (client, method, request id), and replays byte for byte.
/// - **Calls, Errors**: one interceptor that establishes the caller, maps errors to the wire, counts, and logs one line without
///   personal data.
/// - **Logs, Metrics**: the back ends of swift-log and swift-metrics; the admin port shows the latter to Prometheus.
/// - **EventFeed**: the outbox as a stream, what keeps and removes its events, and consumers of other services' feeds.
/// - **Service**: the command line, the start, the drain.
/// - **Time, Identifiers, Faults**: what comes in as an argument, so that a test can hold it still or pull the plug.
///
/// It knows no member, point, coupon or order, and no service knows another.
///
/// **A service's life.** `ServiceMain` reads the configuration, opens the database, and calls, in this order: `init` once, `prepare` once,
/// `services` once, `run` once when serving has begun. `verify` is called after `init` alone. On SIGTERM it stops taking
/// calls, lets those in flight finish, cancels `run`, and closes the database after `run` has returned. ServiceTesting builds the same value
/// with a manual clock and a temporary database.
public protocol PatronService: Sendable {
  associatedtype Config: ServiceConfig

  /// Lower case, such as "loyalty": in configuration, logs, error domains and the audience of signed callers.
  static var name: String { get }
  static var defaultPorts: ServicePorts { get }
  /// The service's own migrations, oldest first. Empty means that it owns no database.
  static var migrations: [Migration] { get }
  /// Its databases beside the main one.
  static var companions: [CompanionDatabase] { get }
  /// Every name that this service's code gives to `FaultPoints.reach`.
  static var faultPoints: [String] { get }

  /// Builds the service and changes nothing. A throw stops the start.
  init(config: Config, environment: ServiceEnvironment) async throws

  /// What stands before the first call is taken, such as what a first start makes. A throw stops the start.
  func prepare() async throws

  /// What it serves beside health, reflection and the event feed, which every service has.
  var services: [any RPCService] { get }

  /// Who says who calls. Nil, as for every service but the gateway: the gateway's signature does.
  var callerAuthenticator: (any CallerAuthenticator)? { get }

  /// Throws when `companion`, whose file at `path` is missing, may not be made anew, since `main` holds data that need the one that was there.
  static func permitMaking(_ companion: CompanionDatabase, at path: String, beside main: Database) async throws

  /// What a backup that was just put in place must undergo before it may be served. No database is open.
  static func afterRestore(config: Config, common: CommonConfig) async throws

  /// Recomputes every balance from its ledger and names each difference; empty when all is well.
  func verify() async throws -> [TypeV1.Difference]

  /// Background work. It is cancelled when the service drains, and must return soon after; a throw stops the service.
  func run() async throws

  /// The feeds of other services that this one follows, the same values each time. They run beside `run`.
  var feedConsumers: [FeedConsumer] { get }
}

extension PatronService {
  public static var migrations: [Migration] { [] }
  public static var companions: [CompanionDatabase] { [] }
  public static var faultPoints: [String] { [] }
  public static var ownsDatabase: Bool { !migrations.isEmpty }
  /// The service's own, and those of what every service has.
  static var allFaultPoints: [String] { faultPoints + (ownsDatabase ? ArchiveStep.allCases.map(\.faultPoint) : []) }
  public var callerAuthenticator: (any CallerAuthenticator)? { nil }
  public static func permitMaking(_ companion: CompanionDatabase, at path: String, beside main: Database) async throws {}
  public static func afterRestore(config: Config, common: CommonConfig) async throws {}
  public func prepare() async throws {}
  public func verify() async throws -> [TypeV1.Difference] { [] }
  public func run() async throws {}
  public var feedConsumers: [FeedConsumer] { [] }
}
