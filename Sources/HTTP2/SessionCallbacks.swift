internal import CNghttp2

/// The C functions that nghttp2 calls, and how they find the Swift objects again: the session by its user pointer, a stream by the user
/// pointer of nghttp2's own stream table (one hash of an int there, where a Swift dictionary would hash for each frame).
enum SessionCallbacks {
  static func make() throws(HTTP2Error) -> OpaquePointer {
    var callbacks: OpaquePointer?
    nghttp2_session_callbacks_new(&callbacks)
    guard let callbacks else { throw .ours("no memory for a session") }
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, frame, user in
      HTTP2Session.with(user) { $0.headersBegin(frame!) }
    }
    nghttp2_session_callbacks_set_on_header_callback(callbacks) { _, _, name, nameLength, value, valueLength, _, user in
      HTTP2Session.with(user) {
        $0.fieldArrives(UnsafeBufferPointer(start: name, count: nameLength), UnsafeBufferPointer(start: value, count: valueLength))
      }
      return 0
    }
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) { _, _, id, data, length, user in
      HTTP2Session.with(user) { $0.dataArrives(id, UnsafeRawBufferPointer(start: data, count: length)) }
      return 0
    }
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, user in
      HTTP2Session.with(user) { $0.frameEnds(frame!) }
      return 0
    }
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks) { _, frame, user in
      HTTP2Session.with(user) { $0.frameWasSent(frame!) }
      return 0
    }
    nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks) { _, frame, _, user in
      HTTP2Session.with(user) { $0.frameWasNotSent(frame!) }
      return 0
    }
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks) { _, _, error, user in
      HTTP2Session.with(user) { $0.frameWasInvalid(error) }
      return 0
    }
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, id, code, user in
      HTTP2Session.with(user) { $0.streamClosed(id, HTTP2ErrorCode(rawValue: code)) }
      return 0
    }
    return callbacks
  }

  /// Reads a stream's queue whenever nghttp2 has room in a frame and both windows.
  static func dataProvider() -> nghttp2_data_provider {
    var provider = nghttp2_data_provider()
    provider.read_callback = { _, id, buffer, length, flags, _, user in
      HTTP2Session.with(user) { session in
        guard let stream = session.stream(id) else { return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue) }
        return session.fill(stream, UnsafeMutableRawBufferPointer(start: buffer, count: length), flags!)
      }
    }
    return provider
  }
}

extension HTTP2Session {
  /// Without a retain of the session, which whoever called nghttp2 holds: there are a dozen of these a call.
  @inline(__always)
  fileprivate static func with<Result>(_ user: UnsafeMutableRawPointer?, _ body: (HTTP2Session) -> Result) -> Result {
    Unmanaged<HTTP2Session>.fromOpaque(user!)._withUnsafeGuaranteedRef(body)
  }
}
