internal import HTTP2
internal import RPC
internal import RPCTransport

/// What honest peers say to each other, for the corpus: `rpc-fuzz record` writes it down.
package enum Recording {
  /// Each with the targets that it is for.
  package static func transcripts() throws -> [(targets: [String], name: String, bytes: [UInt8])] {
    let rig = Rig()
    var transcripts: [(targets: [String], name: String, bytes: [UInt8])] = []
    for (name, calls) in conversations {
      let caller = try Caller(calls)
      let said = try caller.bytes()
      transcripts.append((["frames", "server"], name, said))
      transcripts.append((["frames"], "answer-to-\(name)", try rig.serve([said])))
    }
    // What the client under test says, answered by the server under test.
    let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
    transcripts.append((["client", "frames"], "answer-to-every-kind", try rig.serve([try rig.call([settings])])))
    return transcripts
  }

  private struct Call {
    var method: String
    var fields: [(String, String)] = []
    var body: [UInt8] = []
    var ends = true
  }

  private static let note = MessageFrame.frame([8, 3, 18, 2, 104, 105])

  private static let conversations: [(String, [Call])] = [
    ("unary", [Call(method: "Unary", body: note)]),
    ("unary-off-loop", [Call(method: "OffLoop", body: note)]),
    ("metadata", [Call(method: "Unary", fields: [("echo-a", "b"), ("echo-a", "c"), ("echo-blob-bin", "AAEC,AwQ=")], body: note)]),
    ("deadline", [Call(method: "Unary", fields: [("grpc-timeout", "5S")], body: note)]),
    ("collect", [Call(method: "Collect", body: note + note + note)]),
    ("repeat", [Call(method: "Repeat", fields: [("grpc-accept-encoding", "identity,gzip")], body: note)]),
    ("chat", [Call(method: "Chat", body: note + note)]),
    ("chat-half-open", [Call(method: "Chat", body: note + note.dropLast(3), ends: false)]),
    ("gzip", [Call(method: "Unary", fields: [("grpc-encoding", "gzip"), ("grpc-accept-encoding", "gzip")], body: gzip)]),
    (
      "many",
      [Call(method: "Unary", body: note), Call(method: "Chat", body: note), Call(method: "Collect", body: note), Call(method: "No")]
    ),
    ("unknown", [Call(method: "Nowhere")]),
    ("empty", []),
  ]

  private static let gzip: [UInt8] = {
    var frame = note.withUnsafeBytes {
      Gzip.deflate(UnsafeRawBufferPointer(rebasing: $0[MessageFrame.prefixLength...]), reservingPrefix: MessageFrame.prefixLength)
    }
    MessageFrame.writePrefix(into: &frame, isCompressed: true)
    return frame
  }()

  /// A client's session that makes the calls at once.
  private final class Caller: HTTP2SessionDelegate {
    private var session: HTTP2Session!

    init(_ calls: [Call]) throws {
      session = try HTTP2Session(role: .client, limits: HTTP2Limits(), delegate: self)
      for call in calls {
        let stream = HTTP2Stream()
        let fields = [
          (":method", "POST"), (":scheme", "http"), (":path", "/fuzz.Echo/\(call.method)"), (":authority", "x"), ("te", "trailers"),
          ("content-type", "application/grpc"),
        ]
        try session.open(stream, headers: HeaderList(fields + call.fields))
        session.write(stream, call.body)
        if call.ends { session.end(stream) }
      }
    }

    func bytes() throws -> [UInt8] {
      try session.drain()
    }

    func sessionAccepts(streamID: Int32) -> HTTP2Stream { HTTP2Stream() }
    func sessionReceivedGoaway(lastStreamID: Int32, code: HTTP2ErrorCode) {}
    func sessionReceivedSettings() {}
    func sessionReceivedPingAcknowledgement() {}
  }
}
