internal import DequeModule
internal import NIOCore
internal import RPC

/// A channel's part on one event loop: its own connections to the service's addresses, and the calls that wait for one.
///
/// It is idle until its first call, and again when there was none for the idle timeout. While it is active it asks for the name's addresses when a
/// connection is lost, and its balancing policy says which addresses are connected.
///
/// `@unchecked Sendable`: touched on its worker's loop only.
final class ClientShard: ClientCallOwner, @unchecked Sendable {
  let worker: LoopWorker
  let retryThrottle: RetryThrottle?
  private let configuration: ChannelConfiguration
  private let tls: FileBacked<ClientTLS.Context>?
  /// Nil where the addresses are numbers; set once, before the first call.
  weak var resolution: AddressResolution?
  private var addresses: Addresses

  /// pending → failed → pending …, or known, which it stays: a later failure leaves it with what it had.
  private enum Addresses {
    case pending
    case failed
    case known
  }

  /// In the order of the addresses.
  private var subchannels: [Subchannel] = []
  /// Of addresses that are no longer the service's, until their last call has ended.
  private var leaving: [Subchannel] = []
  /// Those that take calls now.
  private var ready: [Subchannel] = []
  private var balancer: Balancer
  private let outlierDetector: OutlierDetector?
  private var outlierTimer: RepeatedTask?

  /// Calls that wait for a connection with room, in order. A call that ended while it waited is skipped when its turn comes.
  private var waiting: Deque<ClientCall> = []
  /// Calls between two attempts.
  private var resting: [ObjectIdentifier: ClientCall] = [:]
  private var lastFailure = RPCError(.unavailable, "No address takes calls.")
  private var closed: [@Sendable () -> Void] = []
  private var isClosing = false
  private(set) var isActive = false
  private var callsStarted = 0
  /// At the last look for idleness.
  private var callsSeen = 0
  private var idleTimer: RepeatedTask?

  /// - Parameter endpoints: nil when they are yet to be found.
  init(
    worker: LoopWorker, configuration: ChannelConfiguration, tls: FileBacked<ClientTLS.Context>?, retryThrottle: RetryThrottle?,
    endpoints: [Endpoint]?
  ) {
    self.worker = worker
    self.retryThrottle = retryThrottle
    self.configuration = configuration
    self.tls = tls
    let balancing = configuration.serviceConfig?.loadBalancing
    balancer = Balancer(balancing?.policy ?? .roundRobin)
    outlierDetector = OutlierDetector(balancing?.outlierDetection)
    addresses = endpoints == nil ? .pending : .known
    if let endpoints { use(endpoints) }
  }

  var detectsOutliers: Bool { outlierDetector != nil }

  // MARK: Calls

  func start(_ call: ClientCall) {
    guard !isClosing else { return call.fail(RPCError(.unavailable, "The channel is closed.")) }
    callsStarted &+= 1
    dropEnded()
    if waiting.isEmpty, carry(call) { return }
    guard waiting.count < configuration.waitingCallLimit else {
      return call.fail(RPCError(.resourceExhausted, "Too many calls wait for a connection."))
    }
    waiting.append(call)
    activate()
    connect()
    failIfHopeless()
  }

  func callRests(_ call: ClientCall) {
    guard !isClosing else { return call.fail(RPCError(.unavailable, "The channel is closed.")) }
    resting[ObjectIdentifier(call)] = call
  }

  func callRestsNoMore(_ call: ClientCall) { resting[ObjectIdentifier(call)] = nil }

  private func carry(_ call: ClientCall) -> Bool {
    while let connection = pick() {
      if connection.carry(call) { return true }
    }
    return false
  }

  private func pick() -> ClientConnection? {
    let index = balancer.pick(count: ready.count) {
      ready[$0].openCalls
    } random: {
      Int.random(in: $0)
    }
    return index.flatMap { ready[$0].readyConnection }
  }

  private func carryWaiting() {
    dropEnded()
    while let call = waiting.first, carry(call) {
      waiting.removeFirst()
      dropEnded()
    }
  }

  private func dropEnded() {
    while let call = waiting.first, call.phase == .ended { waiting.removeFirst() }
  }

  /// With no connection and none on the way, a call fails at once unless it chose to wait.
  private func failIfHopeless() {
    guard !waiting.isEmpty, !isHopeful else { return }
    let calls = waiting
    waiting = calls.filter(\.waitsForReady)
    for call in calls where !call.waitsForReady { call.couldNotStart(lastFailure) }
  }

  private var isHopeful: Bool {
    switch addresses {
    case .pending: true
    case .failed: false
    case .known: subchannels.contains { $0.status == .connecting || $0.status == .ready }
    }
  }

  // MARK: Addresses

  /// The name was resolved, or could not be.
  func resolved(_ result: Result<[Endpoint], RPCError>) {
    guard !isClosing else { return }
    switch result {
    case .success(let endpoints):
      addresses = .known
      worker.turn {
        use(endpoints)
        subchannelChanged()
        failIfHopeless()
      }
    case .failure(let error):
      configuration.logger.debug("cannot resolve", metadata: ["reason": "\(error.message)"])
      if case .known = addresses { return }
      addresses = .failed
      lastFailure = error
      failIfHopeless()
    }
  }

  /// Keeps the subchannels of addresses that stay, with their connections, and lets those go whose address is gone.
  private func use(_ endpoints: [Endpoint]) {
    var former = Dictionary(uniqueKeysWithValues: subchannels.map { ($0.endpoint, $0) })
    var seen: Set<Endpoint> = []
    subchannels = (balancer.shufflesAddresses ? endpoints.shuffled() : endpoints).filter { seen.insert($0).inserted }.map { endpoint in
      former.removeValue(forKey: endpoint)
        ?? Subchannel(
          endpoint: endpoint, worker: worker, configuration: configuration, tls: tls,
          healthService: balancer.heedsHealth ? configuration.serviceConfig?.healthCheckServiceName : nil, shard: self)
    }
    let removed = Array(former.values)
    leaving += removed
    refreshReady()
    for subchannel in removed { subchannel.close() }
  }

  // MARK: Subchannels

  private func connect() {
    guard isActive, !isClosing else { return }
    let isNeeded = !waiting.isEmpty
    for index in balancer.toConnect(subchannels.map(\.status), isNeeded: isNeeded) where isNeeded || subchannels[index].connectsByItself {
      subchannels[index].connectIfIdle()
    }
  }

  private func refreshReady() { ready = subchannels.filter { $0.status == .ready } }

  func subchannelChanged() {
    leaving.removeAll(where: \.isDone)
    refreshReady()
    carryWaiting()
    connect()
    failIfHopeless()
    if isClosing { finishIfDone() }
  }

  /// A connection was lost, or told to go: the service may have moved.
  func subchannelLost() {
    if isActive { resolution?.request() }
    subchannelChanged()
  }

  func subchannelFailed(_ error: RPCError) {
    lastFailure = error
    if isActive { resolution?.request() }
    refreshReady()
    // The next address may be tried now.
    connect()
    failIfHopeless()
    if isClosing { finishIfDone() }
  }

  /// A stream more may be opened somewhere.
  func hasRoom() {
    if !waiting.isEmpty { carryWaiting() }
    if isClosing { finishIfDone() }
  }

  /// Calls that wait, and every address.
  var report: (waitingCalls: Int, subchannels: [SubchannelReport]) {
    (waiting.count { $0.phase != .ended }, (subchannels + leaving).map(\.report))
  }

  // MARK: Activity

  private func activate() {
    guard !isActive else { return }
    isActive = true
    if case .known = addresses {} else { addresses = .pending }
    resolution?.request()
    if let idleTimeout = configuration.idleTimeout { watchForIdleness(every: TimeAmount(idleTimeout)) }
    if let outlierDetector { sweepOutliers(outlierDetector) }
  }

  /// Looks whether a call was made since the last look; so the connections go between one and two timeouts after the last call.
  private func watchForIdleness(every period: TimeAmount) {
    callsSeen = callsStarted
    idleTimer = worker.loop.scheduleRepeatedTask(initialDelay: period, delay: period) { [weak self] _ in
      guard let self else { return }
      if callsSeen == callsStarted, waiting.isEmpty, resting.isEmpty, !subchannels.contains(where: \.hasCalls) { goIdle() }
      callsSeen = callsStarted
    }
  }

  private func goIdle() {
    isActive = false
    stopTimers()
    worker.turn {
      for subchannel in subchannels { subchannel.goIdle() }
    }
  }

  private func sweepOutliers(_ detector: OutlierDetector) {
    let interval = max(TimeAmount(detector.configuration.interval), .milliseconds(1))
    outlierTimer = worker.loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { [weak self] _ in
      guard let self else { return }
      var hosts = subchannels.map(\.outlier)
      let former = hosts.map(\.isEjected)
      detector.sweep(&hosts, now: .now()) { Int.random(in: 0..<100) }
      for (subchannel, host) in zip(subchannels, hosts) { subchannel.outlier = host }
      if hosts.map(\.isEjected) != former { worker.turn { self.subchannelChanged() } }
    }
  }

  private func stopTimers() {
    idleTimer?.cancel()
    idleTimer = nil
    outlierTimer?.cancel()
    outlierTimer = nil
  }

  // MARK: Closing

  func close(_ completion: @escaping @Sendable () -> Void) {
    isClosing = true
    closed.append(completion)
    stopTimers()
    let calls = Array(waiting) + Array(resting.values)
    waiting = []
    resting = [:]
    for call in calls { call.fail(RPCError(.unavailable, "The channel is closed.")) }
    worker.turn {
      for subchannel in subchannels { subchannel.close() }
    }
    finishIfDone()
  }

  private func finishIfDone() {
    guard subchannels.allSatisfy(\.isDone), leaving.allSatisfy(\.isDone) else { return }
    let completions = closed
    closed = []
    for completion in completions { completion() }
  }
}
