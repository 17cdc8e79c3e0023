internal import Logging
internal import NIOCore
internal import NIOPosix
public import RPC
internal import Synchronization

/// Serves gRPC over HTTP/2 on one address.
///
/// Its life: `start` once, `drain` once. Between them it needs nobody's thread: the event loops do all.
public final class RPCServer: Sendable {
  private let core: ServerCore
  private let shards: [ServerShard]
  private let state = Mutex(State.idle)
  private let connectionCount = Atomic<Int>(0)

  /// idle → listening → draining.
  private enum State {
    case idle
    case listening(any Channel)
    case draining
  }

  public init(configuration: RPCServerConfiguration, services: [any RPCService], interceptors: [any ServerInterceptor] = []) {
    core = ServerCore(configuration: configuration, services: services, interceptors: interceptors)
    let core = core
    shards = configuration.loops.workers.map { ServerShard(core: core, worker: $0) }
  }

  /// Binds and accepts from now on.
  /// - Returns: where it listens, with the port that the system chose if none was given.
  public func start() async throws -> ListenAddress {
    let configuration = core.configuration
    let tls = try configuration.tls?.makeContext(configuration.logger)
    let channel = try await ServerBootstrap(group: configuration.loops.group)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(AcceptRest()) }
      }
      .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
      .childChannelOption(.recvAllocator, value: ReadBuffers())
      // A connection that has more to read waits until the others have had their read.
      .childChannelOption(.maxMessagesPerRead, value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try self.accept(channel, tls) }
      }
      .bind(host: configuration.host, port: configuration.port)
      .get()
    state.withLock { $0 = .listening(channel) }
    return ListenAddress(
      host: channel.localAddress?.ipAddress ?? configuration.host, port: channel.localAddress?.port ?? configuration.port)
  }

  private func accept(_ channel: any Channel, _ tls: FileBacked<ServerTLS.Context>?) throws {
    guard connectionCount.wrappingAdd(1, ordering: .relaxed).newValue <= core.configuration.connectionLimit else {
      connectionCount.wrappingSubtract(1, ordering: .relaxed)
      channel.close(promise: nil)
      return
    }
    channel.closeFuture.whenComplete { _ in self.connectionCount.wrappingSubtract(1, ordering: .relaxed) }
    if let tls { try channel.pipeline.syncOperations.addHandler(tls.current().handler()) }
    let shard = shards.first { $0.worker.loop === channel.eventLoop }!
    try channel.pipeline.syncOperations.addHandler(
      SocketPipe(waitsForTLS: tls != nil, handshakeTimeout: core.configuration.handshakeTimeout) { pipe, peer in
        try ServerConnection(shard: shard, pipe: pipe, peer: peer)
      })
  }

  /// Stops accepting, tells every connection to go, and returns when the calls in flight have ended or `timeout` is over; what is left
  /// then is cut off. Streaming calls end after the configured grace.
  public func drain(timeout: Duration = .seconds(10)) async {
    let listener: (any Channel)? = state.withLock { state in
      defer { state = .draining }
      if case .listening(let channel) = state { return channel }
      return nil
    }
    guard let listener else { return }
    try? await listener.close()
    await shards.drain(streamGrace: core.configuration.streamDrainGrace, timeout: timeout)
  }
}

extension RPCServer {
  /// Every open connection, each seen on its own loop; in no order.
  public func connections() async -> [ConnectionReport] {
    var reports: [ConnectionReport] = []
    for shard in shards {
      reports += await shard.worker.ask([]) {
        let now = NIODeadline.now()
        return shard.connections.values.compactMap { $0.report(now) }
      }
    }
    return reports
  }
}

extension [ServerShard] {
  /// How long handlers may take to notice that they were cut off, before nobody waits for them any more.
  private static var handlerGrace: Duration { .seconds(5) }

  /// Ends all connections: at once where nothing is under way, streaming calls after their grace, everything at the timeout.
  func drain(streamGrace: Duration, timeout: Duration) async {
    let timers = flatMap { shard in
      let loop = shard.worker.loop
      return [
        loop.scheduleTask(in: TimeAmount(Swift.min(streamGrace, timeout))) { shard.endStreamingCalls() },
        loop.scheduleTask(in: TimeAmount(timeout)) { shard.abort() },
        loop.scheduleTask(in: TimeAmount(timeout + Self.handlerGrace)) { shard.abandon() },
      ]
    }
    for shard in self {
      await withCheckedContinuation { continuation in
        if !shard.worker.execute({ shard.drain { continuation.resume() } }) { continuation.resume() }
      }
    }
    for timer in timers { timer.cancel() }
  }
}
