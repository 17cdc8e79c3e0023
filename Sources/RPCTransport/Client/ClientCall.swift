internal import DequeModule
internal import HTTP2
internal import NIOCore
internal import RPC
internal import Synchronization

/// One call as a client sees it, from the moment it is made until its status is known.
///
/// Its phases: `waiting` (for a connection with room) → `open` (a stream of a connection) → `ended`. A call whose stream the server certainly did
/// not process (REFUSED_STREAM, or above a GOAWAY's last id) goes back to `waiting` if its whole request is still at hand; that is the
/// only repetition that the runtime makes by itself. Where a retry policy allows it, an attempt that failed before the server began to
/// answer is followed by `resting` (its stream closes, then a pause) and again `waiting`. Whoever waits for the call notices nothing of it.
///
/// `@unchecked Sendable`: the caller's task holds it, and what a task calls goes to the loop first; all state is touched on the loop's
/// thread only.
final class ClientCall: HTTP2Stream, @unchecked Sendable {
  enum Phase {
    case waiting
    case open
    case resting
    case ended
  }

  /// How the last attempt ended, besides its status.
  struct Ending {
    var trailers = Metadata()
    /// Whether the server had begun to answer before the status.
    var hadHeaders = false
    var pushback: RetryPushback?
  }

  let method: MethodDescriptor
  let waitsForReady: Bool
  @exclusivity(unchecked) private(set) var phase = Phase.waiting
  /// Why the call ended; nil while it goes on or when it ended with OK.
  @exclusivity(unchecked) private(set) var failure: RPCError?

  let worker: LoopWorker
  private let requestMetadata: Metadata
  let compression: Compression
  let largestMessageBytes: Int
  /// Bytes of the largest message that may be sent; nil for any.
  let largestRequestBytes: Int?
  private let deadline: Deadline?
  let streamBufferBytes: Int
  /// The whole request of a unary call, kept for the case that no server processed it. Nil for a streaming call.
  let request: [UInt8]?
  private var repetitions = 0
  /// Nil without a retry policy.
  let retry: CallRetry?
  /// Of a hedged call: attempts that were sent before this one.
  private let earlierHedges: Int
  private var pause = Duration.zero
  @exclusivity(unchecked) private var restTimer: Scheduled<Void>?
  @exclusivity(unchecked) private var watch: DeadlineWheel.Entry?
  private let calls: any ClientCallOwner
  @exclusivity(unchecked) private(set) var connection: ClientConnection?

  @exclusivity(unchecked) private var deframer: MessageDeframer
  /// What has arrived of a header block.
  @exclusivity(unchecked) private var arrivingHead = ResponseHead()
  @exclusivity(unchecked) private(set) var responseMetadata: Metadata?
  @exclusivity(unchecked) private var hadHeaders = false
  /// Locked, since the caller reads it from its own thread.
  private let sharedEnding = Mutex(Ending())
  @exclusivity(unchecked) var messages: Deque<WireMessage> = []
  @exclusivity(unchecked) private var hasReply = false
  /// Bytes that count against the server's window until the caller has asked for all that is here.
  @exclusivity(unchecked) private(set) var heldBytes = 0
  /// A message that no retry keeps and that waits for the next attempt; `roomWaiter` sent it.
  @exclusivity(unchecked) var unsent: [UInt8]?

  @exclusivity(unchecked) var openWaiter: Suspension<Void>?
  @exclusivity(unchecked) var replyWaiter: Suspension<RPCReply>?
  @exclusivity(unchecked) var messageWaiter: Suspension<WireMessage?>?
  @exclusivity(unchecked) var metadataWaiter: Suspension<Metadata>?
  @exclusivity(unchecked) var roomWaiter: Suspension<Void>?

  /// How often a call that was not processed is sent anew.
  private static let repetitionLimit = 3

  /// - Parameters:
  ///   - request: framed, as it is to travel.
  ///   - policy: what the service config says of the method, but for its timeout, which stands in the options.
  init(
    method: MethodDescriptor, request: [UInt8]?, options: CallOptions, worker: LoopWorker, calls: any ClientCallOwner,
    configuration: ChannelConfiguration, policy: MethodConfig? = nil, earlierHedges: Int = 0
  ) {
    self.method = method
    self.request = request
    self.worker = worker
    self.calls = calls
    requestMetadata = options.metadata
    compression = options.compression
    largestMessageBytes = min(configuration.largestMessageBytes, policy?.maxResponseMessageBytes ?? .max)
    largestRequestBytes = policy?.maxRequestMessageBytes
    deadline = options.deadlineFromNow()
    waitsForReady = options.waitForReady ?? policy?.waitForReady ?? false
    streamBufferBytes = configuration.streamBufferBytes
    deframer = MessageDeframer(largestMessageBytes: largestMessageBytes)
    self.earlierHedges = earlierHedges
    if case .retry(let policy)? = policy?.attempts {
      retry = CallRetry(policy, throttle: calls.retryThrottle, replayBytes: configuration.replayBytesPerCall)
    } else {
      retry = nil
    }
  }

  /// Of the last attempt, once the call has ended.
  var ending: Ending { sharedEnding.withLock { $0 } }

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
    let headers = connection.requestHeaders.make(
      method, requestMetadata, timeout: deadline?.remaining, compression: compression,
      previousAttempts: retry?.previousAttempts ?? earlierHedges)
    try connection.session.open(self, headers: headers)
    // A lost attempt may have left half a block.
    arrivingHead = ResponseHead()
    phase = .open
    self.connection = connection
    if let request {
      connection.session.write(self, request)
      connection.session.end(self)
    } else if let retry {
      replay(retry, on: connection.session)
    }
    connection.setNeedsFlush()
    openWaiter?.resume()
    openWaiter = nil
  }

  /// Sends what the caller has sent so far, which is nothing in a call's first attempt.
  private func replay(_ retry: CallRetry, on session: HTTP2Session) {
    let hasEnded = retry.replay { session.write(self, $0) }
    if let unsent { session.write(self, unsent) }
    unsent = nil
    if hasEnded { session.end(self) }
    if roomWaiter != nil { waitForRoom(on: session) }
  }

  /// Lets the sender go on, now or when less is queued.
  func waitForRoom(on session: HTTP2Session) {
    guard session.queuedBytes(self) > streamBufferBytes else { return outboundDrained() }
    session.notifyWhenDrained(self, below: streamBufferBytes / 2)
  }

  /// Ends the call from this side, at whatever point it is.
  func fail(_ error: RPCError) {
    guard phase != .ended else { return }
    if phase == .open { resetStream(.cancel) }
    end(error)
  }

  private func resetStream(_ code: HTTP2ErrorCode) {
    guard let connection else { return }
    connection.session.reset(self, code)
    connection.setNeedsFlush()
  }

  /// There is no connection to be had.
  func couldNotStart(_ error: RPCError) {
    guard phase == .waiting else { return }
    if goesOn(after: error) { rest() } else { end(error) }
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
    if self.failure == nil { calls.retryThrottle?.succeeded() } else { sharedEnding.withLock { $0.hadHeaders = hadHeaders } }
    if let watch { worker.deadlines.cancel(watch) }
    watch = nil
    endRest()
    unsent = nil
    // Messages that came before a failure are still given out in order; the bytes need not hold the window back any more.
    giveBackHeldBytes()
    settle()
  }

  /// Gives what is left, and the end, to everybody who waits.
  func settle() {
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
        message: messages[0].bytes, metadata: responseMetadata ?? Metadata(), trailers: ending.trailers,
        isCompressed: messages[0].isCompressed))
  }

  func giveBackHeldBytes() {
    connection?.session.consume(self, byteCount: heldBytes)
    heldBytes = 0
  }

  // MARK: Attempts

  /// Whether the attempt that failed is followed by another; the call then rests once its stream is closed.
  private func goesOn(after error: RPCError, _ pushback: RetryPushback? = nil) -> Bool {
    guard let retry, responseMetadata == nil else { return false }
    guard let pause = retry.pause(after: error.code, pushback: pushback, remaining: deadline?.remaining) else { return false }
    self.pause = pause
    phase = .resting
    return true
  }

  private func rest() {
    calls.callRests(self)
    // Unless the channel is closing.
    guard phase == .resting else { return }
    restTimer = worker.loop.scheduleTask(in: TimeAmount(pause)) { self.worker.turn { self.tryAgain() } }
  }

  private func endRest() {
    guard let restTimer else { return }
    restTimer.cancel()
    self.restTimer = nil
    calls.callRestsNoMore(self)
  }

  private func tryAgain() {
    guard phase == .resting else { return }
    endRest()
    phase = .waiting
    calls.start(self)
  }

  // MARK: The response arrives

  override func receivedField(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
    if phase == .open { arrivingHead.read(name, value) }
  }

  override func receivedHeaders(isOverLimit: Bool, endsStream: Bool) {
    guard phase == .open else { return }
    let head = arrivingHead.takeFinished(isOverLimit: isOverLimit)
    if responseMetadata == nil {
      guard !head.isInformational else { return }
      if let refusal = head.refusal {
        if goesOn(after: refusal, head.pushback) { resetStream(.cancel) } else { fail(refusal) }
        return
      }
      if endsStream, let failure = head.failure, goesOn(after: failure, head.pushback) { return stopSending() }
      // A trailers-only response has no metadata but trailers.
      responseMetadata = endsStream ? Metadata() : head.metadata
      deframer.takesCompressed = head.encoding != .identity
      if !endsStream, let metadata = responseMetadata {
        retry?.commit()
        hadHeaders = true
        metadataWaiter?.resume(returning: metadata)
        metadataWaiter = nil
      }
    }
    guard endsStream else { return }
    sharedEnding.withLock {
      $0.trailers = head.metadata
      $0.pushback = head.pushback
    }
    if deframer.isInsideMessage, head.failure == nil {
      end(RPCError(.internalError, "The response ends within a message."))
    } else {
      end(head.failure)
    }
    stopSending()
  }

  /// The response is whole, the request is not: a stream that only one side has ended would stay open for ever.
  private func stopSending() {
    if !outboundHasEnded { resetStream(.noError) }
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
    guard phase == .open else { return }
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
    defer { connection?.callEnded(succeeded: phase == .ended && failure == nil) }
    if phase == .resting { return rest() }
    guard phase == .open else { return }
    if code == .refusedStream, request != nil || retry?.isCommitted == false, responseMetadata == nil,
      repetitions < ClientCall.repetitionLimit
    {
      repetitions += 1
      phase = .waiting
      return calls.start(self)
    }
    // A server whose clock was first cuts the stream off; the caller's deadline has passed all the same.
    if code == .cancel, deadline?.hasPassed == true { return end(.deadlineExceeded) }
    let error = connection?.failure(ofStreamClosedWith: code) ?? RPCError(.unavailable, "The connection was lost.")
    if goesOn(after: error) { rest() } else { end(error) }
  }
}

extension ClientCall: DeadlineObserver {
  func deadlinePassed() {
    worker.turn { fail(.deadlineExceeded) }
  }
}

/// Where calls wait for a connection.
protocol ClientCallOwner: AnyObject {
  /// The budget of retries and hedges that the call's success adds to; nil without one.
  var retryThrottle: RetryThrottle? { get }
  /// Gives the call to a connection, now or later, or fails it. Comes again for a call that was certainly not processed where it was.
  func start(_ call: ClientCall)
  /// The call pauses between two attempts, until `callRestsNoMore` or, when nobody could wake it any more, its failure.
  func callRests(_ call: ClientCall)
  func callRestsNoMore(_ call: ClientCall)
}
