internal import DequeModule
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
  private enum Phase {
    case arriving
    case running
    case answered
  }

  private let connection: ServerConnection
  private var phase = Phase.arriving
  private var route: Router.Route?
  /// Set before the handler starts, and not changed any more.
  private var call: ServerCall?
  private var task: Task<Void, Never>?
  private var deadline: DeadlineWheel.Entry?

  private var deframer: MessageDeframer
  private var requestHasEnded = false
  /// The message of a single-request call, until its handler starts.
  private var request: WireMessage?
  /// Messages of a streaming request that the handler has not asked for.
  private var requests: Deque<WireMessage> = []
  private var requestFailure: RPCError?
  private var requestWaiter: CheckedContinuation<WireMessage?, any Error>?
  /// Bytes that count against the caller's window until the handler has asked for all that is here.
  private var heldBytes = 0
  /// Bytes that the call holds of its request, until its handler has returned: headers, messages that arrive or wait, one that the handler has.
  private var requestBytes = 0
  /// Of them, what the message costs that a streaming handler took last.
  private var takenBytes = 0
  private var messagesTaken = 0
  /// Since when a message has been on its way; nil between messages.
  private var arrivingSince: NIODeadline? {
    didSet { connection.arrivingMessages += (arrivingSince == nil ? 0 : 1) - (oldValue == nil ? 0 : 1) }
  }
  private var isHandlerRunning = false

  private var hasSentHead = false
  private var roomWaiter: CheckedContinuation<Void, any Error>?

  /// What a message that waits costs beyond its bytes: an array and its place in the queue.
  private static let waitingMessageOverhead = 64
  /// Messages that a handler takes in one run on its loop, at most: a window of the smallest ones would keep all others waiting.
  private static let messagesTakenInOneRun = 64

  init(connection: ServerConnection) {
    self.connection = connection
    deframer = MessageDeframer(largestMessageBytes: connection.configuration.largestMessageBytes)
  }

  private var worker: LoopWorker { connection.worker }
  private var session: HTTP2Session { connection.session }

  // MARK: The request arrives

  override func receivedHeaders(_ headers: borrowing HeaderList, endsStream: Bool) {
    // A second header block is the request's trailers, which gRPC does not have: ignored.
    guard route == nil, phase == .arriving else { return }
    let head = RequestHead(headers)
    switch head.refusal {
    case .http(let status, let withText): return refuse(httpStatus: status, withText: withText)
    case .rpc(let error): return answer(error)
    case nil: break
    }
    guard let route = connection.shard.core.router.route(head.path) else {
      return answer(connection.shard.core.router.refusal(of: head.path))
    }
    self.route = route
    call = ServerCall(
      method: route.method.descriptor, metadata: head.metadata, deadline: head.timeout.map { .after($0) }, peer: connection.peer,
      takesGzip: head.takesGzip)
    deframer.takesCompressed = head.encoding != .identity
    if let timeout = head.timeout {
      deadline = worker.deadlines.watch(self, after: timeout)
    }
    do {
      try hold(headers.listBytes)
    } catch {
      return failRequest(error)
    }
    if route.method.descriptor.kind.hasSingleRequest { arrivingSince = .now() } else { start() }
  }

  override func receivedData(_ bytes: UnsafeRawBufferPointer) {
    guard phase != .answered, let route, requestFailure == nil else {
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
    guard phase != .answered, let route, requestFailure == nil else { return }
    if deframer.isInsideMessage {
      return failRequest(RPCError(.internalError, "The request ends within a message."))
    }
    guard route.method.descriptor.kind.hasSingleRequest else { return deliverRequest() }
    guard request != nil else {
      return failRequest(RPCError(.unimplemented, "The request has no message, and the method takes one."))
    }
    start()
  }

  /// Gathers the one message.
  private func receiveSingle(_ bytes: UnsafeRawBufferPointer) throws(RPCError) {
    try hold(bytes.count)
    try deframer.append(bytes) { (message) throws(RPCError) in
      guard request == nil else { throw RPCError(.unimplemented, "The request has more messages than the one that the method takes.") }
      request = message
    }
  }

  /// Gathers the messages of a stream. One that is whole counts against the caller's window until the handler asks for it; the time of
  /// arrival begins anew with the next.
  private func receiveNext(_ bytes: UnsafeRawBufferPointer) throws(RPCError) {
    var more = -deframer.bufferedBytes
    try deframer.append(bytes) { (message) throws(RPCError) in
      requests.append(message)
      more += ServerStream.cost(message)
      arrivingSince = nil
    }
    more += deframer.bufferedBytes
    if deframer.isInsideMessage, arrivingSince == nil { arrivingSince = .now() }
    try hold(more)
  }

  private static func cost(_ message: WireMessage) -> Int { message.bytes.count + waitingMessageOverhead }

  private func failRequest(_ error: RPCError) {
    requestFailure = error
    answer(error)
  }

  private func giveBackHeldBytes() {
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

  private func releaseRequest() {
    connection.holdRequest(-requestBytes)
    requestBytes = 0
  }

  // MARK: The handler runs

  private func start() {
    guard let route, let call else { return }
    phase = .running
    let message = request ?? WireMessage([])
    request = nil
    arrivingSince = nil
    isHandlerRunning = true
    connection.handlerBegan()
    switch route.method.execution {
    case .onLoop:
      task = Task(executorPreference: connection.shard.executors[route.index]) { await self.run(route.method.handler, message, call) }
    case .offLoop:
      task = Task.detached { await self.run(route.method.handler, message, call) }
    }
  }

  private func run(_ handler: RPCMethod.Handler, _ message: WireMessage, _ call: ServerCall) async {
    let interceptors = connection.shard.core.interceptors
    let context = ServerContext(call: call)
    let outcome: Result<[UInt8]?, any Error>
    do {
      // A message is inflated behind the interceptors, which know whose it is.
      switch handler {
      case .unary(let body):
        // The plain way spares two async calls a message (Benchmarks/rpc.py at 10x32).
        let bytes = message.bytes
        let reply =
          message.isCompressed
          ? try await interceptors.run(context) { try await body(try await self.unpack(message, call), $0) }
          : try await interceptors.run(context) { try await body(bytes, $0) }
        outcome = .success(call.settleCompression() == .gzip ? await MessageFrame.compressed(reply) : reply)
      case .clientStreaming(let body):
        outcome = .success(await pack(try await interceptors.run(context) { try await body(self, $0) }, call))
      case .serverStreaming(let body):
        try await interceptors.run(context) { try await body(try await self.unpack(message, call), $0, self) }
        outcome = .success(nil)
      case .bidirectional(let body):
        try await interceptors.run(context) { try await body(self, $0, self) }
        outcome = .success(nil)
      }
    } catch {
      outcome = .failure(error)
    }
    if worker.loop.inEventLoop {
      handlerReturned(outcome)
    } else {
      worker.execute { self.handlerReturned(outcome) }
    }
  }

  private func unpack(_ message: WireMessage, _ call: ServerCall) async throws -> [UInt8] {
    guard message.isCompressed || call.requestIsCompressed.load(ordering: .relaxed) else { return message.bytes }
    call.requestIsCompressed.store(message.isCompressed, ordering: .relaxed)
    let bytes = try await message.unpacked(limit: connection.configuration.largestMessageBytes)
    if message.isCompressed { try await holdInflated(bytes.count) }
    return bytes
  }

  /// A few bytes on the wire may be megabytes here, and stay while the handler runs.
  private func holdInflated(_ bytes: Int) async throws {
    try await worker.suspend { (continuation: CheckedContinuation<Void, any Error>) in
      self.takenBytes += bytes
      continuation.resume(with: Result { try self.hold(bytes) })
    }
  }

  private func pack(_ framed: [UInt8], _ call: ServerCall) async -> [UInt8] {
    call.settleCompression() == .gzip ? await MessageFrame.compressed(framed) : framed
  }

  private func handlerReturned(_ outcome: Result<[UInt8]?, any Error>) {
    task = nil
    isHandlerRunning = false
    releaseRequest()
    connection.handlerEnded()
    guard phase == .running, let call else { return }
    switch outcome {
    case .success(let reply?) where !connection.hasRoomForReply(reply.count):
      answer(ServerStream.tooManyReplyBytes)
    case .success(let reply):
      let response = call.response.withLock { $0 }
      sendHead(call, response.metadata)
      if let reply { session.write(self, reply) }
      session.end(self, trailers: ResponseHeaders.trailers(response.trailers), refusingMore: !requestHasEnded)
      finish()
    case .failure(let error):
      answer(connection.shard.core.edgeError(error, call))
    }
  }

  // MARK: The answer leaves

  private static let tooManyReplyBytes = RPCError(
    .resourceExhausted, "Too many bytes of replies wait to be read.", reason: "REPLY_BYTES_PENDING", domain: RPCError.domainOfRuntime)

  private func sendHead(_ call: ServerCall, _ metadata: Metadata) {
    guard !hasSentHead else { return }
    hasSentHead = true
    session.sendHeaders(self, ResponseHeaders.head(metadata, call.settleCompression()))
  }

  /// Ends the call with a status other than OK, from any phase.
  private func answer(_ error: RPCError) {
    guard phase != .answered else { return }
    if phase == .arriving { connection.shard.countRefusal(error, route?.method.descriptor) }
    var error = error
    if !connection.configuration.explainsRefusals, error.domain == RPCError.domainOfRuntime { error.details = [] }
    let (metadata, trailers) = call?.response.withLock { ($0.metadata, $0.trailers) } ?? (Metadata(), Metadata())
    // Metadata that a handler set before it failed travels in headers of its own; else the failure is trailers alone.
    if !metadata.isEmpty, let call { sendHead(call, metadata) }
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
    requests.removeAll()
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
    guard let route, route.method.descriptor.kind != .unary else { return }
    answer(RPCError(.unavailable, "The server is shutting down."))
  }

  private func cancelHandler(_ error: RPCError) {
    task?.cancel()
    task = nil
    requestWaiter?.resume(throwing: error)
    requestWaiter = nil
    roomWaiter?.resume(throwing: error)
    roomWaiter = nil
  }

  override func outboundDrained() {
    roomWaiter?.resume()
    roomWaiter = nil
  }

  override func closed(_ code: HTTP2ErrorCode) {
    // The session has given the connection's window back what this stream held.
    heldBytes = 0
    if phase != .answered { finish() }
    cancelHandler(.cancelledByCaller)
    connection.callEnded()
  }
}

// MARK: Streaming requests

extension ServerStream: MessageSource {
  func next() async throws -> [UInt8]? {
    guard let message = try await nextMessage(), let call else { return nil }
    return try await unpack(message, call)
  }

  private func nextMessage() async throws -> WireMessage? {
    if worker.loop.inEventLoop, let message = takeRequest() {
      messagesTaken &+= 1
      if messagesTaken % ServerStream.messagesTakenInOneRun == 0 { await worker.pause() }
      return message
    }
    let wait = CancellableWait()
    return try await worker.suspend {
      self.waitForRequest($0, wait)
    } onCancel: {
      wait.isCancelled = true
      self.requestWaiter?.resume(throwing: CancellationError())
      self.requestWaiter = nil
    }
  }

  private func waitForRequest(_ continuation: CheckedContinuation<WireMessage?, any Error>, _ wait: CancellableWait) {
    precondition(requestWaiter == nil, "one task reads a request stream")
    if let message = takeRequest() {
      continuation.resume(returning: message)
    } else if phase == .answered {
      continuation.resume(throwing: requestFailure ?? .cancelledByCaller)
    } else if requestHasEnded {
      continuation.resume(returning: nil)
    } else if wait.isCancelled {
      continuation.resume(throwing: CancellationError())
    } else {
      requestWaiter = continuation
    }
  }

  private func takeRequest() -> WireMessage? {
    guard let message = requests.popFirst() else { return nil }
    // What the handler had before it has no more.
    connection.holdRequest(-takenBytes)
    requestBytes -= takenBytes
    takenBytes = ServerStream.cost(message)
    if requests.isEmpty {
      giveBackHeldBytes()
      connection.setNeedsFlush()
    }
    return message
  }

  /// Gives an arrived message, or the end, to a handler that waits; without one the bytes stay held back from the caller's window, except
  /// those of a message that is still arriving, which may be larger than the window.
  private func deliverRequest() {
    if let waiter = requestWaiter {
      if let message = takeRequest() {
        requestWaiter = nil
        waiter.resume(returning: message)
      } else if requestHasEnded {
        requestWaiter = nil
        waiter.resume(returning: nil)
      }
    }
    if requests.isEmpty { giveBackHeldBytes() }
  }
}

// MARK: Streaming replies

extension ServerStream: MessageSink {
  func send(framed: [UInt8], compress: Bool) async throws {
    try Task.checkCancellation()
    guard let call else { throw RPCError.cancelledByCaller }
    let framed = compress ? await pack(framed, call) : framed
    guard worker.loop.inEventLoop else { return try await waitForRoom(afterSending: framed) }
    // The cheap way: no continuation while there is room.
    guard phase == .running else { throw RPCError.cancelledByCaller }
    try write(framed)
    if isOverfull { try await waitForRoom(afterSending: nil) }
  }

  func sendMetadata() async throws {
    try await worker.suspend { (continuation: CheckedContinuation<Void, any Error>) in
      guard self.phase == .running, let call = self.call else { return continuation.resume(throwing: RPCError.cancelledByCaller) }
      self.sendHead(call, call.response.withLock { $0.metadata })
      self.connection.setNeedsFlush()
      continuation.resume()
    }
  }

  private var isOverfull: Bool { session.queuedBytes(self) > connection.configuration.streamBufferBytes }

  private func write(_ framed: [UInt8]) throws(RPCError) {
    guard connection.hasRoomForReply(framed.count) else { throw ServerStream.tooManyReplyBytes }
    if !hasSentHead, let call { sendHead(call, call.response.withLock { $0.metadata }) }
    session.write(self, framed)
    connection.setNeedsFlush()
  }

  private func waitForRoom(afterSending framed: [UInt8]?) async throws {
    let wait = CancellableWait()
    try await worker.suspend {
      self.waitForRoom($0, framed, wait)
    } onCancel: {
      wait.isCancelled = true
      self.roomWaiter?.resume(throwing: CancellationError())
      self.roomWaiter = nil
    }
  }

  private func waitForRoom(_ continuation: CheckedContinuation<Void, any Error>, _ framed: [UInt8]?, _ wait: CancellableWait) {
    precondition(roomWaiter == nil, "one task writes a response stream")
    guard phase == .running else { return continuation.resume(throwing: RPCError.cancelledByCaller) }
    guard !wait.isCancelled else { return continuation.resume(throwing: CancellationError()) }
    do {
      if let framed { try write(framed) }
    } catch {
      return continuation.resume(throwing: error)
    }
    guard isOverfull else { return continuation.resume() }
    roomWaiter = continuation
    session.notifyWhenDrained(self, below: connection.configuration.streamBufferBytes / 2)
  }
}
