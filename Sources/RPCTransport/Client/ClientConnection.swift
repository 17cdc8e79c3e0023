internal import HTTP2
internal import NIOCore
internal import RPC

/// One connection of a client: an HTTP/2 session between a pipe and its calls.
///
/// `@unchecked Sendable`: calls hold it, and callers' tasks hold them, but everything in it is touched on its loop's thread only.
final class ClientConnection: @unchecked Sendable {
  /// greeting (the server's settings have not come) → ready → leaving (no new calls) → closed.
  private enum State {
    case greeting
    case ready
    case leaving
    case closed
  }

  let worker: LoopWorker
  var requestHeaders: RequestHeaders
  private(set) var session: HTTP2Session!

  private let pipe: any BytePipe
  private let configuration: ChannelConfiguration
  private weak var observer: (any ClientConnectionObserver)?
  private var state = State.greeting
  private(set) var callCount = 0
  /// Streams that are no calls: the watch of the server's health.
  private var watchCount = 0
  private var isDirty = false
  private var lastReceived = NIODeadline.now()
  private var pingSentAt: NIODeadline?
  private var watch = SessionWatch()

  init(
    worker: LoopWorker, pipe: any BytePipe, authority: String, isEncrypted: Bool, configuration: ChannelConfiguration,
    observer: any ClientConnectionObserver
  ) throws {
    self.worker = worker
    self.pipe = pipe
    requestHeaders = RequestHeaders(authority: authority, isEncrypted: isEncrypted)
    self.configuration = configuration
    self.observer = observer
    var limits = HTTP2Limits()
    limits.headerListBytes = configuration.headerListBytes
    session = try HTTP2Session(role: .client, limits: limits, delegate: self)
    worker.add(self)
    setNeedsFlush()
  }

  func setNeedsFlush() {
    guard !isDirty, state != .closed else { return }
    isDirty = true
    worker.needsFlush(self)
  }

  // MARK: Calls

  var isReady: Bool { state == .ready }

  var hasRoom: Bool { state == .ready && callCount + watchCount < Int(session.peerConcurrentStreams) }

  /// Opens a stream for the call; false when this connection cannot open any more.
  func carry(_ call: ClientCall) -> Bool {
    callCount += 1
    do {
      try call.open(on: self)
      return true
    } catch {
      callCount -= 1
      leave()
      return false
    }
  }

  /// - Parameter succeeded: with OK.
  func callEnded(succeeded: Bool) {
    callCount -= 1
    observer?.connectionEndedCall(self, succeeded: succeeded)
    closeIfDone()
  }

  /// Opens a stream that is no call; false when the connection takes none any more.
  func openWatch(_ watch: HTTP2Stream, _ headers: HeaderList) -> Bool {
    guard state == .ready, (try? session.open(watch, headers: headers)) != nil else { return false }
    watchCount += 1
    return true
  }

  func closeWatch(_ watch: HTTP2Stream) {
    guard state != .closed, watchCount > 0 else { return }
    session.reset(watch, .cancel)
    setNeedsFlush()
  }

  func watchEnded() { watchCount -= 1 }

  /// What a stream that ended without a status means to its caller.
  func failure(ofStreamClosedWith code: HTTP2ErrorCode) -> RPCError {
    if state == .closed { return RPCError(.unavailable, "The connection was lost.") }
    return RPCError(StatusCode(resetCode: code.rawValue), "The server reset the stream with code \(code.rawValue).")
  }

  // MARK: Ending

  /// Takes no more calls and closes with the last one.
  func leave() {
    guard state == .greeting || state == .ready else { return }
    state = .leaving
    observer?.connectionLeaves(self)
    closeIfDone()
  }

  private func closeIfDone() {
    guard state == .leaving, callCount == 0 else { return }
    session.terminate(.noError)
    setNeedsFlush()
  }
}

/// What becomes of a connection; on its loop.
protocol ClientConnectionObserver: AnyObject {
  /// The server has said its settings: calls may be carried.
  func connectionIsReady(_ connection: ClientConnection)
  /// The server takes more streams than before.
  func connectionHasRoom(_ connection: ClientConnection)
  /// A stream less is open, unless the connection leaves.
  func connectionEndedCall(_ connection: ClientConnection, succeeded: Bool)
  /// It takes no more calls.
  func connectionLeaves(_ connection: ClientConnection)
  /// Comes once, last.
  func connectionClosed(_ connection: ClientConnection)
}

// MARK: Bytes

extension ClientConnection: PipeReader {
  func pipeReceived(_ buffer: ByteBuffer) {
    guard state != .closed else { return }
    lastReceived = .now()
    pingSentAt = nil
    worker.turn {
      do {
        try buffer.withUnsafeReadableBytes { bytes in try session.receive(bytes) }
        if session.wantsToWrite { setNeedsFlush() }
        if session.isOver { end() }
      } catch {
        flush()
        end()
      }
    }
  }

  func pipeIsWritable() {
    worker.turn { setNeedsFlush() }
  }

  func pipeClosed() { lose() }

  private func end() {
    lose()
    pipe.close()
  }

  /// Nothing more comes of this connection: its calls end now, whenever the pipe has closed.
  private func lose() {
    guard state != .closed else { return }
    state = .closed
    worker.remove(self)
    worker.turn {
      session.connectionLost()
      observer?.connectionClosed(self)
    }
  }
}

extension ClientConnection: LoopConnection {
  func flush() {
    isDirty = false
    guard state != .closed else { return }
    do {
      _ = try worker.flush(session, to: pipe)
      if session.isOver { end() }
    } catch {
      end()
    }
  }

  func tick(_ now: NIODeadline) {
    guard state != .closed else { return }
    if watch.tick(session, now) { return pipe.abort() }
    if let pingSentAt {
      if now - pingSentAt > TimeAmount(configuration.keepaliveTimeout) { pipe.abort() }
    } else if callCount > 0, now - lastReceived > TimeAmount(configuration.keepaliveTime) {
      pingSentAt = now
      session.ping()
      setNeedsFlush()
    }
  }
}

// MARK: Events

extension ClientConnection: HTTP2SessionDelegate {
  /// Push is disabled, so a server opens no streams.
  func sessionAccepts(streamID: Int32) -> HTTP2Stream { HTTP2Stream() }

  func sessionReceivedGoaway(lastStreamID: Int32, code: HTTP2ErrorCode) { leave() }

  func sessionReceivedSettings() {
    if state == .greeting {
      state = .ready
      observer?.connectionIsReady(self)
    } else if state == .ready {
      observer?.connectionHasRoom(self)
    }
  }

  func sessionReceivedPingAcknowledgement() {}
}
