import RPC
import RPCTransport
import Synchronization
import Testing

/// Answers the n-th request that it gets as the n-th line of its script says, and the later ones with OK.
final class ScriptedService: RPCService {
  static let serviceName = "test.ScriptedService"
  static let unary = MethodDescriptor(service: serviceName, method: "Unary", kind: .unary)
  static let chat = MethodDescriptor(service: serviceName, method: "Chat", kind: .bidirectional)

  enum Answer: Sendable {
    case ok
    case failure(StatusCode, pushback: String? = nil)
    /// Headers go ahead of the status.
    case failureBehindHeaders(StatusCode)
    /// Until it is cancelled.
    case silence
    /// A stream's: so many messages are read, none is answered.
    case failureAfter(messages: Int, StatusCode)
  }

  /// Requests that have come.
  let asked = Signal()
  /// Silent handlers that were cancelled.
  let cancelled = Signal()
  private let script: [Answer]
  private let seen = Mutex<[String]>([])

  init(_ script: [Answer]) { self.script = script }

  /// What each request said of the attempts before it; "-" for nothing.
  var previousAttempts: [String] { seen.withLock { $0 } }

  var methods: [RPCMethod] {
    [
      .unary(Self.unary) { [self] (note: Note, context) in
        try await answer(next(context), context)
        return note
      },
      .bidirectional(Self.chat) { [self] (notes: RequestStream<Note>, context, replies: ResponseStream<Note>) in
        let answer = next(context)
        if case .failureAfter(let messages, let code) = answer {
          var count = 0
          for try await _ in notes {
            count += 1
            if count == messages { throw RPCError(code, "as the script says") }
          }
        }
        try await self.answer(answer, context)
        for try await note in notes { try await replies.send(note) }
      },
    ]
  }

  private func next(_ context: ServerContext) -> Answer {
    let number = seen.withLock { seen in
      seen.append(context.metadata["grpc-previous-rpc-attempts"] ?? "-")
      return seen.count - 1
    }
    asked.raise()
    return number < script.count ? script[number] : .ok
  }

  private func answer(_ answer: Answer, _ context: ServerContext) async throws {
    switch answer {
    case .ok, .failureAfter: return
    case .failure(let code, let pushback):
      if let pushback { context.responseTrailers.append("grpc-retry-pushback-ms", pushback) }
      throw RPCError(code, "as the script says")
    case .failureBehindHeaders(let code):
      context.responseMetadata.append("ahead", "of the status")
      throw RPCError(code, "as the script says")
    case .silence:
      do {
        try await Task.sleep(for: .seconds(3600))
      } catch {
        cancelled.raise()
        throw error
      }
    }
  }
}

extension ScriptedService {
  /// A server with the script and a channel to it that holds the service config.
  static func with(
    _ script: [Answer], config: String, configureChannel: (inout ChannelConfiguration) -> Void = { _ in },
    _ body: (ScriptedService, NetworkChannel) async throws -> Void
  ) async throws {
    let loops = EventLoops(count: 1)
    let service = ScriptedService(script)
    var serverConfiguration = RPCServerConfiguration(loops: loops)
    serverConfiguration.logger.logLevel = .critical
    serverConfiguration.handshakeTimeout = .seconds(600)
    let server = RPCServer(configuration: serverConfiguration, services: [service])
    var configuration = ChannelConfiguration(addresses: [try await server.start()], loops: loops)
    configuration.serviceConfig = try RPCServiceConfig(json: config)
    configureChannel(&configuration)
    let channel = try NetworkChannel(configuration)
    let result: Result<Void, any Error>
    do { result = .success(try await body(service, channel)) } catch { result = .failure(error) }
    await channel.close()
    await server.drain(timeout: .seconds(5))
    try await loops.shutDown()
    try result.get()
  }
}

extension NetworkChannel {
  func ask(_ text: String = "hello", options: CallOptions = CallOptions(timeout: .seconds(300))) async throws -> Note {
    try await unary(ScriptedService.unary, Note(text), options: options)
  }

  func expectEcho(_ text: String = "hello", sourceLocation: SourceLocation = #_sourceLocation) async throws {
    let reply = try await ask(text)
    #expect(reply == Note(text), sourceLocation: sourceLocation)
  }
}
