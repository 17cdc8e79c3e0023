internal import DequeModule
internal import HTTP2
internal import RPC

// A call's messages as its handler asks for them and sends them, one by one.

/// The part of a call that only streams of messages need. Used on the loop's thread only.
final class StreamingState {
  /// Messages that the handler has not asked for.
  var requests: Deque<WireMessage> = []
  /// Why there will be no more of them.
  var failure: RPCError?
  fileprivate var messagesTaken = 0
  fileprivate var requestWaiter: Suspension<WireMessage?>?
  fileprivate var roomWaiter: Suspension<Void>?

  /// Messages that a handler takes in one run on its loop, at most: a window of the smallest ones would keep all others waiting.
  fileprivate static let messagesTakenInOneRun = 64

  func resumeAll(throwing error: any Error) {
    endRequestWait(throwing: error)
    endRoomWait(throwing: error)
  }

  func roomIsThere() {
    roomWaiter?.resume()
    roomWaiter = nil
  }

  fileprivate func endRequestWait(throwing error: any Error) {
    requestWaiter?.resume(throwing: error)
    requestWaiter = nil
  }

  fileprivate func endRoomWait(throwing error: any Error) {
    roomWaiter?.resume(throwing: error)
    roomWaiter = nil
  }
}

extension ServerStream: MessageExchange {
  // MARK: Requests

  func next() async throws -> [UInt8]? {
    guard let message = try await nextMessage(), let call else { return nil }
    return try await call.unpack(message)
  }

  private func nextMessage() async throws -> WireMessage? {
    if worker.loop.inEventLoop, let message = takeRequest() {
      streaming?.messagesTaken &+= 1
      if let streaming, streaming.messagesTaken % StreamingState.messagesTakenInOneRun == 0 { await worker.pause() }
      return message
    }
    let wait = CancellableWait()
    return try await worker.suspend {
      self.waitForRequest($0, wait)
    } onCancel: {
      wait.isCancelled = true
      self.streaming?.endRequestWait(throwing: CancellationError())
    }
  }

  private func waitForRequest(_ continuation: Suspension<WireMessage?>, _ wait: CancellableWait) {
    precondition(streaming?.requestWaiter == nil, "one task reads a request stream")
    if let message = takeRequest() {
      continuation.resume(returning: message)
    } else if phase == .answered {
      continuation.resume(throwing: streaming?.failure ?? .cancelledByCaller)
    } else if requestHasEnded {
      continuation.resume(returning: nil)
    } else if wait.isCancelled {
      continuation.resume(throwing: CancellationError())
    } else {
      streaming?.requestWaiter = continuation
    }
  }

  private func takeRequest() -> WireMessage? {
    guard let streaming, let message = streaming.requests.popFirst() else { return nil }
    handlerTook(message)
    if streaming.requests.isEmpty {
      giveBackHeldBytes()
      connection.setNeedsFlush()
    }
    return message
  }

  /// Gives an arrived message, or the end, to a handler that waits; without one the bytes stay held back from the caller's window, except
  /// those of a message that is still arriving, which may be larger than the window.
  func deliverRequest() {
    guard let streaming else { return }
    if let waiter = streaming.requestWaiter {
      if let message = takeRequest() {
        streaming.requestWaiter = nil
        waiter.resume(returning: message)
      } else if requestHasEnded {
        streaming.requestWaiter = nil
        waiter.resume(returning: nil)
      }
    }
    if streaming.requests.isEmpty { giveBackHeldBytes() }
  }

  // MARK: Replies

  func send(framed: [UInt8], compress: Bool) async throws {
    try Task.checkCancellation()
    guard let call else { throw RPCError.cancelledByCaller }
    let framed = compress && call.settleCompression() == .gzip ? await MessageFrame.compressed(framed) : framed
    guard worker.loop.inEventLoop else { return try await waitForRoom(afterSending: framed) }
    // The cheap way: no continuation while there is room.
    guard phase == .running else { throw RPCError.cancelledByCaller }
    try write(framed)
    if isOverfull { try await waitForRoom(afterSending: nil) }
  }

  func sendMetadata() async throws {
    try await worker.suspend { (continuation: Suspension<Void>) in
      guard self.phase == .running, let call = self.call else { return continuation.resume(throwing: RPCError.cancelledByCaller) }
      self.sendHead(call)
      self.connection.setNeedsFlush()
      continuation.resume()
    }
  }

  private var isOverfull: Bool { session.queuedBytes(self) > connection.configuration.streamBufferBytes }

  private func write(_ framed: [UInt8]) throws(RPCError) {
    guard connection.hasRoomForReply(framed.count) else { throw ServerStream.tooManyReplyBytes }
    if !hasSentHead, let call { sendHead(call) }
    session.write(self, framed)
    connection.setNeedsFlush()
  }

  private func waitForRoom(afterSending framed: [UInt8]?) async throws {
    let wait = CancellableWait()
    try await worker.suspend {
      self.waitForRoom($0, framed, wait)
    } onCancel: {
      wait.isCancelled = true
      self.streaming?.endRoomWait(throwing: CancellationError())
    }
  }

  private func waitForRoom(_ continuation: Suspension<Void>, _ framed: [UInt8]?, _ wait: CancellableWait) {
    precondition(streaming?.roomWaiter == nil, "one task writes a response stream")
    guard phase == .running else { return continuation.resume(throwing: RPCError.cancelledByCaller) }
    guard !wait.isCancelled else { return continuation.resume(throwing: CancellationError()) }
    do {
      if let framed { try write(framed) }
    } catch {
      return continuation.resume(throwing: error)
    }
    guard isOverfull else { return continuation.resume() }
    streaming?.roomWaiter = continuation
    session.notifyWhenDrained(self, below: connection.configuration.streamBufferBytes / 2)
  }
}
