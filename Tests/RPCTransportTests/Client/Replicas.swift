import RPC
import RPCTransport
import Synchronization
import Testing

/// Says who it is, and remembers who asked.
final class NamedService: RPCService {
  static let serviceName = "test.NamedService"
  static let name = MethodDescriptor(service: serviceName, method: "Name", kind: .unary)
  static let sleep = MethodDescriptor(service: serviceName, method: "Sleep", kind: .unary)

  let ownName: String
  /// Every call of `name` fails while it is set.
  let isBroken = Atomic<Bool>(false)
  let asked = Signal()
  let sleeping = Signal()
  let woken = Signal()
  private let peers = Mutex<Set<String>>([])

  init(_ ownName: String) { self.ownName = ownName }

  /// The connections on which calls came.
  var connectionCount: Int { peers.withLock { $0.count } }

  var methods: [RPCMethod] {
    [
      .unary(Self.name) { [self] (_: Note, context) in
        _ = peers.withLock { $0.insert(context.peer.address) }
        asked.raise()
        if isBroken.load(ordering: .relaxed) { throw RPCError(.internalError, "broken") }
        return Note(ownName)
      },
      // Until the test wakes it.
      .unary(Self.sleep) { [self] (_: Note, _) in
        sleeping.raise()
        await woken.wait()
        return Note(ownName)
      },
    ]
  }
}

/// Several servers of one service, called a, b, …, and one channel to them.
struct Replicas: Sendable {
  let services: [NamedService]
  let servers: [RPCServer]
  let health: [HealthService]
  let addresses: [ListenAddress]
  let channel: NetworkChannel

  static func with(
    _ count: Int, config: String = "{}", hasHealth: Bool = true, configureServer: (inout RPCServerConfiguration) -> Void = { _ in },
    configure: (inout ChannelConfiguration, [ListenAddress]) -> Void = { _, _ in }, _ body: (Replicas) async throws -> Void
  ) async throws {
    let loops = EventLoops(count: 1)
    let services = (0..<count).map { NamedService(String(UnicodeScalar(UInt8(ascii: "a") + UInt8($0)))) }
    let health = services.map { _ in HealthService() }
    var configuration = RPCServerConfiguration(loops: loops)
    configuration.logger.logLevel = .critical
    configuration.handshakeTimeout = .seconds(600)
    configureServer(&configuration)
    let servers = zip(services, health).map {
      RPCServer(configuration: configuration, services: hasHealth ? [$0, $1] : [$0])
    }
    var addresses: [ListenAddress] = []
    for server in servers { addresses.append(try await server.start()) }
    var channelConfiguration = ChannelConfiguration(addresses: addresses, loops: loops)
    channelConfiguration.logger.logLevel = .critical
    channelConfiguration.serviceConfig = try RPCServiceConfig(json: config)
    configure(&channelConfiguration, addresses)
    let channel = try NetworkChannel(channelConfiguration)
    let replicas = Replicas(services: services, servers: servers, health: health, addresses: addresses, channel: channel)
    let result: Result<Void, any Error>
    do { result = .success(try await body(replicas)) } catch { result = .failure(error) }
    for service in services { for _ in 0..<100 { service.woken.raise() } }
    await channel.close()
    for server in servers { await server.drain(timeout: .seconds(5)) }
    try await loops.shutDown()
    try result.get()
  }

  /// Who answers the next call.
  func ask(_ options: CallOptions = CallOptions(timeout: .seconds(300))) async throws -> String {
    let reply: Note = try await channel.unary(NamedService.name, Note(), options: options)
    return reply.message
  }

  /// Who answers the next calls.
  func ask(times: Int) async throws -> Set<String> {
    var names: Set<String> = []
    for _ in 0..<times { names.insert(try await ask()) }
    return names
  }

  /// Asks until these and no others answer a run of calls.
  func askUntilAnswered(by names: Set<String>) async throws {
    while try await ask(times: 10) != names { try await Task.sleep(for: .milliseconds(5)) }
  }
}

/// A name whose addresses the test sets.
final class ScriptedName: Sendable {
  let lookedUp = Signal()
  private let answer = Mutex<Result<[ListenAddress], RPCError>>(.success([]))

  func resolves(to addresses: [ListenAddress]) { answer.withLock { $0 = .success(addresses) } }

  func fails() { answer.withLock { $0 = .failure(RPCError(.unavailable, "no such name")) } }

  func configure(_ configuration: inout ChannelConfiguration) {
    configuration.leastPauseBetweenResolutions = .milliseconds(1)
    configuration.longestResolutionBackoff = .milliseconds(50)
    configuration.resolution = { [self] in
      defer { lookedUp.raise() }
      return try answer.withLock { try $0.get() }.map { Endpoint(address: $0, place: ListenAddress(host: "scripted.test", port: $0.port)) }
    }
  }
}
