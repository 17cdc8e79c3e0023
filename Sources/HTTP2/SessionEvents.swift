internal import CNghttp2

// What the session does when nghttp2 calls: finds the stream, keeps the limits, passes the event on.

extension HTTP2Session {
  func stream(_ id: Int32) -> HTTP2Stream? {
    guard let pointer = nghttp2_session_get_stream_user_data(pointer, id) else { return nil }
    return Unmanaged<HTTP2Stream>.fromOpaque(pointer).takeUnretainedValue()
  }

  func headersBegin(_ frame: UnsafePointer<nghttp2_frame>) -> Int32 {
    incoming = IncomingHeaders()
    let id = frame.pointee.hd.stream_id
    guard role == .server, frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST else {
      incoming.stream = nghttp2_session_get_stream_user_data(pointer, id).map { Unmanaged.fromOpaque($0) }
      return 0
    }
    let stream = delegate.sessionAccepts(streamID: id)
    stream.id = id
    incoming.stream = open.insert(stream)
    return nghttp2_session_set_stream_user_data(pointer, id, incoming.stream?.toOpaque())
  }

  /// Passes a field on, unless the list would then be longer than the limit: nothing of what follows is passed on then.
  func fieldArrives(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
    incoming.listBytes += name.count + value.count + HeaderList.overheadPerField
    guard incoming.listBytes <= limits.headerListBytes else { return }
    incoming.stream?._withUnsafeGuaranteedRef { $0.receivedField(name, value) }
  }

  func dataArrives(_ id: Int32, _ bytes: UnsafeRawBufferPointer) {
    guard let stream = stream(id) else {
      nghttp2_session_consume(pointer, id, bytes.count)
      return
    }
    stream.unconsumedBytes += bytes.count
    stream.receivedData(bytes)
  }

  func frameEnds(_ frame: UnsafePointer<nghttp2_frame>) {
    let header = frame.pointee.hd
    let endsStream = header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
    switch nghttp2_frame_type(rawValue: UInt32(header.type)) {
    case NGHTTP2_DATA:
      if endsStream { stream(header.stream_id)?.receivedEnd() }
    case NGHTTP2_HEADERS:
      guard let stream = stream(header.stream_id) else { return }
      stream.receivedHeaders(isOverLimit: incoming.listBytes > limits.headerListBytes, endsStream: endsStream)
      if endsStream { stream.receivedEnd() }
    case NGHTTP2_GOAWAY:
      delegate.sessionReceivedGoaway(
        lastStreamID: frame.pointee.goaway.last_stream_id, code: HTTP2ErrorCode(rawValue: frame.pointee.goaway.error_code))
    case NGHTTP2_SETTINGS:
      if header.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) == 0 { delegate.sessionReceivedSettings() }
    case NGHTTP2_RST_STREAM:
      noteBrokenStream()
    case NGHTTP2_PING:
      if header.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) != 0 { delegate.sessionReceivedPingAcknowledgement() }
    default:
      break
    }
  }

  /// nghttp2 refuses a stream over the limit by itself, as long as the peer has not acknowledged that limit; then it is an error.
  func frameWasInvalid(_ error: Int32) {
    if error == NGHTTP2_ERR_REFUSED_STREAM.rawValue { noteBrokenStream() }
  }

  /// A request that could not even be sent, as when a GOAWAY came first, was certainly not processed.
  func frameWasNotSent(_ frame: UnsafePointer<nghttp2_frame>) {
    guard frame.pointee.hd.type == UInt8(NGHTTP2_HEADERS.rawValue), frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST else { return }
    streamClosed(frame.pointee.hd.stream_id, .refusedStream)
  }

  /// Gives nghttp2 what the stream has for one DATA frame, and the trailers behind the last.
  func fill(_ stream: HTTP2Stream, _ buffer: UnsafeMutableRawBufferPointer, _ flags: UnsafeMutablePointer<UInt32>) -> Int {
    let length = read(stream, into: buffer)
    if length > 0 { scanner.idleFrames = 0 }
    if let mark = stream.drainMark, stream.outbound.count < mark {
      stream.drainMark = nil
      stream.outboundDrained()
    }
    guard stream.outbound.isEmpty else { return length }
    if stream.outboundHasEnded {
      flags.pointee |= UInt32(NGHTTP2_DATA_FLAG_EOF.rawValue)
      if let trailers = stream.trailers {
        flags.pointee |= UInt32(NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue)
        trailers.withNghttp2Fields { fields in
          _ = nghttp2_submit_trailer(pointer, stream.id, fields.baseAddress, fields.count)
        }
      }
    } else if length == 0 {
      stream.isDeferred = true
      return Int(NGHTTP2_ERR_DEFERRED.rawValue)
    }
    return length
  }

  /// A GOAWAY with an error ends the session, also where nghttp2 itself would go on with the streams that are open, as for rapid resets.
  ///
  /// A response that ends before its request frees the stream by RST_STREAM(NO_ERROR), RFC 9113 section 8.1. It is submitted only when the
  /// end of the response has left, for nghttp2 drops whatever is queued on a stream that is to be reset.
  func frameWasSent(_ frame: UnsafePointer<nghttp2_frame>) {
    let header = frame.pointee.hd
    if header.type == UInt8(NGHTTP2_GOAWAY.rawValue) {
      if frame.pointee.goaway.error_code != HTTP2ErrorCode.noError.rawValue { hasFailed = true }
      return
    }
    if header.type == UInt8(NGHTTP2_RST_STREAM.rawValue) {
      // Not this side's wish: the peer broke a rule. What was refused has been counted when it came.
      let code = HTTP2ErrorCode(rawValue: frame.pointee.rst_stream.error_code)
      if code != .noError, code != .refusedStream { noteBrokenStream() }
      return
    }
    guard header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0, role == .server, let stream = stream(header.stream_id),
      stream.refusesMore
    else { return }
    nghttp2_submit_rst_stream(pointer, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.id, HTTP2ErrorCode.noError.rawValue)
  }
}

/// The header block that is arriving.
struct IncomingHeaders {
  /// Open, so the session holds it.
  var stream: Unmanaged<HTTP2Stream>?
  /// As RFC 9113 section 6.5.2 counts.
  var listBytes = 0
}
