internal import CNghttp2

/// An HTTP/2 connection without a connection: bytes in, events out; submissions in, bytes out.
///
/// It does no I/O and starts no timer. `receive` takes what the peer sent, in pieces of any size, and calls the events of the streams and of
/// the delegate; `drain` gives what is to be sent. Flow control follows consumption: a received byte counts against the peer's window until
/// `consume`. Frames, HPACK and the protocol's states are libnghttp2's.
///
/// It refuses, beyond nghttp2: a header list over the limit (reported, not stored), a stream id that the peer skipped before, frames on a
/// stream that the peer has ended, and a flood of frames without effect.
///
/// Not thread-safe: one event loop (or test) owns it with its streams.
package final class HTTP2Session {
  package enum Role: Sendable {
    case server
    case client
  }

  package let role: Role
  package let limits: HTTP2Limits
  let pointer: OpaquePointer
  /// Not retained: the owner of the session is its delegate and outlives it.
  unowned let delegate: any HTTP2SessionDelegate

  /// The streams that are open, held until they close.
  @exclusivity(unchecked) var open = OpenStreams()
  @exclusivity(unchecked) var incoming = IncomingHeaders()
  @exclusivity(unchecked) var scanner: FrameScanner
  /// Nothing more is taken in: the peer broke the protocol or a limit, or is gone.
  var hasFailed = false
  /// The transport is gone, and with it the streams: nothing more is given out, for nghttp2 still knows them.
  private var isLost = false
  /// Streams that the peer broke off lately.
  private var brokenStreams = 0
  /// Bytes that all streams have queued and not yet drained.
  @exclusivity(unchecked) package private(set) var queuedBytes = 0
  /// A GOAWAY waits to be written, behind which nothing is taken in either.
  package private(set) var isTerminating = false

  package init(role: Role, limits: HTTP2Limits, delegate: any HTTP2SessionDelegate) throws(HTTP2Error) {
    self.role = role
    self.limits = limits
    self.delegate = delegate
    scanner = FrameScanner(isServer: role == .server, idleFramesAtMost: limits.idleFrames)

    var options: OpaquePointer?
    nghttp2_option_new(&options)
    guard let options else { throw .ours("no memory for a session") }
    defer { nghttp2_option_del(options) }
    nghttp2_option_set_no_auto_window_update(options, 1)
    nghttp2_option_set_no_closed_streams(options, 1)
    nghttp2_option_set_max_outbound_ack(options, limits.queuedAcknowledgements)
    nghttp2_option_set_max_settings(options, limits.settingsEntries)
    nghttp2_option_set_max_continuations(options, limits.continuationFrames)
    // Counted here, together with the other ways to break a stream off.
    nghttp2_option_set_stream_reset_rate_limit(options, .max, .max)

    let callbacks = try SessionCallbacks.make()
    defer { nghttp2_session_callbacks_del(callbacks) }
    var session: OpaquePointer?
    // The user pointer is set below, when `self` is whole.
    switch role {
    case .server: nghttp2_session_server_new2(&session, callbacks, nil, options)
    case .client: nghttp2_session_client_new2(&session, callbacks, nil, options)
    }
    guard let session else { throw .ours("no memory for a session") }
    pointer = session
    nghttp2_session_set_user_data(session, Unmanaged.passUnretained(self).toOpaque())
    submitSettings()
  }

  deinit {
    nghttp2_session_del(pointer)
    open.removeAll()
  }

  private func submitSettings() {
    var entries = [
      nghttp2_settings_entry(settings_id: Int32(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE.rawValue), value: UInt32(limits.streamWindowBytes)),
      nghttp2_settings_entry(settings_id: Int32(NGHTTP2_SETTINGS_MAX_FRAME_SIZE.rawValue), value: limits.frameBytes),
      nghttp2_settings_entry(settings_id: Int32(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE.rawValue), value: UInt32(limits.headerListBytes)),
    ]
    switch role {
    case .server:
      entries.append(
        nghttp2_settings_entry(settings_id: Int32(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS.rawValue), value: limits.concurrentStreams))
    case .client:
      entries.append(nghttp2_settings_entry(settings_id: Int32(NGHTTP2_SETTINGS_ENABLE_PUSH.rawValue), value: 0))
    }
    nghttp2_submit_settings(pointer, UInt8(NGHTTP2_FLAG_NONE.rawValue), entries, entries.count)
    nghttp2_session_set_local_window_size(pointer, UInt8(NGHTTP2_FLAG_NONE.rawValue), 0, limits.connectionWindowBytes)
  }
}

/// The events of a session that belong to no stream. Called while the session takes in bytes, as those of a stream are.
package protocol HTTP2SessionDelegate: AnyObject {
  /// The peer opens a stream; the returned object gets its events. Called by server sessions only.
  func sessionAccepts(streamID: Int32) -> HTTP2Stream
  /// The peer will open no stream, or process none above `lastStreamID`. May come twice in a graceful shutdown.
  func sessionReceivedGoaway(lastStreamID: Int32, code: HTTP2ErrorCode)
  /// The peer's settings changed, among them how many streams it allows.
  func sessionReceivedSettings()
  func sessionReceivedPingAcknowledgement()
}

// MARK: Bytes in, bytes out

extension HTTP2Session {
  /// Takes in what the peer sent. After an error the session takes no more; what `drain` still gives (a GOAWAY) should be written.
  package func receive(_ bytes: UnsafeRawBufferPointer) throws(HTTP2Error) {
    guard !hasFailed else { throw .failed("the session failed before") }
    guard !isTerminating else { return }
    let violation = scanner.scan(bytes)
    try take(UnsafeRawBufferPointer(rebasing: bytes.prefix(violation?.offset ?? bytes.count)))
    if let violation { terminate(violation.code) }
  }

  private func take(_ bytes: UnsafeRawBufferPointer) throws(HTTP2Error) {
    guard let start = bytes.baseAddress, bytes.count > 0 else { return }
    let taken = nghttp2_session_mem_recv(pointer, start.assumingMemoryBound(to: UInt8.self), bytes.count)
    guard taken < 0 else { return }
    hasFailed = true
    switch nghttp2_error(rawValue: Int32(taken)) {
    case NGHTTP2_ERR_BAD_CLIENT_MAGIC: throw .notHTTP2
    case NGHTTP2_ERR_FLOODED, NGHTTP2_ERR_TOO_MANY_CONTINUATIONS:
      terminate(.enhanceYourCalm)
      throw .flooded
    case NGHTTP2_ERR_NOMEM: throw .ours("no memory")
    default: throw .failed(String(cString: nghttp2_strerror(Int32(taken))))
    }
  }

  /// Forgets the frames without effect that came so far; a connection calls it once a minute, for keepalive is no flood.
  package func forgiveIdleFrames() { scanner.idleFrames = 0 }

  /// A connection calls it once a second, for some calls are broken off by honest peers too.
  package func forgiveBrokenStreams() { brokenStreams = max(0, brokenStreams - limits.brokenStreamsPerSecond) }

  /// Counts a stream that a client broke off. A server's resets cost nothing but the calls that are this side's own.
  func noteBrokenStream() {
    guard role == .server else { return }
    brokenStreams += 1
    if brokenStreams > limits.brokenStreamBurst, !isTerminating { terminate(.enhanceYourCalm) }
  }

  /// Bytes of the header block that has arrived last, counted as RFC 9113 section 6.5.2 does.
  package var arrivedHeaderBytes: Int { incoming.listBytes }

  /// The number of the peer's header block that has begun and is not whole; nil between blocks.
  package var unfinishedHeaderBlock: Int? { scanner.unfinishedHeaderBlock }

  /// Copies what is to be sent, frame by frame, until there is nothing more or the next frame might not fit.
  /// - Parameter buffer: holds a frame of the largest size at least.
  /// - Returns: how many bytes were written; 0 when there is nothing to send.
  package func drain(into buffer: UnsafeMutableRawBufferPointer) throws(HTTP2Error) -> Int {
    var written = 0
    while !isLost, buffer.count - written >= HTTP2Session.largestSentFrameBytes {
      var start: UnsafePointer<UInt8>?
      let length = nghttp2_session_mem_send(pointer, &start)
      if length == 0 { break }
      guard length > 0, let start else {
        hasFailed = true
        throw .failed(String(cString: nghttp2_strerror(Int32(length))))
      }
      (buffer.baseAddress! + written).copyMemory(from: start, byteCount: length)
      written += length
    }
    return written
  }

  /// The same for whoever has no buffer: everything that there is to send.
  package func drain() throws(HTTP2Error) -> [UInt8] {
    var bytes: [UInt8] = []
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: HTTP2Session.largestSentFrameBytes, alignment: 1)
    defer { piece.deallocate() }
    while true {
      let count = try drain(into: piece)
      if count == 0 { return bytes }
      bytes.append(contentsOf: piece[..<count])
    }
  }

  /// nghttp2 builds frames of at most 16 KiB, a byte of padding length and their header, whatever the peer would take.
  package static let largestSentFrameBytes = 16 * 1024 + 1 + 9

  /// Whether `drain` has something to give.
  package var wantsToWrite: Bool { nghttp2_session_want_write(pointer) != 0 }

  /// Whether nothing more is to be read or written: the connection may close.
  package var isOver: Bool { hasFailed || (nghttp2_session_want_read(pointer) == 0 && nghttp2_session_want_write(pointer) == 0) }
}

// MARK: Streams

extension HTTP2Session {
  package var openStreamCount: Int { open.count }

  package func forEachStream(_ body: (HTTP2Stream) -> Void) {
    for stream in open.all { body(stream) }
  }

  /// Streams that the peer lets this side have open at once.
  package var peerConcurrentStreams: UInt32 {
    nghttp2_session_get_remote_settings(pointer, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS)
  }

  /// Bytes of header list that the peer accepts.
  package var peerHeaderListBytes: UInt32 {
    nghttp2_session_get_remote_settings(pointer, NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE)
  }

  /// Opens a stream with a request. Throws when the session has no id left or is going away. A stream that closed may be opened again,
  /// here or on another session.
  package func open(_ stream: HTTP2Stream, headers: HeaderList) throws(HTTP2Error) {
    stream.prepare()
    let id = headers.withNghttp2Fields { fields in
      var provider = SessionCallbacks.dataProvider()
      return nghttp2_submit_request(
        pointer, nil, fields.baseAddress, fields.count, &provider, Unmanaged.passUnretained(stream).toOpaque())
    }
    guard id > 0 else { throw .failed(String(cString: nghttp2_strerror(id))) }
    stream.id = id
    open.insert(stream)
  }

  /// Sends a response's headers; body and trailers follow by `write` and `end`.
  package func sendHeaders(_ stream: HTTP2Stream, _ headers: HeaderList) {
    headers.withNghttp2Fields { fields in
      var provider = SessionCallbacks.dataProvider()
      _ = nghttp2_submit_response(pointer, stream.id, fields.baseAddress, fields.count, &provider)
    }
  }

  /// Sends a response that consists of headers alone.
  /// - Parameter refusingMore: the request is not over, and the rest of it is not wanted.
  package func sendHeadersAndEnd(_ stream: HTTP2Stream, _ headers: HeaderList, refusingMore: Bool = false) {
    stream.outboundHasEnded = true
    stream.refusesMore = refusingMore
    headers.withNghttp2Fields { fields in
      _ = nghttp2_submit_response(pointer, stream.id, fields.baseAddress, fields.count, nil)
    }
  }

  /// Queues bytes of the body.
  package func write(_ stream: HTTP2Stream, _ chunk: [UInt8]) {
    guard !stream.outboundHasEnded else { return }
    stream.outbound.append(chunk)
    queuedBytes += chunk.count
    resume(stream)
  }

  /// Ends this side of the stream behind what is queued, with trailers when given.
  /// - Parameter refusingMore: the request is not over, and the rest of it is not wanted.
  package func end(_ stream: HTTP2Stream, trailers: HeaderList? = nil, refusingMore: Bool = false) {
    guard !stream.outboundHasEnded else { return }
    stream.outboundHasEnded = true
    stream.trailers = trailers
    stream.refusesMore = refusingMore
    resume(stream)
  }

  /// Bytes that are queued and not yet drained.
  package func queuedBytes(_ stream: HTTP2Stream) -> Int { stream.outbound.count }

  /// Forgets what is queued and not yet drained.
  package func dropQueued(_ stream: HTTP2Stream) {
    queuedBytes -= stream.outbound.count
    stream.outbound.removeAll()
  }

  /// Moves queued bytes out; returns how many.
  func read(_ stream: HTTP2Stream, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let length = stream.outbound.read(into: buffer)
    queuedBytes -= length
    return length
  }

  /// Asks for `outboundDrained` once fewer than `mark` bytes are queued.
  package func notifyWhenDrained(_ stream: HTTP2Stream, below mark: Int) { stream.drainMark = mark }

  /// Lets the peer send this many bytes more.
  package func consume(_ stream: HTTP2Stream, byteCount: Int) {
    guard byteCount > 0 else { return }
    stream.unconsumedBytes -= byteCount
    nghttp2_session_consume(pointer, stream.id, byteCount)
  }

  /// Ends the stream at once in both directions. `closed` follows when the frame is drained.
  package func reset(_ stream: HTTP2Stream, _ code: HTTP2ErrorCode) {
    dropQueued(stream)
    nghttp2_submit_rst_stream(pointer, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.id, code.rawValue)
  }

  private func resume(_ stream: HTTP2Stream) {
    guard stream.isDeferred else { return }
    stream.isDeferred = false
    nghttp2_session_resume_data(pointer, stream.id)
  }

  func streamClosed(_ id: Int32, _ code: HTTP2ErrorCode) {
    guard let stream = stream(id) else { return }
    close(stream, code)
  }

  private func close(_ stream: HTTP2Stream, _ code: HTTP2ErrorCode) {
    guard open.remove(stream) else { return }
    // A header block may be half here when its stream is reset from this side.
    if incoming.stream?.toOpaque() == Unmanaged.passUnretained(stream).toOpaque() { incoming.stream = nil }
    nghttp2_session_set_stream_user_data(pointer, stream.id, nil)
    if stream.unconsumedBytes > 0 {
      nghttp2_session_consume_connection(pointer, stream.unconsumedBytes)
      stream.unconsumedBytes = 0
    }
    stream.outboundHasEnded = true
    dropQueued(stream)
    stream.closed(code)
  }
}

// MARK: The connection as a whole

extension HTTP2Session {
  package func ping() {
    nghttp2_submit_ping(pointer, UInt8(NGHTTP2_FLAG_NONE.rawValue), nil)
  }

  /// Tells the peer that the end is near; it may still open streams, which is fair while this notice is under way.
  package func announceShutdown() {
    nghttp2_submit_shutdown_notice(pointer)
  }

  /// Accepts no stream beyond those seen; those go on.
  package func shutDown() {
    let last = nghttp2_session_get_last_proc_stream_id(pointer)
    nghttp2_submit_goaway(pointer, UInt8(NGHTTP2_FLAG_NONE.rawValue), last, HTTP2ErrorCode.noError.rawValue, nil, 0)
  }

  /// Queues a GOAWAY, after which the session is over.
  package func terminate(_ code: HTTP2ErrorCode) {
    isTerminating = true
    nghttp2_session_terminate_session(pointer, code.rawValue)
  }

  /// The transport is gone: closes every stream that is open.
  package func connectionLost() {
    hasFailed = true
    isLost = true
    for stream in open.all { close(stream, .internalError) }
  }
}
