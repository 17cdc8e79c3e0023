import HTTP2

/// What a session told, in order.
enum Event: Equatable {
  case accepted(Int32)
  case headers(Int32, [String], endsStream: Bool, isOverLimit: Bool)
  case data(Int32, [UInt8])
  case end(Int32)
  case drained(Int32)
  case closed(Int32, HTTP2ErrorCode)
  case goaway(lastStreamID: Int32, HTTP2ErrorCode)
  case settings
  case pingAcknowledged
}

/// A session whose events are written down, and whose received bytes are consumed unless the test holds them back.
final class RecordingPeer: HTTP2SessionDelegate {
  private(set) var events: [Event] = []
  private(set) var streams: [Int32: RecordingStream] = [:]
  private(set) var session: HTTP2Session!
  var consumes = true

  init(_ role: HTTP2Session.Role, limits: HTTP2Limits = HTTP2Limits()) throws {
    session = try HTTP2Session(role: role, limits: limits, delegate: self)
  }

  func record(_ event: Event) { events.append(event) }

  func sessionAccepts(streamID: Int32) -> HTTP2Stream {
    record(.accepted(streamID))
    let stream = RecordingStream(peer: self)
    streams[streamID] = stream
    return stream
  }

  func sessionReceivedGoaway(lastStreamID: Int32, code: HTTP2ErrorCode) { record(.goaway(lastStreamID: lastStreamID, code)) }

  func sessionReceivedSettings() { record(.settings) }

  func sessionReceivedPingAcknowledgement() { record(.pingAcknowledged) }

  // MARK: Bytes

  func receive(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { try session.receive($0) }
  }

  /// Everything that the session has to send now.
  func drain() throws -> [UInt8] {
    try session.drain()
  }

  /// Opens a stream of a client session.
  func open(_ headers: [(String, String)]) throws -> RecordingStream {
    let stream = RecordingStream(peer: self)
    try session.open(stream, headers: HeaderList(headers))
    streams[stream.id] = stream
    return stream
  }

  /// Exchanges bytes with another session until neither has any.
  func converse(with other: RecordingPeer) throws {
    while true {
      let there = try drain()
      try other.receive(there)
      let back = try other.drain()
      try receive(back)
      if there.isEmpty, back.isEmpty { return }
    }
  }
}

final class RecordingStream: HTTP2Stream {
  private unowned let peer: RecordingPeer
  private(set) var received: [UInt8] = []
  private var lines: [String] = []

  init(peer: RecordingPeer) { self.peer = peer }

  override func receivedField(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
    lines.append("\(String(decoding: name, as: UTF8.self)): \(String(decoding: value, as: UTF8.self))")
  }

  override func receivedHeaders(isOverLimit: Bool, endsStream: Bool) {
    peer.record(.headers(id, lines, endsStream: endsStream, isOverLimit: isOverLimit))
    lines = []
  }

  override func receivedData(_ bytes: UnsafeRawBufferPointer) {
    received.append(contentsOf: bytes)
    peer.record(.data(id, Array(bytes)))
    if peer.consumes { peer.session.consume(self, byteCount: bytes.count) }
  }

  override func receivedEnd() { peer.record(.end(id)) }

  override func outboundDrained() { peer.record(.drained(id)) }

  override func closed(_ code: HTTP2ErrorCode) { peer.record(.closed(id, code)) }
}


let requestHeaders = [(":method", "POST"), (":scheme", "http"), (":path", "/a.B/C"), (":authority", "x"), ("te", "trailers")]

/// Frames as a peer without manners would write them.
enum RawFrame {
  static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
  static let emptySettings = frame(type: 4)

  static func frame(type: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) -> [UInt8] {
    let count = UInt32(payload.count)
    return [UInt8(count >> 16 & 255), UInt8(count >> 8 & 255), UInt8(count & 255), type, flags]
      + [UInt8(stream >> 24), UInt8(stream >> 16 & 255), UInt8(stream >> 8 & 255), UInt8(stream & 255)] + payload
  }

  /// A whole request: POST http / with authority `x`, in HPACK's plain forms, with END_HEADERS and END_STREAM.
  static func request(stream: UInt32) -> [UInt8] {
    frame(type: 1, flags: 0x5, stream: stream, [0x83, 0x86, 0x84, 0x01, 0x01, UInt8(ascii: "x")])
  }
}
