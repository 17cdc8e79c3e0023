internal import HTTP2

/// The frame reader: a session of either role. In whatever pieces the bytes come, what the session tells and says is the same.
package struct FramesTarget: FuzzTarget {
  package static let name = "frames"

  package init() {}

  package func run(_ input: [UInt8], _ random: inout FuzzRandom) throws {
    for role in [HTTP2Session.Role.server, .client] {
      let whole = try Listener(role, [input])
      let split = try Listener(role, input.split(&random))
      guard whole.told == split.told else {
        throw Finding("a \(role) tells otherwise when the bytes come in pieces:\n  \(whole.told)\n  \(split.told)")
      }
      guard whole.said == split.said else {
        throw Finding(
          """
          a \(role) says otherwise when the bytes come in pieces:
            \(Fuzzing.hexadecimal(whole.said))
            \(Fuzzing.hexadecimal(split.said))
            told \(whole.told)
          """)
      }
    }
  }
}

/// A session that is fed to its end, and what became of it.
private final class Listener: HTTP2SessionDelegate {
  private(set) var told: [String] = []
  private(set) var said: [UInt8] = []
  private var session: HTTP2Session!
  private let memory = GuardedMemory(capacity: 2 * Mutator.largestInput)

  init(_ role: HTTP2Session.Role, _ pieces: [[UInt8]]) throws {
    session = try HTTP2Session(role: role, limits: HTTP2Limits(), delegate: self)
    if role == .client {
      for _ in 0..<3 {
        let stream = Stream(self)
        try session.open(stream, headers: HeaderList([(":method", "POST"), (":scheme", "http"), (":path", "/a/b"), (":authority", "x")]))
        session.write(stream, [0, 0, 0, 0, 0])
      }
      // What a client has not sent, a server cannot answer.
      try drain()
    }
    do {
      for piece in pieces { try memory.hold(piece) { try session.receive($0) } }
    } catch {
      tell("failed \(error)")
    }
    try? drain()
    tell("over \(session.isOver)")
    session.connectionLost()
    guard session.openStreamCount == 0, session.queuedBytes == 0 else {
      throw Finding("a session holds streams when its connection is lost")
    }
  }

  private func drain() throws {
    said += try session.drain()
  }

  /// Bytes of one stream that follow each other are one event, whatever the pieces.
  func tell(_ event: String, data: [UInt8]? = nil) {
    guard let data else { return told.append(event) }
    if let last = told.last, last.hasPrefix(event) {
      told[told.count - 1] = last + Fuzzing.hexadecimal(data)
    } else {
      told.append(event + Fuzzing.hexadecimal(data))
    }
  }

  func sessionAccepts(streamID: Int32) -> HTTP2Stream {
    tell("accepts \(streamID)")
    return Stream(self)
  }

  func sessionReceivedGoaway(lastStreamID: Int32, code: HTTP2ErrorCode) { tell("goaway \(lastStreamID) \(code.rawValue)") }
  func sessionReceivedSettings() { tell("settings") }
  func sessionReceivedPingAcknowledgement() { tell("ping") }

  private final class Stream: HTTP2Stream {
    private unowned let listener: Listener
    private var fields = ""

    init(_ listener: Listener) { self.listener = listener }

    override func receivedField(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
      fields += " \(String(decoding: name, as: UTF8.self))=\(String(decoding: value, as: UTF8.self))"
    }

    override func receivedHeaders(isOverLimit: Bool, endsStream: Bool) {
      listener.tell("\(id) headers \(endsStream) \(isOverLimit)\(fields)")
      fields = ""
    }

    override func receivedData(_ bytes: UnsafeRawBufferPointer) { listener.tell("\(id) data ", data: Array(bytes)) }
    override func receivedEnd() { listener.tell("\(id) end") }
    override func closed(_ code: HTTP2ErrorCode) { listener.tell("\(id) closed \(code.rawValue)") }
  }
}
