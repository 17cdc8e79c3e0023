public import RPC

/// Carries calls to a service over the network: connects on the first call, spreads the calls over the
/// addresses, comes back after a loss.
///
/// A call fails with UNAVAILABLE when no address can be reached, unless it waits for ready. Nothing is sent twice, except a call that a server
/// certainly did not process, and what the service config says.
public final class NetworkChannel: RPCChannel {
  private let configuration: ChannelConfiguration
  private let shards: [ClientShard]
  /// Nil where the target's places are numbers. Held here; the shards know it weakly.
  private let resolution: AddressResolution?
  /// Nil when the service config says nothing of any method: its calls are then not looked up.
  private let methodPolicies: RPCServiceConfig?
  private let retryThrottle: RetryThrottle?

  /// - Throws: when the TLS files cannot be read.
  public init(_ configuration: ChannelConfiguration) throws {
    let tls = try configuration.tls?.makeContext(configuration.logger)
    let retryThrottle = configuration.serviceConfig?.retryThrottling.map { RetryThrottle($0) }
    self.configuration = configuration
    self.retryThrottle = retryThrottle
    methodPolicies = configuration.serviceConfig.flatMap { $0.hasMethods ? $0 : nil }
    let isStatic = configuration.resolution == nil && configuration.target.isNumeric
    let endpoints = isStatic ? configuration.target.places.map { Endpoint(address: $0, place: $0) } : nil
    let shards = configuration.loops.workers.map {
      ClientShard(worker: $0, configuration: configuration, tls: tls, retryThrottle: retryThrottle, endpoints: endpoints)
    }
    self.shards = shards
    guard !isStatic else {
      resolution = nil
      return
    }
    let resolution = AddressResolution(
      configuration.resolution ?? DNSResolver(places: configuration.target.places).resolve, worker: shards[0].worker, shards: shards,
      limits: ResolutionSchedule.Limits(
        leastPause: configuration.leastPauseBetweenResolutions, refresh: configuration.resolutionRefresh,
        shortestBackoff: configuration.shortestBackoff, longestBackoff: configuration.longestResolutionBackoff))
    for shard in shards { shard.resolution = resolution }
    self.resolution = resolution
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
    guard let policy = methodPolicies?.method(method) else {
      let call = ClientCall(
        method: method, request: frame, options: options, worker: shard.worker, calls: shard, configuration: configuration)
      return try await call.reply()
    }
    return try await unary(method, frame, policy.applied(to: options), policy, shard)
  }

  private func unary(
    _ method: MethodDescriptor, _ frame: [UInt8], _ options: CallOptions, _ policy: MethodConfig, _ shard: ClientShard
  ) async throws -> RPCReply {
    let makeCall: @Sendable (Int) -> ClientCall = { [configuration] earlierHedges in
      ClientCall(
        method: method, request: frame, options: options, worker: shard.worker, calls: shard, configuration: configuration, policy: policy,
        earlierHedges: earlierHedges)
    }
    guard case .hedge(let hedging) = policy.attempts else { return try await makeCall(0).reply() }
    return try await HedgedCall(policy: hedging, throttle: retryThrottle, deadline: options.deadline, attempt: makeCall).reply()
  }

  public func open(_ method: MethodDescriptor, options: CallOptions) async throws -> any RPCStream {
    let shard = currentShard()
    let policy = methodPolicies?.method(method)
    let call = ClientCall(
      method: method, request: nil, options: policy?.applied(to: options) ?? options, worker: shard.worker, calls: shard,
      configuration: configuration, policy: policy)
    let handle = ClientCallHandle(call)
    try await call.opened()
    return handle
  }

  public func close() async {
    resolution?.stop()
    for shard in shards {
      await withCheckedContinuation { continuation in
        if !shard.worker.execute({ shard.close { continuation.resume() } }) { continuation.resume() }
      }
    }
  }

  /// Its state, each event loop seen by itself.
  public func report() async -> ChannelReport {
    var report = ChannelReport(
      target: configuration.target.places.map(\.description).joined(separator: ","), waitingCalls: 0, subchannels: [])
    for shard in shards {
      let part = await shard.worker.ask((waitingCalls: 0, subchannels: [])) { shard.report }
      report.waitingCalls += part.waitingCalls
      report.subchannels += part.subchannels
    }
    return report
  }

  /// A handler's call stays on its own loop; anybody else's goes round.
  private func currentShard() -> ClientShard {
    if shards.count == 1 { return shards[0] }
    let worker = configuration.loops.currentOrNext()
    return shards.first { $0.worker === worker }!
  }
}

extension MethodConfig {
  /// The options with one deadline for all attempts, the earliest of those that were set.
  fileprivate func applied(to options: CallOptions) -> CallOptions {
    var options = options
    if let timeout { options.timeout = min(options.timeout ?? timeout, timeout) }
    options.deadline = options.deadlineFromNow()
    options.timeout = nil
    return options
  }
}
