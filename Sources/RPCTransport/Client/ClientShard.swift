internal import DequeModule
internal import RPC

/// A channel's part on one event loop: its own connections to every address, and the calls that wait for one.
///
/// `@unchecked Sendable`: touched on its worker's loop only.
final class ClientShard: ClientCallOwner, @unchecked Sendable {
  let worker: LoopWorker
  let retryThrottle: RetryThrottle?
  private let configuration: ChannelConfiguration
  private var subchannels: [Subchannel] = []
  private var turn = 0
  /// Calls that wait for a connection with room, in order. A call that ended while it waited is skipped when its turn comes.
  private var waiting: Deque<ClientCall> = []
  private var lastFailure = RPCError(.unavailable, "No address to connect to.")
  private var closed: [@Sendable () -> Void] = []
  private var isClosing = false

  init(
    worker: LoopWorker, configuration: ChannelConfiguration, tls: FileBacked<ClientTLS.Context>?, retryThrottle: RetryThrottle?
  ) {
    self.worker = worker
    self.retryThrottle = retryThrottle
    self.configuration = configuration
    subchannels = configuration.addresses.map {
      Subchannel(address: $0, worker: worker, configuration: configuration, tls: tls, shard: self)
    }
  }

  // MARK: Calls

  func start(_ call: ClientCall) {
    guard !isClosing else { return call.fail(RPCError(.unavailable, "The channel is closed.")) }
    dropEnded()
    if waiting.isEmpty, carry(call) { return }
    guard waiting.count < configuration.waitingCallLimit else {
      return call.fail(RPCError(.resourceExhausted, "Too many calls wait for a connection."))
    }
    waiting.append(call)
    connect()
    failIfHopeless()
  }

  private func carry(_ call: ClientCall) -> Bool {
    while let connection = pick() {
      if connection.carry(call) { return true }
    }
    return false
  }

  /// The next connection in turn that can take a call.
  private func pick() -> ClientConnection? {
    for _ in subchannels.indices {
      turn = (turn + 1) % subchannels.count
      if let connection = subchannels[turn].readyConnection, connection.hasRoom { return connection }
    }
    return nil
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

  private func connect() {
    for subchannel in subchannels { subchannel.connectIfIdle() }
  }

  /// With no connection and none on the way, a call fails at once unless it chose to wait.
  private func failIfHopeless() {
    guard !waiting.isEmpty, !subchannels.contains(where: \.isHopeful) else { return }
    let calls = waiting
    waiting = calls.filter(\.waitsForReady)
    for call in calls where !call.waitsForReady { call.couldNotStart(lastFailure) }
  }

  // MARK: Subchannels

  func subchannelChanged() {
    carryWaiting()
    if !waiting.isEmpty { connect() }
    if isClosing { finishIfDone() }
  }

  func subchannelFailed(_ error: RPCError) {
    lastFailure = error
    failIfHopeless()
    if isClosing { finishIfDone() }
  }

  // MARK: Closing

  func close(_ completion: @escaping @Sendable () -> Void) {
    isClosing = true
    closed.append(completion)
    let calls = waiting
    waiting = []
    for call in calls { call.fail(RPCError(.unavailable, "The channel is closed.")) }
    worker.turn {
      for subchannel in subchannels { subchannel.close() }
    }
    finishIfDone()
  }

  private func finishIfDone() {
    guard subchannels.allSatisfy(\.isDone) else { return }
    let completions = closed
    closed = []
    for completion in completions { completion() }
  }
}
