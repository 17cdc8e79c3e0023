import HTTP2
import RPCTransport

/// An attacker that keeps to HTTP/2 and does its harm by calls.
final class HostileCaller: HTTP2SessionDelegate {
  let peer: HostilePeer
  private(set) var session: HTTP2Session!

  init(_ address: ListenAddress, streamWindowBytes: Int32 = HTTP2Limits().streamWindowBytes) throws {
    peer = try HostilePeer(address)
    peer.acknowledges = false
    var limits = HTTP2Limits()
    limits.streamWindowBytes = streamWindowBytes
    session = try HTTP2Session(role: .client, limits: limits, delegate: self)
    peer.sees = { [unowned self] bytes in
      bytes.withUnsafeBytes { try? session.receive($0) }
    }
    flush()
    peer.read { self.isReady }
  }

  private var isReady = false

  /// Opens a call and sends what the server's windows take of its body.
  func call(
    _ method: String, body: [UInt8] = [], ends: Bool = true, path: String? = nil, contentType: String = "application/grpc",
    _ more: [(String, String)] = []
  ) throws -> Call {
    let call = Call(self)
    let headers = [
      (":method", "POST"), (":scheme", "http"), (":path", path ?? "/grpc.testing.TestService/\(method)"), (":authority", "x"),
      ("content-type", contentType), ("te", "trailers"),
    ]
    try session.open(call, headers: HeaderList(headers + more))
    session.write(call, body)
    if ends { session.end(call) }
    flush()
    return call
  }

  /// Opens a call by frames of the attacker's own. The session only reads what is answered; nothing else may be sent on this connection.
  func call(by frames: (_ stream: UInt32) -> [UInt8]) throws -> Call {
    let call = Call(self)
    try session.open(call, headers: HeaderList([(":method", "POST")]))
    _ = drained()
    peer.send(frames(UInt32(call.id)))
    return call
  }

  @discardableResult
  func flush() -> Bool { peer.send(drained()) }

  private func drained() -> [UInt8] {
    (try? session.drain()) ?? []
  }

  /// Converses until `isDone` or until the server has closed.
  func converse(until isDone: () -> Bool) {
    while !peer.isClosed, !peer.hasGivenUp, !isDone() {
      flush()
      peer.readOnce()
    }
    flush()
  }

  /// Sends a body without end, piece by piece as the server's window takes it, until the call or the connection ends.
  func pour(_ piece: [UInt8], into call: Call, pieces: Int = .max) {
    var left = pieces
    while !peer.isClosed, !peer.hasGivenUp, !call.isClosed, left > 0 {
      while session.queuedBytes(call) < 4 * piece.count, left > 0 {
        session.write(call, piece)
        left -= 1
      }
      flush()
      if session.queuedBytes(call) > 0 { peer.readOnce() }
    }
  }

  // MARK: Events

  final class Call: HTTP2Stream {
    private unowned let caller: HostileCaller
    private(set) var fields: [String: String] = [:]
    private(set) var receivedBytes = 0
    private(set) var isClosed = false
    /// Whether the bytes that come are given back to the server's window.
    var consumes = true

    init(_ caller: HostileCaller) { self.caller = caller }

    var outcome: Outcome {
      if let status = fields["grpc-status"].flatMap({ Int($0) }) { return .status(status) }
      if let status = fields[":status"].flatMap({ Int($0) }), status != 200 { return .http(status) }
      if let code = caller.peer.resets[UInt32(id)] { return .reset(code) }
      return caller.peer.outcome
    }

    override func receivedField(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
      fields[String(decoding: name, as: UTF8.self)] = String(decoding: value, as: UTF8.self)
    }

    override func receivedData(_ bytes: UnsafeRawBufferPointer) {
      receivedBytes += bytes.count
      if consumes { caller.session.consume(self, byteCount: bytes.count) }
    }

    override func closed(_ code: HTTP2ErrorCode) { isClosed = true }
  }

  func sessionAccepts(streamID: Int32) -> HTTP2Stream { HTTP2Stream() }
  func sessionReceivedGoaway(lastStreamID: Int32, code: HTTP2ErrorCode) {}
  func sessionReceivedSettings() { isReady = true }
  func sessionReceivedPingAcknowledgement() {}
}
