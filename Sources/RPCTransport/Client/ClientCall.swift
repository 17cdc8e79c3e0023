internal import DequeModule
internal import HTTP2
internal import RPC
internal import Synchronization

/// One call as a client sees it, from the moment it is made until its status is known.
///
/// Its phases: `waiting` (for a connection with room) → `open` (a stream of a connection) → `ended`. A call whose stream the server certainly did
/// not process (REFUSED_STREAM, or above a GOAWAY's last id) goes back to `waiting` if its whole request is still at hand; that is the
/// only repetition that the runtime makes by itself.
///
/// `@unchecked Sendable`: the caller's task holds it, and what a task calls goes to the loop first; all state is touched on the loop's
/// thread only.
final class ClientCall: HTTP2Stream, @unchecked Sendable {
  enum Phase {
    case waiting
    case open
    case ended
  }

  let method: MethodDescriptor
  let waitsForReady: Bool
  private(set) var phase = Phase.waiting
  /// Why the call ended; nil while it goes on or when it ended with OK.
  private(set) var failure: RPCError?

  let worker: LoopWorker
  private let requestMetadata: Metadata
  fileprivate let compression: Compression
  fileprivate let largestMessageBytes: Int
  private let deadline: Deadline?
  private let streamBufferBytes: Int
  /// The whole request of a unary call, kept for the case that no server processed it. Nil for a streaming call.
  private let request: [UInt8]?
  private var repetitions = 0
  private var watch: DeadlineWheel.Entry?
  private let calls: any ClientCallOwner
  private var connection: ClientConnection?

  private var deframer: MessageDeframer
  private var arrivingHead = ResponseHead()
  private var responseMetadata: Metadata?
  /// Locked, since the caller reads them from its own thread.
  let responseTrailers = Mutex(Metadata())
  private var messages: Deque<WireMessage> = []
  private var hasReply = false
  /// Bytes that count against the server's window until the caller has asked for all that is here.
  private var heldBytes = 0

  private var openWaiter: CheckedContinuation<Void, any Error>?
  private var replyWaiter: CheckedContinuation<RPCReply, any Error>?
  private var messageWaiter: CheckedContinuation<WireMessage?, any Error>?
  private var metadataWaiter: CheckedContinuation<Metadata, any Error>?
  private var roomWaiter: CheckedContinuation<Void, any Error>?

  /// How often a call that was not processed is sent anew.
  private static let repetitionLimit = 3

  /// - Parameter request: framed, as it is to travel.
  init(
    method: MethodDescriptor, request: [UInt8]?, options: CallOptions, worker: LoopWorker, calls: any ClientCallOwner,
    configuration: ChannelConfiguration
  ) {
    self.method = method
    self.request = request
    self.worker = worker
    self.calls = calls
    requestMetadata = options.metadata
    compression = options.compression
    largestMessageBytes = configuration.largestMessageBytes
    deadline = options.deadlineFromNow()
    waitsForReady = options.waitForReady
    streamBufferBytes = configuration.streamBufferBytes
    deframer = MessageDeframer(largestMessageBytes: configuration.largestMessageBytes)
  }

  // MARK: Life

  /// Makes the call; on the loop. From here its deadline counts.
  func begin() {
    // Cancelled before it came here.
    guard phase == .waiting else { return settle() }
    if let deadline {
      let remaining = deadline.remaining
      if remaining == .zero { return fail(.deadlineExceeded) }
      watch = worker.deadlines.watch(self, after: remaining)
    }
    calls.start(self)
  }

  /// Opens the call's stream on a connection that took it.
  func open(on connection: ClientConnection) throws(HTTP2Error) {
    let headers = RequestHeaders.make(
      method, requestMetadata, authority: connection.authority, isEncrypted: connection.isEncrypted, timeout: deadline?.remaining,
      compression: compression)
    try connection.session.open(self, headers: headers)
    phase = .open
    self.connection = connection
    if let request {
      connection.session.write(self, request)
      connection.session.end(self)
    }
    connection.setNeedsFlush()
    openWaiter?.resume()
    openWaiter = nil
  }

  /// Ends the call from this side, at whatever point it is.
  func fail(_ error: RPCError) {
    guard phase != .ended else { return }
    if phase == .open, let connection {
      connection.session.reset(self, .cancel)
      connection.setNeedsFlush()
    }
    end(error)
  }

  private func end(_ failure: RPCError?) {
    guard phase != .ended else { return }
    phase = .ended
    self.failure = failure
    if method.kind.hasSingleReply {
      if failure != nil {
        // A single reply is worth nothing without the status.
        messages.removeAll()
      } else if !hasReply {
        self.failure = RPCError(.unimplemented, "The call ended with OK and no reply, and the method gives one.")
      }
    }
    if let watch { worker.deadlines.cancel(watch) }
    watch = nil
    // Messages that came before a failure are still given out in order; the bytes need not hold the window back any more.
    giveBackHeldBytes()
    settle()
  }

  /// Gives what is left, and the end, to everybody who waits.
  private func settle() {
    let error = failure
    deliverMessage()
    openWaiter?.resume(with: error.map { .failure($0) } ?? .success(()))
    openWaiter = nil
    if let replyWaiter {
      self.replyWaiter = nil
      replyWaiter.resume(with: reply())
    }
    if messages.isEmpty, let messageWaiter {
      self.messageWaiter = nil
      messageWaiter.resume(with: error.map { .failure($0) } ?? .success(nil))
    }
    if let metadataWaiter {
      self.metadataWaiter = nil
      metadataWaiter.resume(with: responseMetadata.map { .success($0) } ?? error.map { .failure($0) } ?? .success(Metadata()))
    }
    roomWaiter?.resume(throwing: error ?? RPCError(.cancelled, "The call has ended."))
    roomWaiter = nil
  }

  private func reply() -> Result<RPCReply, any Error> {
    if let failure { return .failure(failure) }
    return .success(
      RPCReply(
        message: messages[0].bytes, metadata: responseMetadata ?? Metadata(), trailers: responseTrailers.withLock { $0 },
        isCompressed: messages[0].isCompressed))
  }

  private func giveBackHeldBytes() {
    connection?.session.consume(self, byteCount: heldBytes)
    heldBytes = 0
  }

  // MARK: The response arrives

  override func receivedField(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
    if phase == .open { arrivingHead.read(name, value) }
  }

  override func receivedHeaders(isOverLimit: Bool, endsStream: Bool) {
    guard phase == .open else { return }
    var head = arrivingHead
    arrivingHead = ResponseHead()
    head.isOverLimit = isOverLimit
    if responseMetadata == nil {
      guard !head.isInformational else { return }
      if let refusal = head.refusal { return fail(refusal) }
      // A trailers-only response has no metadata but trailers.
      responseMetadata = endsStream ? Metadata() : head.metadata
      deframer.takesCompressed = head.encoding != .identity
      if !endsStream, let metadata = responseMetadata {
        metadataWaiter?.resume(returning: metadata)
        metadataWaiter = nil
      }
    }
    guard endsStream else { return }
    responseTrailers.withLock { $0 = head.metadata }
    if deframer.isInsideMessage, head.failure == nil {
      end(RPCError(.internalError, "The response ends within a message."))
    } else {
      end(head.failure)
    }
    stopSending()
  }

  /// The response is whole, the request is not: a stream that only one side has ended would stay open for ever.
  private func stopSending() {
    guard !outboundHasEnded, let connection else { return }
    connection.session.reset(self, .noError)
    connection.setNeedsFlush()
  }

  override func receivedData(_ bytes: UnsafeRawBufferPointer) {
    heldBytes += bytes.count
    guard phase == .open else { return giveBackHeldBytes() }
    guard responseMetadata != nil else { return fail(RPCError(.internalError, "The response has data before headers.")) }
    do {
      try deframer.append(bytes) { (message) throws(RPCError) in
        guard !method.kind.hasSingleReply || !hasReply else {
          throw RPCError(.unimplemented, "The response has more messages than the one that the method gives.")
        }
        hasReply = true
        messages.append(message)
      }
    } catch {
      return fail(error)
    }
    deliverMessage()
    // A single reply is gathered whole; a stream's messages hold the window back until they are asked for.
    if method.kind.hasSingleReply || messages.isEmpty { giveBackHeldBytes() }
  }

  override func receivedEnd() {
    // Without trailers: the status never came.
    end(RPCError(.internalError, "The response ended without a status."))
    stopSending()
  }

  override func outboundDrained() {
    roomWaiter?.resume()
    roomWaiter = nil
  }

  override func closed(_ code: HTTP2ErrorCode) {
    let connection = self.connection
    self.connection = nil
    heldBytes = 0
    defer { connection?.callEnded() }
    guard phase == .open else { return }
    if code == .refusedStream, request != nil, responseMetadata == nil, repetitions < ClientCall.repetitionLimit {
      repetitions += 1
      phase = .waiting
      return calls.start(self)
    }
    // A server whose clock was first cuts the stream off; the caller's deadline has passed all the same.
    if code == .cancel, deadline?.hasPassed == true { return end(.deadlineExceeded) }
    end(connection?.failure(ofStreamClosedWith: code) ?? RPCError(.unavailable, "The connection was lost."))
  }
}

extension ClientCall: DeadlineObserver {
  func deadlinePassed() {
    worker.turn { fail(.deadlineExceeded) }
  }
}

// MARK: What the caller's task asks for

extension ClientCall {
  /// Makes a unary call and waits for its reply.
  func reply() async throws -> RPCReply {
    var reply: RPCReply = try await waiting { call, continuation in
      call.replyWaiter = continuation
      call.begin()
    }
    if reply.isCompressed { reply.message = try await WireMessage(reply.message, isCompressed: true).unpacked(limit: largestMessageBytes) }
    return reply
  }

  /// Makes a streaming call and waits until it is under way.
  func opened() async throws {
    try await waiting { (call, continuation: CheckedContinuation<Void, any Error>) in
      call.openWaiter = continuation
      call.begin()
    }
  }

  fileprivate func waitForMessage() async throws -> WireMessage? {
    if worker.loop.inEventLoop, let message = takeMessage() { return message }
    return try await waiting { (call, continuation: CheckedContinuation<WireMessage?, any Error>) in
      precondition(call.messageWaiter == nil, "one task reads a call's replies")
      call.messageWaiter = continuation
      if call.phase == .ended { call.settle() } else { call.deliverMessage() }
    }
  }

  fileprivate func waitForMetadata() async throws -> Metadata {
    try await waiting { (call, continuation: CheckedContinuation<Metadata, any Error>) in
      precondition(call.metadataWaiter == nil, "one task reads a call's metadata")
      if let metadata = call.responseMetadata { return continuation.resume(returning: metadata) }
      call.metadataWaiter = continuation
      if call.phase == .ended { call.settle() }
    }
  }

  fileprivate func sendMessage(_ message: [UInt8], compress: Bool) async throws {
    let framed = await MessageFrame.frame(message, compress ? compression : .identity)
    try await waiting { (call, continuation: CheckedContinuation<Void, any Error>) in
      precondition(call.roomWaiter == nil, "one task sends a call's requests")
      guard call.phase == .open, let connection = call.connection else {
        return continuation.resume(throwing: call.failure ?? RPCError(.cancelled, "The call has ended."))
      }
      connection.session.write(call, framed)
      connection.setNeedsFlush()
      guard connection.session.queuedBytes(call) > call.streamBufferBytes else { return continuation.resume() }
      call.roomWaiter = continuation
      connection.session.notifyWhenDrained(call, below: call.streamBufferBytes / 2)
    }
  }

  fileprivate func finishSending() async throws {
    try await waiting { (call, continuation: CheckedContinuation<Void, any Error>) in
      if call.phase == .open, let connection = call.connection {
        connection.session.end(call)
        connection.setNeedsFlush()
      }
      // When the call has ended already, `next` tells how.
      continuation.resume()
    }
  }

  private func deliverMessage() {
    guard messageWaiter != nil, let message = takeMessage() else { return }
    messageWaiter?.resume(returning: message)
    messageWaiter = nil
  }

  private func takeMessage() -> WireMessage? {
    // A single reply waits for its status.
    guard phase == .ended || !method.kind.hasSingleReply, let message = messages.popFirst() else { return nil }
    if messages.isEmpty, heldBytes > 0 {
      giveBackHeldBytes()
      connection?.setNeedsFlush()
    }
    return message
  }

  /// Suspends the caller's task; `body` runs on the loop and keeps or resumes the continuation. Cancelling the task cancels the call,
  /// which resumes whoever waits.
  private func waiting<Value: Sendable>(
    _ body: @escaping @Sendable (ClientCall, CheckedContinuation<Value, any Error>) -> Void
  ) async throws -> Value {
    try await worker.suspend {
      body(self, $0)
    } onCancel: {
      self.fail(.cancelledByCaller)
    }
  }

  fileprivate func cancelSoon() {
    worker.execute { self.fail(.cancelledByCaller) }
  }
}

/// The caller's handle on a streaming call. When the last reference goes, the call is cancelled if it has not ended.
final class ClientCallHandle: RPCStream {
  private let call: ClientCall
  private let latestIsCompressed = Atomic<Bool>(false)

  init(_ call: ClientCall) { self.call = call }

  deinit { call.cancelSoon() }

  func send(_ message: [UInt8], compress: Bool) async throws { try await call.sendMessage(message, compress: compress) }

  func finish() async throws { try await call.finishSending() }

  func next() async throws -> [UInt8]? {
    guard let message = try await call.waitForMessage() else { return nil }
    latestIsCompressed.store(message.isCompressed, ordering: .relaxed)
    guard message.isCompressed else { return message.bytes }
    return try await message.unpacked(limit: call.largestMessageBytes)
  }

  var replyIsCompressed: Bool { latestIsCompressed.load(ordering: .relaxed) }

  func metadata() async throws -> Metadata { try await call.waitForMetadata() }

  var trailers: Metadata { call.responseTrailers.withLock { $0 } }

  func cancel() { call.cancelSoon() }
}

/// Where calls wait for a connection.
protocol ClientCallOwner: AnyObject {
  /// Gives the call to a connection, now or later, or fails it. Comes again for a call that was certainly not processed where it was.
  func start(_ call: ClientCall)
}
