internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import RPC

/// The way from one event loop to one address: connects when asked to, waits longer after each failure, and watches the server's health where
/// the service config says so.
///
/// `@unchecked Sendable`: touched on its worker's loop only.
final class Subchannel: @unchecked Sendable {
  /// idle → connecting → ready → idle when the connection goes; connecting → resting after a failure → idle.
  private enum State {
    case idle
    case connecting
    case ready(ClientConnection, since: NIODeadline)
    case resting
  }

  let endpoint: Endpoint
  /// What the calls that ended here say of the address.
  var outlier = OutlierDetector.Host()
  private let worker: LoopWorker
  private let configuration: ChannelConfiguration
  private let tls: FileBacked<ClientTLS.Context>?
  /// Asked about in each connection's watch; nil watches nothing.
  private let healthService: String?
  private var healthWatch: HealthWatch?
  /// Gone once its channel was dropped: timers and sockets of this subchannel may outlive it for a moment.
  private weak var shard: ClientShard?
  private var state = State.idle
  private var backoff: Duration
  /// Whether it connects without a call that waits for it. Not for a while after a connection that did not last: a server that takes connections
  /// and drops them would be knocked at without end.
  private(set) var connectsByItself = true
  private var connectingChannel: (any Channel)?
  private var connectTimer: Scheduled<Void>?
  /// Every connection that has not closed, also those that are leaving.
  private var connections: [ObjectIdentifier: ClientConnection] = [:]
  private var isClosing = false
  /// Whether a call has ended well on the connection that is ready.
  private var hasServed = false
  private var callsSucceeded = 0
  private var callsFailed = 0

  init(
    endpoint: Endpoint, worker: LoopWorker, configuration: ChannelConfiguration, tls: FileBacked<ClientTLS.Context>?,
    healthService: String?, shard: ClientShard
  ) {
    self.endpoint = endpoint
    self.worker = worker
    self.configuration = configuration
    self.tls = tls
    self.healthService = healthService
    self.shard = shard
    backoff = configuration.shortestBackoff
  }

  var readyConnection: ClientConnection? {
    if case .ready(let connection, _) = state { return connection }
    return nil
  }

  /// Calls that are open on the connection; nil when it has no room for another, or there is none.
  var openCalls: Int? {
    guard case .ready(let connection, _) = state, connection.hasRoom else { return nil }
    return connection.callCount
  }

  var status: SubchannelStatus {
    if outlier.isEjected { return .failed }
    switch state {
    case .idle: return .idle
    case .connecting: return .connecting
    case .ready: return healthWatch?.status ?? .ready
    case .resting: return .failed
    }
  }

  var report: SubchannelReport {
    let state: SubchannelReport.State =
      switch status {
      case .idle: .idle
      case .connecting: .connecting
      case .ready: .ready
      case .failed: .failing
      }
    return SubchannelReport(
      address: endpoint.address.description, state: state, isEjected: outlier.isEjected,
      openCalls: connections.values.reduce(0) { $0 + $1.callCount }, callsSucceeded: callsSucceeded, callsFailed: callsFailed)
  }

  var isDone: Bool { connections.isEmpty && connectingChannel == nil }

  /// Whether a call is open on any of its connections, also one that leaves.
  var hasCalls: Bool { connections.values.contains { $0.callCount > 0 } }

  func connectIfIdle() {
    guard case .idle = state, !isClosing else { return }
    state = .connecting
    connectTimer = worker.loop.scheduleTask(in: TimeAmount(configuration.connectTimeout)) { self.attemptTimedOut() }
    ClientBootstrap(group: worker.loop)
      .channelOption(.socketOption(.tcp_nodelay), value: 1)
      .channelOption(.recvAllocator, value: ReadBuffers())
      .channelOption(.maxMessagesPerRead, value: 1)
      .connectTimeout(TimeAmount(configuration.connectTimeout))
      .channelInitializer { channel in channel.eventLoop.makeCompletedFuture { try self.equip(channel) } }
      .connect(host: endpoint.address.host, port: endpoint.address.port)
      .whenFailure { error in self.worker.execute { self.attemptFailed("\(error)") } }
  }

  private func equip(_ channel: any Channel) throws {
    connectingChannel = channel
    channel.closeFuture.whenComplete { _ in self.worker.execute { self.attemptEnded(channel) } }
    let serverName = configuration.tls?.serverName ?? endpoint.place.host
    if let tls {
      let announcedName = NumericAddress.isNumber(serverName) ? nil : serverName
      try channel.pipeline.syncOperations.addHandler(tls.current().handler(serverName: announcedName))
    }
    try channel.pipeline.syncOperations.addHandler(
      SocketPipe(waitsForTLS: tls != nil, handshakeTimeout: configuration.connectTimeout) { [self] pipe, peer in
        if tls != nil {
          let certificate = try peer.certificate.map { try NIOSSLCertificate(bytes: $0, format: .der) }
          guard let certificate, CertificateName.isFor(serverName, certificate) else { throw NIOSSLExtraError.failedToValidateHostname }
        }
        let connection = try ClientConnection(
          worker: worker, pipe: pipe, authority: configuration.tls?.serverName ?? endpoint.place.description, isEncrypted: tls != nil,
          configuration: configuration, observer: self)
        connections[ObjectIdentifier(connection)] = connection
        return connection
      })
  }

  private func attemptTimedOut() {
    guard case .connecting = state else { return }
    connectingChannel?.close(promise: nil)
    attemptFailed("not ready within \(configuration.connectTimeout)")
  }

  /// The channel of an attempt closed, before it was ready or after it had served.
  private func attemptEnded(_ channel: any Channel) {
    guard connectingChannel === channel else { return }
    connectingChannel = nil
    if case .connecting = state { attemptFailed("the connection closed before it was ready") }
    shard?.subchannelChanged()
  }

  private func attemptFailed(_ reason: String) {
    guard case .connecting = state else { return }
    connectTimer?.cancel()
    state = .resting
    configuration.logger.debug("cannot connect", metadata: ["address": "\(endpoint.address)", "reason": "\(reason)"])
    afterBackoff { self.state = .idle }
    shard?.subchannelFailed(RPCError(.unavailable, "Cannot connect to \(endpoint.address)."))
  }

  private func afterBackoff(_ change: @escaping @Sendable () -> Void) {
    let rest = backoff * Double.random(in: 0.8...1.2)
    backoff = min(backoff * configuration.backoffMultiplier, configuration.longestBackoff)
    worker.loop.scheduleTask(in: TimeAmount(rest)) {
      self.worker.execute {
        change()
        self.shard?.subchannelChanged()
      }
    }
  }

  /// Lets the connection go, with its last call; a later call connects anew.
  func goIdle() { readyConnection?.leave() }

  /// Takes no more calls; `isDone` when those under way have ended.
  func close() {
    isClosing = true
    connectingChannel?.close(promise: nil)
    for connection in connections.values { connection.leave() }
  }
}

extension Subchannel: ClientConnectionObserver {
  func connectionIsReady(_ connection: ClientConnection) {
    guard case .connecting = state, let shard else { return connection.leave() }
    connectTimer?.cancel()
    connectingChannel = nil
    guard shard.isActive else {
      state = .idle
      return connection.leave()
    }
    hasServed = false
    state = .ready(connection, since: .now())
    if let healthService { watchHealth(of: healthService, on: connection) }
    shard.subchannelChanged()
  }

  private func watchHealth(of service: String, on connection: ClientConnection) {
    let address = endpoint.address
    let watch = HealthWatch(service: service, connection: connection) { [configuration] message in
      configuration.logger.error("\(message)", metadata: ["address": "\(address)"])
    } changed: { [weak self] in
      guard let self, let shard else { return }
      if healthWatch?.status == .failed {
        shard.subchannelFailed(RPCError(.unavailable, "The server at \(address) says that it is not serving."))
      }
      shard.subchannelChanged()
    }
    healthWatch = watch
    watch.begin()
  }

  func connectionHasRoom(_ connection: ClientConnection) { shard?.hasRoom() }

  func connectionEndedCall(_ connection: ClientConnection, succeeded: Bool) {
    guard let shard else { return }
    if succeeded { callsSucceeded += 1 } else { callsFailed += 1 }
    if succeeded, readyConnection === connection { hasServed = true }
    if shard.detectsOutliers { outlier.count(succeeded: succeeded) }
    shard.hasRoom()
  }

  func connectionLeaves(_ connection: ClientConnection) {
    lostReady(connection)
  }

  func connectionClosed(_ connection: ClientConnection) {
    connections[ObjectIdentifier(connection)] = nil
    if !lostReady(connection) { shard?.subchannelChanged() }
  }

  /// - Returns: false when another connection is the one that takes calls, or none.
  @discardableResult
  private func lostReady(_ connection: ClientConnection) -> Bool {
    guard case .ready(let ready, let since) = state, ready === connection else { return false }
    state = .idle
    healthWatch?.stop()
    healthWatch = nil
    // One that served is as good as new when it is restarted; one that takes connections and drops them is knocked at ever more slowly.
    if hasServed || NIODeadline.now() - since >= TimeAmount(configuration.longestBackoff) {
      backoff = configuration.shortestBackoff
    } else {
      connectsByItself = false
      afterBackoff { self.connectsByItself = true }
    }
    if isClosing { shard?.subchannelChanged() } else { shard?.subchannelLost() }
    return true
  }
}
