internal import HTTP2
internal import Logging
internal import Metrics
internal import RPC

/// What all connections of a server share; constant after the start.
final class ServerCore: Sendable {
  let router: Router
  let configuration: RPCServerConfiguration

  init(configuration: RPCServerConfiguration, services: [any RPCService], interceptors: [any ServerInterceptor]) {
    self.configuration = configuration
    self.router = Router(services: services, interceptors: interceptors)
  }

  var http2Limits: HTTP2Limits {
    var limits = HTTP2Limits()
    limits.concurrentStreams = UInt32(configuration.concurrentCallsPerConnection)
    limits.headerListBytes = configuration.headerListBytes
    return limits
  }

  /// The error as its caller sees it; what is our own fault is logged here, once.
  func edgeError(_ error: any Error, _ call: ServerCall) -> RPCError {
    let (answer, isUnexpected) = RPCError.atEdge(error, deadline: call.deadline)
    if isUnexpected {
      configuration.logger.error(
        "a handler failed", metadata: ["method": "\(call.method.path)", "error": "\(String(reflecting: error))"])
    }
    return answer
  }
}

/// A server's part on one event loop: an executor for each method, and the connections that live there.
///
/// `@unchecked Sendable`: `connections` is touched on the loop's thread only.
final class ServerShard: @unchecked Sendable {
  let core: ServerCore
  let worker: LoopWorker
  /// By the route's index.
  let executors: [LoopExecutor]
  private(set) var connections: [ObjectIdentifier: ServerConnection] = [:]
  /// Bytes of requests that calls hold, and of replies that wait for their readers, of all connections.
  var requestBytes = 0
  var replyBytes = 0
  private var isDraining = false
  private var drained: [() -> Void] = []

  init(core: ServerCore, worker: LoopWorker) {
    self.core = core
    self.worker = worker
    executors = core.router.routes.map {
      LoopExecutor(worker: worker, method: $0.method.descriptor.path, logger: core.configuration.logger)
    }
  }

  func add(_ connection: ServerConnection) {
    connections[ObjectIdentifier(connection)] = connection
    worker.add(connection)
    if isDraining { connection.drain() }
  }

  func remove(_ connection: ServerConnection) {
    worker.remove(connection)
    connections[ObjectIdentifier(connection)] = nil
    finishDrainIfEmpty()
  }

  /// Counts a call that was answered without a handler or an interceptor: nobody else sees it.
  func countRefusal(_ error: RPCError, _ method: MethodDescriptor?) {
    Counter(label: "rpc_server_refusals_total", dimensions: [("method", method?.path ?? "unknown"), ("code", "\(error.code)")]).increment()
    core.configuration.logger.debug(
      "a call was refused by the runtime", metadata: ["code": "\(error.code)", "reason": "\(error.reason ?? "")"])
  }

  /// Tells every connection to end its calls and close; `completion` comes when all have.
  func drain(_ completion: @escaping () -> Void) {
    isDraining = true
    drained.append(completion)
    worker.turn {
      for connection in connections.values { connection.drain() }
    }
    finishDrainIfEmpty()
  }

  func endStreamingCalls() {
    worker.turn {
      for connection in connections.values { connection.endStreamingCalls() }
    }
  }

  /// Cuts off what is left.
  func abort() {
    worker.turn {
      for connection in connections.values { connection.abort() }
    }
  }

  /// Waits no longer for handlers that ignore their cancellation.
  func abandon() {
    core.configuration.logger.error(
      "a drain ended before every handler did", metadata: ["handlers": "\(connections.values.reduce(0) { $0 + $1.runningHandlers })"])
    completeDrain()
  }

  private func finishDrainIfEmpty() {
    if isDraining, connections.isEmpty { completeDrain() }
  }

  private func completeDrain() {
    let completions = drained
    drained = []
    for completion in completions { completion() }
  }
}
