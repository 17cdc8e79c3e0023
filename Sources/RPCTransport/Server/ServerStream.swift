internal import HTTP2
internal import NIOCore
internal import RPC

/// One call as a server sees it: gathers the request, runs the handler as a task, writes what it answers.
///
/// Its phases: `arriving` (headers, then for a single request its message) → `running` (the handler) → `answered`. A refusal, the deadline
/// or the caller's reset go to `answered` from anywhere; the handler's task is then cancelled and what it still returns is ignored.
///
/// `@unchecked Sendable`: the handler's task holds it, and every method that a task calls goes to the loop first; all state is touched on
/// the loop's thread only.
final class ServerStream: HTTP2Stream, DeadlineObserver, @unchecked Sendable {
  enum Phase {
    case arriving
    case running
    case answered
  }

  let connection: ServerConnection
  private(set) var phase = Phase.arriving
  /// What has arrived of the request's first header block.
  @exclusivity(unchecked) private var head = RequestHead()
  @exclusivity(unchecked) private var route: Router.Route?
  /// Set before the handler starts, and not changed any more.
  @exclusivity(unchecked) private(set) var call: ServerCall?
  /// What a call with streams of messages needs besides; nil for a unary one.
  private(set) var streaming: StreamingState?
  private var task: Task<Void, Never>?
  private var deadline: DeadlineWheel.Entry?

  @exclusivity(unchecked) private var deframer: MessageDeframer
  private(set) var requestHasEnded = false
  private var requestHasFailed = false
  /// Whether the message of a single-request call is whole.
  private var hasRequest = false
  /// Bytes that count against the caller's window until the handler has asked for all that is here.
  private var heldBytes = 0
  /// Bytes that the call holds of its request, until its handler has returned: headers, messages that arrive or wait, one that the handler has.
  private var requestBytes = 0
  /// Of them, what the message costs that a streaming handler took last.
  private var takenBytes = 0
  /// Since when a message has been on its way; nil between messages.
  private var arrivingSince: NIODeadline? {
    didSet { connection.arrivingMessages += (arrivingSince == nil ? 0 : 1) - (oldValue == nil ? 0 : 1) }
  }
  private var isHandlerRunning = false

  private(set) var hasSentHead = false

  /// What a message that waits costs beyond its bytes: an array and its place in the queue.
  private static let waitingMessageOverhead = 64

  init(connection: ServerConnection) {
    self.connection = connection
    deframer = MessageDeframer(largestMessageBytes: connection.configuration.largestMessageBytes)
  }

  var worker: LoopWorker { connection.worker }
  var session: HTTP2Session { connection.session }

  // MARK: The request arrives

  override func receivedField(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
    // A second header block is the request's trailers, which gRPC does not have: ignored.
    guard call == nil, phase == .arriving else { return }
    if name.equals(WireNames.path) { head.readPath(value, connection.core.router) } else { head.read(name, value) }
  }

  override func receivedHeaders(isOverLimit: Bool, endsStream: Bool) {
    guard call == nil, phase == .arriving else { return }
    switch head.refusal(isOverLimit: isOverLimit, connection.core.router) {
    case .http(let status, let withText): return refuse(httpStatus: status, withText: withText)
    case .rpc(let error): return answer(error)
    case nil: break
    }
    guard let route = head.route else { return }
    self.route = route
    let method = route.method.descriptor
    if method.kind != .unary { streaming = StreamingState() }
    call = ServerCall(
      method: method, metadata: head.metadata, deadline: head.timeout.map { .after($0) }, peer: connection.peer, takesGzip: head.takesGzip,
      largestMessageBytes: connection.configuration.largestMessageBytes, exchange: self)
    deframer.takesCompressed = head.encoding != .identity
    if let timeout = head.timeout {
      deadline = worker.deadlines.watch(self, after: timeout)
    }
    head = RequestHead()
    do {
      try hold(session.arrivedHeaderBytes)
    } catch {
      return failRequest(error)
    }
    if method.kind.hasSingleRequest { arrivingSince = connection.lastReceived } else { start(route) }
  }

  override func receivedData(_ bytes: UnsafeRawBufferPointer) {
    guard phase != .answered, let route, !requestHasFailed else {
      return session.consume(self, byteCount: bytes.count)
    }
    heldBytes += bytes.count
    do {
      if route.method.descriptor.kind.hasSingleRequest {
        try receiveSingle(bytes)
        giveBackHeldBytes()
      } else {
        try receiveNext(bytes)
        deliverRequest()
      }
    } catch {
      giveBackHeldBytes()
      failRequest(error)
    }
  }

  override func receivedEnd() {
    requestHasEnded = true
    guard phase != .answered, let route, !requestHasFailed else { return }
    if deframer.isInsideMessage {
      return failRequest(RPCError(.internalError, "The request ends within a message."))
    }
    guard route.method.descriptor.kind.hasSingleRequest else { return deliverRequest() }
    guard hasRequest else {
      return failRequest(RPCError(.unimplemented, "The request has no message, and the method takes one."))
    }
    start(route)
  }

  /// Gathers the one message.
  private func receiveSingle(_ bytes: UnsafeRawBufferPointer) throws(RPCError) {
    try hold(bytes.count)
    try deframer.append(bytes) { (message) throws(RPCError) in
      guard !hasRequest else { throw RPCError(.unimplemented, "The request has more messages than the one that the method takes.") }
      hasRequest = true
      call?.request = message
    }
  }

  /// Gathers the messages of a stream. One that is whole counts against the caller's window until the handler asks for it; the time of
  /// arrival begins anew with the next.
  private func receiveNext(_ bytes: UnsafeRawBufferPointer) throws(RPCError) {
    var more = -deframer.bufferedBytes
    try deframer.append(bytes) { (message) throws(RPCError) in
      streaming?.requests.append(message)
      more += ServerStream.cost(message)
      arrivingSince = nil
    }
    more += deframer.bufferedBytes
    if deframer.isInsideMessage, arrivingSince == nil { arrivingSince = connection.lastReceived }
    try hold(more)
  }

  private static func cost(_ message: WireMessage) -> Int { message.bytes.count + waitingMessageOverhead }

  private func failRequest(_ error: RPCError) {
    requestHasFailed = true
    streaming?.failure = error
    answer(error)
  }

  func giveBackHeldBytes() {
    session.consume(self, byteCount: heldBytes)
    heldBytes = 0
  }

  /// Windows bound what has not been taken in; what a call holds counts against what a connection and a loop may hold. Bytes of a message
  /// that is not whole are given back to the caller's window, or one larger than the window would never come.
  private func hold(_ bytes: Int) throws(RPCError) {
    requestBytes += bytes
    guard connection.holdRequest(bytes) || bytes <= 0 else {
      throw RPCError(
        .resourceExhausted, "Too many bytes of requests are pending.", reason: "REQUEST_BYTES_PENDING", domain: RPCError.domainOfRuntime)
    }
  }

  /// Ends a call whose message began to arrive too long ago: half messages would hold what all callers share.
  func tick(_ now: NIODeadline) {
    guard let arrivingSince, now - arrivingSince > TimeAmount(connection.configuration.messageArrivalTimeout) else { return }
    failRequest(
      RPCError(
        .deadlineExceeded, "The request's message did not arrive in time.", reason: "REQUEST_STALLED", domain: RPCError.domainOfRuntime))
  }

  /// The handler has taken this message, and has no more what it had before.
  func handlerTook(_ message: WireMessage) {
    connection.holdRequest(-takenBytes)
    requestBytes -= takenBytes
    takenBytes = ServerStream.cost(message)
  }

  /// A few bytes on the wire may be megabytes here, and stay while the handler runs.
  func holdInflated(_ bytes: Int) async throws {
    try await worker.suspend { (continuation: Suspension<Void>) in
      self.takenBytes += bytes
      continuation.resume(with: Result { try self.hold(bytes) })
    }
  }

  private func releaseRequest() {
    connection.holdRequest(-requestBytes)
    requestBytes = 0
  }

  // MARK: The handler runs

  private func start(_ route: Router.Route) {
    phase = .running
    arrivingSince = nil
    isHandlerRunning = true
    connection.handlerBegan()
    // Of the stream alone: a closure that holds nothing else needs no memory of its own.
    switch route.method.execution {
    case .onLoop: task = Task(executorPreference: connection.shard.executors[route.index]) { await self.run() }
    case .offLoop: task = Task.detached { await self.run() }
    }
  }

  private func run() async {
    // Neither changes once the handler has started.
    guard let route, let call else { return }
    var outcome: Result<[UInt8]?, any Error>
    do {
      outcome = .success(try await route.method.handler(ServerContext(call: call)).frame)
      if case .success(let frame?) = outcome, call.settleCompression() == .gzip { outcome = .success(await MessageFrame.compressed(frame)) }
    } catch {
      outcome = .failure(error)
    }
    if worker.loop.inEventLoop {
      handlerReturned(outcome, call)
    } else {
      let outcome = outcome
      worker.execute { self.handlerReturned(outcome, call) }
    }
  }

  private func handlerReturned(_ outcome: Result<[UInt8]?, any Error>, _ call: ServerCall) {
    task = nil
    isHandlerRunning = false
    releaseRequest()
    connection.handlerEnded()
    guard phase == .running else { return }
    switch outcome {
    case .success(let reply?) where !connection.hasRoomForReply(reply.count):
      answer(ServerStream.tooManyReplyBytes)
    case .success(let reply):
      sendHead(call)
      if let reply { session.write(self, reply) }
      session.end(self, trailers: call.trailersOfSuccess, refusingMore: !requestHasEnded)
      finish()
    case .failure(let error):
      answer(connection.core.edgeError(error, call))
    }
  }

  // MARK: The answer leaves

  static let tooManyReplyBytes = RPCError(
    .resourceExhausted, "Too many bytes of replies wait to be read.", reason: "REPLY_BYTES_PENDING", domain: RPCError.domainOfRuntime)

  func sendHead(_ call: ServerCall) {
    guard !hasSentHead else { return }
    hasSentHead = true
    session.sendHeaders(self, ResponseHeaders.head(call.response.withLock { $0.metadata }, call.settleCompression()))
  }

  /// Ends the call with a status other than OK, from any phase.
  private func answer(_ error: RPCError) {
    guard phase != .answered else { return }
    if phase == .arriving { connection.shard.countRefusal(error, route?.method.descriptor) }
    var error = error
    if !connection.configuration.explainsRefusals, error.domain == RPCError.domainOfRuntime { error.details = [] }
    let (metadata, trailers) = call?.response.withLock { ($0.metadata, $0.trailers) } ?? (Metadata(), Metadata())
    // Metadata that a handler set before it failed travels in headers of its own; else the failure is trailers alone.
    if !metadata.isEmpty, let call { sendHead(call) }
    let headers = ResponseHeaders.failure(error, trailers, isOnly: !hasSentHead, limit: session.peerHeaderListBytes)
    if hasSentHead {
      session.end(self, trailers: headers, refusingMore: !requestHasEnded)
    } else {
      session.sendHeadersAndEnd(self, headers, refusingMore: !requestHasEnded)
    }
    finish()
    cancelHandler(error)
  }

  /// Whoever asks with a browser or curl reads what this is.
  private static let httpRefusal = Array("This is a gRPC server: it answers POST requests of content-type application/grpc.\n".utf8)

  private func refuse(httpStatus: Int, withText: Bool) {
    session.sendHeaders(self, ResponseHeaders.http(status: httpStatus, contentLength: ServerStream.httpRefusal.count))
    if withText { session.write(self, ServerStream.httpRefusal) }
    session.end(self, refusingMore: true)
    finish()
  }

  private func finish() {
    phase = .answered
    arrivingSince = nil
    if !isHandlerRunning { releaseRequest() }
    giveBackHeldBytes()
    streaming?.requests.removeAll()
    if let deadline { worker.deadlines.cancel(deadline) }
    deadline = nil
    connection.setNeedsFlush()
  }

  func deadlinePassed() {
    // A reader too slow for its own deadline gets no more messages, only the status.
    worker.turn {
      session.dropQueued(self)
      answer(.deadlineExceeded)
    }
  }

  /// A streaming call may last for ever; a drain does not wait for it.
  func endForDrain() {
    guard streaming != nil else { return }
    answer(RPCError(.unavailable, "The server is shutting down."))
  }

  private func cancelHandler(_ error: RPCError) {
    task?.cancel()
    task = nil
    streaming?.resumeAll(throwing: error)
  }

  override func outboundDrained() { streaming?.roomIsThere() }

  override func closed(_ code: HTTP2ErrorCode) {
    // The session has given the connection's window back what this stream held.
    heldBytes = 0
    if phase != .answered { finish() }
    cancelHandler(.cancelledByCaller)
    connection.callEnded()
  }
}

extension ServerCall {
  fileprivate var trailersOfSuccess: HeaderList {
    response.withLock { ResponseHeaders.trailers($0.trailers) }
  }
}
