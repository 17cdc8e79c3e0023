import Foundation
import RPC
import RPCTransport
import Testing

/// The ways in which the one suite reaches a server.
enum Transport: CaseIterable, CustomStringConvertible {
  case inProcess
  /// In-process, and no more than seven bytes arrive at once: every frame, prefix and header comes in pieces.
  case embeddedBytes
  case plaintext
  case tls

  var description: String {
    switch self {
    case .inProcess: "in-process"
    case .embeddedBytes: "embedded bytes"
    case .plaintext: "h2c"
    case .tls: "TLS"
    }
  }
}

enum TestCertificates {
  static func path(_ name: String) -> String {
    Bundle.module.url(forResource: "Certificates", withExtension: nil)!.appendingPathComponent(name).path
  }

  static let server = ServerTLS(certificateChainPath: path("server.pem"), privateKeyPath: path("server.key"))
  static let client = ClientTLS(authorityPath: path("authority.pem"), serverName: "localhost")
}

/// A server with the test service and a channel to it, over one transport, on an event loop of its own.
struct TestWorld: Sendable {
  let service = NoteService()
  let channel: any RPCChannel
  let server: RPCServer?
  let address: ListenAddress?
  let loops: EventLoops

  static func with(
    _ transport: Transport, interceptors: [any ServerInterceptor] = [],
    configure: (inout RPCServerConfiguration) -> Void = { _ in }, configureChannel: (inout ChannelConfiguration) -> Void = { _ in },
    _ body: (TestWorld) async throws -> Void
  ) async throws {
    let world = try await TestWorld(transport, interceptors, configure, configureChannel)
    do {
      try await body(world)
    } catch {
      try await world.stop()
      throw error
    }
    try await world.stop()
  }

  private init(
    _ transport: Transport, _ interceptors: [any ServerInterceptor], _ configure: (inout RPCServerConfiguration) -> Void,
    _ configureChannel: (inout ChannelConfiguration) -> Void
  ) async throws {
    loops = EventLoops(count: 1)
    var configuration = RPCServerConfiguration(loops: loops)
    configuration.logger.logLevel = .critical
    // Hundreds of tests share two cores: a peer may get its turn late.
    configuration.handshakeTimeout = .seconds(600)
    if transport == .tls { configuration.tls = TestCertificates.server }
    configure(&configuration)
    if transport == .inProcess || transport == .embeddedBytes {
      server = nil
      address = nil
      channel = InProcessChannel(
        services: [service], interceptors: interceptors, configuration: configuration,
        largestPiece: transport == .embeddedBytes ? 7 : .max)
      return
    }
    let server = RPCServer(configuration: configuration, services: [service], interceptors: interceptors)
    let address = try await server.start()
    var channelConfiguration = ChannelConfiguration(addresses: [address], loops: loops)
    if transport == .tls { channelConfiguration.tls = TestCertificates.client }
    configureChannel(&channelConfiguration)
    channel = try NetworkChannel(channelConfiguration)
    self.server = server
    self.address = address
  }

  private func stop() async throws {
    await channel.close()
    await server?.drain(timeout: .seconds(5))
    try await loops.shutDown()
  }

  func unary(_ method: MethodDescriptor, _ note: Note, _ options: CallOptions = CallOptions(timeout: .seconds(300))) async throws -> Note {
    try await channel.unary(method, note, options: options)
  }
}

extension TestWorld {
  func expect(
    _ method: MethodDescriptor, _ note: Note, _ options: CallOptions = CallOptions(timeout: .seconds(300)), gives expected: Note,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let reply = try await unary(method, note, options)
    #expect(reply == expected, sourceLocation: sourceLocation)
  }
}

/// The error that a call must fail with.
func failure<Value>(of call: () async throws -> Value) async -> RPCError? {
  do {
    _ = try await call()
    return nil
  } catch {
    return error as? RPCError
  }
}
