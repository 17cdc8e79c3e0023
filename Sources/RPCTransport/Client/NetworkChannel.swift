public import RPC

/// Carries calls to a service over the network: connects on the first call, goes round over the addresses, comes back after a loss.
///
/// A call fails with UNAVAILABLE when no address can be reached, unless it waits for ready. Nothing is sent twice, except a call that a server
/// certainly did not process.
public final class NetworkChannel: RPCChannel {
  private let configuration: ChannelConfiguration
  private let shards: [ClientShard]

  /// - Throws: when the TLS files cannot be read.
  public init(_ configuration: ChannelConfiguration) throws {
    let tls = try configuration.tls?.makeContext(configuration.logger)
    self.configuration = configuration
    shards = configuration.loops.workers.map { ClientShard(worker: $0, configuration: configuration, tls: tls) }
  }

  /// A channel that is dropped without `close` lets the calls under way finish and closes its connections.
  deinit {
    for shard in shards {
      shard.worker.execute { shard.close {} }
    }
  }

  public func unary(_ method: MethodDescriptor, request: [UInt8], options: CallOptions) async throws -> RPCReply {
    let frame = await MessageFrame.frame(request, options.compression)
    let shard = currentShard()
    let call = ClientCall(
      method: method, request: frame, options: options, worker: shard.worker, calls: shard, configuration: configuration)
    return try await call.reply()
  }

  public func open(_ method: MethodDescriptor, options: CallOptions) async throws -> any RPCStream {
    let shard = currentShard()
    let call = ClientCall(method: method, request: nil, options: options, worker: shard.worker, calls: shard, configuration: configuration)
    let handle = ClientCallHandle(call)
    try await call.opened()
    return handle
  }

  public func close() async {
    for shard in shards {
      await withCheckedContinuation { continuation in
        if !shard.worker.execute({ shard.close { continuation.resume() } }) { continuation.resume() }
      }
    }
  }

  /// A handler's call stays on its own loop; anybody else's goes round.
  private func currentShard() -> ClientShard {
    if shards.count == 1 { return shards[0] }
    let worker = configuration.loops.currentOrNext()
    return shards.first { $0.worker === worker }!
  }
}
