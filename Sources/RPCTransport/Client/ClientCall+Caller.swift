internal import RPC
internal import Synchronization

// MARK: What the caller's task asks for

extension ClientCall {
  /// Makes a unary call and waits for its reply.
  func reply() async throws -> RPCReply {
    if let request { try checkSize(ofRequest: request) }
    var reply: RPCReply = try await waiting { call, continuation in
      call.replyWaiter = continuation
      call.begin()
    }
    if reply.isCompressed { reply.message = try await WireMessage(reply.message, isCompressed: true).unpacked(limit: largestMessageBytes) }
    return reply
  }

  /// Makes a streaming call and waits until it is under way.
  func opened() async throws {
    try await waiting { (call, continuation: Suspension<Void>) in
      call.openWaiter = continuation
      call.begin()
    }
  }

  func waitForMessage() async throws -> WireMessage? {
    if worker.loop.inEventLoop, let message = takeMessage() { return message }
    return try await waiting { (call, continuation: Suspension<WireMessage?>) in
      precondition(call.messageWaiter == nil, "one task reads a call's replies")
      call.messageWaiter = continuation
      if call.phase == .ended { call.settle() } else { call.deliverMessage() }
    }
  }

  func waitForMetadata() async throws -> Metadata {
    try await waiting { (call, continuation: Suspension<Metadata>) in
      precondition(call.metadataWaiter == nil, "one task reads a call's metadata")
      if let metadata = call.responseMetadata { return continuation.resume(returning: metadata) }
      call.metadataWaiter = continuation
      if call.phase == .ended { call.settle() }
    }
  }

  func sendMessage(_ message: [UInt8], compress: Bool) async throws {
    let framed = await MessageFrame.frame(message, compress ? compression : .identity)
    try checkSize(ofRequest: framed)
    try await waiting { (call, continuation: Suspension<Void>) in
      precondition(call.roomWaiter == nil, "one task sends a call's requests")
      switch call.phase {
      case .open:
        call.retry?.keepSent(framed)
        guard let connection = call.connection else { return continuation.resume(throwing: RPCError.cancelledByCaller) }
        connection.session.write(call, framed)
        connection.setNeedsFlush()
        call.roomWaiter = continuation
        call.waitForRoom(on: connection.session)
      case .waiting, .resting:
        // Between two attempts.
        if let retry = call.retry, retry.keepUnsent(framed) { return continuation.resume() }
        call.unsent = framed
        call.roomWaiter = continuation
      case .ended:
        continuation.resume(throwing: call.failure ?? RPCError(.cancelled, "The call has ended."))
      }
    }
  }

  func finishSending() async throws {
    try await waiting { (call, continuation: Suspension<Void>) in
      call.retry?.requestEnds()
      if call.phase == .open, let connection = call.connection {
        connection.session.end(call)
        connection.setNeedsFlush()
      }
      // When the call has ended already, `next` tells how.
      continuation.resume()
    }
  }

  func deliverMessage() {
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
    _ body: @escaping @Sendable (ClientCall, Suspension<Value>) -> Void
  ) async throws -> Value {
    try await worker.suspend {
      body(self, $0)
    } onCancel: {
      self.fail(.cancelledByCaller)
    }
  }

  func cancelSoon() {
    worker.execute { self.fail(.cancelledByCaller) }
  }

  /// Throws when a message, framed, is more than the service config lets a client send.
  func checkSize(ofRequest framed: [UInt8]) throws {
    guard let largestRequestBytes, framed.count - MessageFrame.prefixLength > largestRequestBytes else { return }
    throw RPCError(.resourceExhausted, "The request is over the limit of \(largestRequestBytes) bytes that its service config sets.")
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

  var trailers: Metadata { call.ending.trailers }

  func cancel() { call.cancelSoon() }
}
