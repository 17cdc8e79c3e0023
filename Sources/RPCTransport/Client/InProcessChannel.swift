internal import DequeModule
public import RPC

/// A server and a channel to it within one process: the same protocol byte for byte, and no socket. For tests, and for programs that hold
/// several services.
public final class InProcessChannel: RPCChannel {
  private let core: ServerCore
  private let end: InProcessEnd

  /// - Parameter configuration: of the server's side; its address is not used.
  public convenience init(
    services: [any RPCService], interceptors: [any ServerInterceptor] = [], configuration: RPCServerConfiguration = RPCServerConfiguration()
  ) {
    self.init(services: services, interceptors: interceptors, configuration: configuration, largestPiece: .max)
  }

  /// - Parameter largestPiece: bytes that arrive at once, at most, at either end.
  package init(
    services: [any RPCService], interceptors: [any ServerInterceptor], configuration: RPCServerConfiguration, largestPiece: Int
  ) {
    core = ServerCore(configuration: configuration, services: services, interceptors: interceptors)
    end = InProcessEnd(shard: ServerShard(core: core, worker: configuration.loops.currentOrNext()), largestPiece: largestPiece)
  }

  deinit {
    end.refuseCalls()
    let shard = end.shard
    shard.worker.execute { shard.drain {} }
  }

  public func unary(_ method: MethodDescriptor, request: [UInt8], options: CallOptions) async throws -> RPCReply {
    try await end.call(method, request: await MessageFrame.frame(request, options.compression), options).reply()
  }

  public func open(_ method: MethodDescriptor, options: CallOptions) async throws -> any RPCStream {
    let call = end.call(method, request: nil, options)
    let handle = ClientCallHandle(call)
    try await call.opened()
    return handle
  }

  /// Ends like a server that drains: calls in flight finish, then the connection closes.
  public func close() async { await close(timeout: .seconds(10)) }

  public func close(timeout: Duration) async {
    end.refuseCalls()
    await [end.shard].drain(streamGrace: core.configuration.streamDrainGrace, timeout: timeout)
  }
}

/// Both ends of the connection, which is made with the first call and made anew when it was lost.
///
/// `@unchecked Sendable`: every `var` is touched on the worker's loop only.
private final class InProcessEnd: ClientCallOwner, ClientConnectionObserver, @unchecked Sendable {
  let shard: ServerShard
  var retryThrottle: RetryThrottle? { nil }
  private let configuration: ChannelConfiguration
  private var connection: ClientConnection?
  private var waiting: Deque<ClientCall> = []
  private var isClosed = false
  private let largestPiece: Int

  init(shard: ServerShard, largestPiece: Int) {
    self.shard = shard
    self.largestPiece = largestPiece
    var configuration = ChannelConfiguration(addresses: [])
    configuration.largestMessageBytes = shard.core.configuration.largestMessageBytes
    self.configuration = configuration
  }

  func call(_ method: MethodDescriptor, request: [UInt8]?, _ options: CallOptions) -> ClientCall {
    ClientCall(method: method, request: request, options: options, worker: shard.worker, calls: self, configuration: configuration)
  }

  func start(_ call: ClientCall) {
    guard !isClosed else { return call.fail(RPCError(.unavailable, "The channel is closed.")) }
    guard waiting.count < configuration.waitingCallLimit else {
      return call.fail(RPCError(.resourceExhausted, "Too many calls wait for the in-process connection."))
    }
    if connection == nil { connect() }
    waiting.append(call)
    carryWaiting()
  }

  /// There are no repetitions and no pauses without a service config.
  func callIsRepeated(_ call: ClientCall) {}

  func callRests(_ call: ClientCall) {}

  func callRestsNoMore(_ call: ClientCall) {}

  func refuseCalls() {
    shard.worker.execute { self.isClosed = true }
  }

  private func connect() {
    let (near, far) = InProcessPipe.makePair(worker: shard.worker, largestPiece: largestPiece)
    do {
      far.attach(try ServerConnection(shard: shard, pipe: far, peer: Peer(address: "in-process")))
      let connection = try ClientConnection(
        worker: shard.worker, pipe: near, authority: "in-process", isEncrypted: false, configuration: configuration, observer: self)
      near.attach(connection)
      self.connection = connection
    } catch {
      preconditionFailure("no memory for an in-process connection: \(error)")
    }
  }

  private func carryWaiting() {
    while let connection, connection.hasRoom, let call = waiting.first {
      waiting.removeFirst()
      if call.phase == .waiting, !connection.carry(call) { start(call) }
    }
  }

  func connectionIsReady(_ connection: ClientConnection) { carryWaiting() }

  func connectionHasRoom(_ connection: ClientConnection) { carryWaiting() }

  func connectionEndedCall(_ connection: ClientConnection, succeeded: Bool) { carryWaiting() }

  func connectionLeaves(_ connection: ClientConnection) { forget(connection) }

  func connectionClosed(_ connection: ClientConnection) { forget(connection) }

  private func forget(_ connection: ClientConnection) {
    guard self.connection === connection else { return }
    self.connection = nil
    guard !waiting.isEmpty else { return }
    let calls = waiting
    waiting = []
    for call in calls { start(call) }
  }
}
