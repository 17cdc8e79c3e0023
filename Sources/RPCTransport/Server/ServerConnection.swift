internal import HTTP2
internal import NIOCore
internal import RPC

/// One connection of a server: an HTTP/2 session between a pipe and its streams.
///
/// `@unchecked Sendable`: handlers' tasks hold it through their streams, but everything in it is touched on its loop's thread only.
final class ServerConnection: @unchecked Sendable {
  let shard: ServerShard
  let core: ServerCore
  let worker: LoopWorker
  let peer: Peer
  /// Bytes of requests that the calls of this connection hold.
  private(set) var requestBytes = 0
  /// Calls of which a message is on its way.
  var arrivingMessages = 0
  /// Bytes of replies that were waiting here when the shard was last told.
  private var toldReplyBytes = 0
  /// Handlers that have started and not returned, also those whose caller is gone.
  private(set) var runningHandlers = 0
  private(set) var session: HTTP2Session!

  private let pipe: any BytePipe
  private var isDirty = false
  private var isClosed = false
  private var hasReceivedSettings = false
  private var callsStarted = 0
  private var bytesReceived = 0
  private var bytesSent = 0
  private var drainState = DrainState.serving
  private let openedAt = NIODeadline.now()
  private(set) var lastReceived = NIODeadline.now()
  private var lastCallEnded = NIODeadline.now()
  /// When the connection is too old; nil for never.
  private let oldAt: NIODeadline?
  private var pingSentAt: NIODeadline?
  private var watch = SessionWatch()
  /// The header block that was not whole at the last tick, by its number, and when it was first seen so.
  private var unfinishedHeaders: (number: Int, since: NIODeadline)?

  /// serving → announced (the peer knows that the end is near) → refusing (no further stream) → closed with the last call.
  private enum DrainState {
    case serving
    case announced(since: NIODeadline)
    case refusing
  }

  /// How long a peer may still open streams when it does not acknowledge the notice of shutdown.
  private static let noticeTimeout = TimeAmount.seconds(1)

  /// Notes that a call holds so many bytes of its request more, or fewer.
  /// - Returns: whether there is room for them.
  @discardableResult
  func holdRequest(_ bytes: Int) -> Bool {
    requestBytes += bytes
    shard.requestBytes += bytes
    return hasRoom(requestBytes, of: configuration.requestBytesPerConnection, shard.requestBytes, of: configuration.requestBytes)
  }

  /// Whether a reply of so many bytes may wait beside those that do.
  func hasRoomForReply(_ bytes: Int) -> Bool {
    tellReplyBytes()
    return hasRoom(
      toldReplyBytes + bytes, of: configuration.replyBytesPerConnection, shard.replyBytes + bytes, of: configuration.replyBytes)
  }

  /// What others hold is no reason to refuse a connection that holds next to nothing.
  private func hasRoom(_ own: Int, of ownLimit: Int, _ all: Int, of allLimit: Int) -> Bool {
    own <= min(configuration.assuredBytesPerConnection, ownLimit)
      || own <= ownLimit && all <= allLimit / configuration.loops.workers.count
  }

  private func tellReplyBytes() {
    let bytes = session.queuedBytes
    shard.replyBytes += bytes - toldReplyBytes
    toldReplyBytes = bytes
  }

  var configuration: RPCServerConfiguration { core.configuration }

  init(shard: ServerShard, pipe: any BytePipe, peer: Peer) throws {
    self.shard = shard
    core = shard.core
    worker = shard.worker
    self.pipe = pipe
    self.peer = peer
    let openedAt = self.openedAt
    oldAt = shard.core.configuration.maxConnectionAge.map { openedAt + TimeAmount($0 * .random(in: 0.9...1.1)) }
    session = try HTTP2Session(role: .server, limits: shard.core.http2Limits, delegate: self)
    shard.add(self)
    setNeedsFlush()
  }

  /// Writes what the session has to say at the end of this turn.
  func setNeedsFlush() {
    guard !isDirty, !isClosed else { return }
    isDirty = true
    worker.needsFlush(self)
  }

  // MARK: Calls

  func callEnded() {
    guard session.openStreamCount == 0 else { return }
    lastCallEnded = .now()
    closeIfDrained()
  }

  func handlerBegan() { runningHandlers += 1 }

  func handlerEnded() {
    runningHandlers -= 1
    if isClosed, runningHandlers == 0 { shard.remove(self) }
  }

  // MARK: Ending

  func drain() {
    guard case .serving = drainState, !isClosed else { return }
    drainState = .announced(since: .now())
    session.announceShutdown()
    // Its acknowledgement tells that the peer has read the notice before it.
    session.ping()
    setNeedsFlush()
  }

  func endStreamingCalls() {
    session.forEachStream { ($0 as? ServerStream)?.endForDrain() }
  }

  func abort() {
    session.terminate(.noError)
    flush()
    lose()
    pipe.abort()
  }

  private func refuseStreams() {
    guard case .announced = drainState else { return }
    drainState = .refusing
    session.shutDown()
    setNeedsFlush()
    closeIfDrained()
  }

  private func closeIfDrained() {
    guard case .refusing = drainState, session.openStreamCount == 0, !isClosed else { return }
    session.terminate(.noError)
    setNeedsFlush()
  }
}

// MARK: Bytes

extension ServerConnection: PipeReader {
  func pipeReceived(_ buffer: ByteBuffer) {
    guard !isClosed else { return }
    lastReceived = .now()
    bytesReceived += buffer.readableBytes
    pingSentAt = nil
    worker.turn {
      do {
        try buffer.withUnsafeReadableBytes { bytes in try session.receive(bytes) }
        if session.wantsToWrite || session.isOver { setNeedsFlush() }
      } catch {
        // What the session has to say of it, a GOAWAY, goes out first.
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
    guard !isClosed else { return }
    isClosed = true
    worker.turn { session.connectionLost() }
    tellReplyBytes()
    if runningHandlers == 0 { shard.remove(self) }
  }
}

extension ServerConnection: LoopConnection {
  func flush() {
    isDirty = false
    guard !isClosed else { return }
    do {
      bytesSent += try worker.flush(session, to: pipe)
      tellReplyBytes()
      if session.isOver { end() }
    } catch {
      end()
    }
  }

  func tick(_ now: NIODeadline) {
    guard !isClosed else { return }
    if watch.tick(session, now) { return pipe.abort() }
    if !hasReceivedSettings {
      if now - openedAt > TimeAmount(configuration.handshakeTimeout) { pipe.abort() }
      return
    }
    if isTricklingHeaders(now) { return pipe.abort() }
    if arrivingMessages > 0 { session.forEachStream { ($0 as? ServerStream)?.tick(now) } }
    if case .announced(let since) = drainState, now - since > ServerConnection.noticeTimeout { refuseStreams() }
    if let pingSentAt {
      if now - pingSentAt > TimeAmount(configuration.keepaliveTimeout) { pipe.abort() }
    } else if now - lastReceived > TimeAmount(configuration.keepaliveTime) {
      pingSentAt = now
      session.ping()
      setNeedsFlush()
    }
    if let oldAt, now > oldAt { endForAge(now, oldAt) }
    if let idleTimeout = configuration.idleTimeout, session.openStreamCount == 0, now - lastCallEnded > TimeAmount(idleTimeout) { drain() }
  }
}

extension ServerConnection {
  /// Tells an old connection to go, and cuts off what outlasts the grace. The notice takes a round trip, or a second; the grace counts from it.
  private func endForAge(_ now: NIODeadline, _ oldAt: NIODeadline) {
    drain()
    guard let grace = configuration.maxConnectionAgeGrace else { return }
    if now > oldAt + TimeAmount(grace) + ServerConnection.noticeTimeout { abort() }
  }

  /// Whether a header block takes longer than the handshake may: a peer that sends its bytes one by one holds a connection for nothing.
  private func isTricklingHeaders(_ now: NIODeadline) -> Bool {
    guard let number = session.unfinishedHeaderBlock else {
      unfinishedHeaders = nil
      return false
    }
    if let unfinishedHeaders, unfinishedHeaders.number == number {
      return now - unfinishedHeaders.since > TimeAmount(configuration.handshakeTimeout)
    }
    unfinishedHeaders = (number, now)
    return false
  }
}

// MARK: Events

extension ServerConnection: HTTP2SessionDelegate {
  func sessionAccepts(streamID: Int32) -> HTTP2Stream {
    callsStarted += 1
    return ServerStream(connection: self)
  }

  func sessionReceivedGoaway(lastStreamID: Int32, code: HTTP2ErrorCode) {}

  func sessionReceivedSettings() { hasReceivedSettings = true }

  func sessionReceivedPingAcknowledgement() { refuseStreams() }
}

// MARK: For operators

extension ServerConnection {
  /// Nil once it is closed.
  func report(_ now: NIODeadline) -> ConnectionReport? {
    guard !isClosed else { return nil }
    let state: ConnectionReport.State = if case .serving = drainState { .serving } else { .draining }
    return ConnectionReport(
      peer: peer.address, isEncrypted: peer.isEncrypted, state: state, age: .nanoseconds((now - openedAt).nanoseconds),
      silence: .nanoseconds((now - lastReceived).nanoseconds),
      openCalls: session.openStreamCount, callsStarted: callsStarted, bytesReceived: bytesReceived, bytesSent: bytesSent,
      requestBytes: requestBytes, replyBytes: session.queuedBytes)
  }
}
