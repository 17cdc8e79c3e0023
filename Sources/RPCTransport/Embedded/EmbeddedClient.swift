internal import Logging
package import RPC

/// A client's connection without a socket, for tests that feed it a server's bytes. Used from a thread that may block.
package final class EmbeddedClient: Sendable {
  private let worker: LoopWorker
  private let executor: LoopExecutor

  package init(loops: EventLoops) {
    worker = loops.workers[0]
    executor = LoopExecutor(worker: worker, method: "embedded", logger: Logger(label: "embedded"))
  }

  package struct Remains: Sendable {
    /// What the client said.
    package var written: [UInt8]
    /// How each call ended, in the order of the methods; nil for OK.
    package var failures: [RPCError?]
  }

  /// Opens a connection, makes a call of each method on it, feeds it the pieces, and closes it. Every call has ended then.
  package func converse(_ pieces: [[UInt8]], calling methods: [MethodDescriptor]) async -> Remains {
    let carrier = EmbeddedCarrier(worker: worker)
    return await withTaskExecutorPreference(executor) { [worker] in
      await withTaskGroup(of: (Int, RPCError?).self) { group in
        for (index, method) in methods.enumerated() {
          group.addTask(executorPreference: self.executor) { (index, await carrier.outcome(of: method)) }
        }
        // Each task runs until it waits for its reply before this one goes on.
        await worker.pause()
        worker.turn { carrier.feed(pieces) }
        await worker.pause()
        worker.turn { carrier.pipe.abort() }
        var failures = [RPCError?](repeating: nil, count: methods.count)
        for await (index, failure) in group { failures[index] = failure }
        return Remains(written: carrier.pipe.written, failures: failures)
      }
    }
  }
}

/// Where the calls wait until the connection is ready.
///
/// `@unchecked Sendable`: used on the worker's loop only.
private final class EmbeddedCarrier: ClientCallOwner, ClientConnectionObserver, @unchecked Sendable {
  let pipe: EmbeddedPipe
  private let worker: LoopWorker
  private var connection: ClientConnection?
  private var waiting: [ClientCall] = []
  private var isClosed = false
  private let configuration = ChannelConfiguration(addresses: [])

  init(worker: LoopWorker) {
    self.worker = worker
    pipe = EmbeddedPipe(loop: worker.loop)
  }

  func feed(_ pieces: [[UInt8]]) {
    // Memory is the only thing that this can fail for.
    let connection = try! ClientConnection(
      worker: worker, pipe: pipe, authority: "embedded", isEncrypted: false, configuration: configuration, observer: self)
    self.connection = connection
    pipe.attach(connection)
    for piece in pieces { pipe.feed(piece) }
  }

  /// Makes one call and takes everything that it gives.
  func outcome(of method: MethodDescriptor) async -> RPCError? {
    do {
      if method.kind == .unary {
        let request = MessageFrame.frame([1, 2, 3])
        _ = try await ClientCall(
          method: method, request: request, options: CallOptions(), worker: worker, calls: self, configuration: configuration
        ).reply()
      } else {
        let call = ClientCall(
          method: method, request: nil, options: CallOptions(), worker: worker, calls: self, configuration: configuration)
        let stream = ClientCallHandle(call)
        try await call.opened()
        try await stream.send([1, 2, 3], compress: false)
        try await stream.finish()
        while try await stream.next() != nil {}
      }
      return nil
    } catch {
      return error as? RPCError ?? RPCError(.unknown, "\(error)")
    }
  }

  var retryThrottle: RetryThrottle? { nil }

  /// Nothing is retried here.
  func callIsRepeated(_ call: ClientCall) {}

  func callRests(_ call: ClientCall) {}

  func callRestsNoMore(_ call: ClientCall) {}

  func start(_ call: ClientCall) {
    guard !isClosed else { return call.fail(RPCError(.unavailable, "The connection is closed.")) }
    waiting.append(call)
    carryWaiting()
  }

  private func carryWaiting() {
    while let connection, connection.hasRoom, let call = waiting.popLast() {
      if call.phase == .waiting, !connection.carry(call) { waiting.append(call) }
    }
  }

  func connectionIsReady(_ connection: ClientConnection) { carryWaiting() }
  func connectionEndedCall(_ connection: ClientConnection, succeeded: Bool) { carryWaiting() }

  func connectionHasRoom(_ connection: ClientConnection) { carryWaiting() }
  func connectionLeaves(_ connection: ClientConnection) {}

  func connectionClosed(_ connection: ClientConnection) {
    isClosed = true
    self.connection = nil
    let calls = waiting
    waiting = []
    for call in calls { call.fail(RPCError(.unavailable, "The connection is closed.")) }
  }
}
