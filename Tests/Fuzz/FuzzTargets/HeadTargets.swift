internal import HTTP2

/// Request heads: header fields, a line each, as a caller's session packs them, in front of a whole connection.
package struct RequestHeadTarget: FuzzTarget {
  package static let name = "request-head"
  private let rig = Rig()

  package init() {}

  package func run(_ input: [UInt8], _ random: inout FuzzRandom) throws {
    let session = try Packer(.client)
    try session.open(HeaderLines(input).list)
    try rig.serve([session.bytes()])
  }
}

/// Response heads, in the same way: the fields of the headers, and behind an empty line those of the trailers.
package struct ResponseHeadTarget: FuzzTarget {
  package static let name = "response-head"
  private let rig = Rig()

  package init() {}

  package func run(_ input: [UInt8], _ random: inout FuzzRandom) throws {
    // The requests that the client is about to send, on streams 1, 3, …: this server has them before the client makes them.
    let requests = try Packer(.client)
    for _ in EchoService.allMethods {
      try requests.open(HeaderList([(":method", "POST"), (":scheme", "http"), (":path", "/"), (":authority", "x")]))
    }
    let server = try Packer(.server)
    try server.receive(requests.bytes())
    let parts = input.split(separator: UInt8(ascii: "|"), maxSplits: 1, omittingEmptySubsequences: false)
    try server.answer(HeaderLines(Array(parts[0])).list, parts.count > 1 ? HeaderLines(Array(parts[1])).list : nil)
    let bytes = try server.bytes()
    // The settings first, so that the calls are made; then the answers.
    let settings = 9 + (Int(bytes[0]) << 16 | Int(bytes[1]) << 8 | Int(bytes[2]))
    try rig.call([Array(bytes[..<settings]), Array(bytes[settings...])])
  }
}

/// Lines of `name: value` as a header list; nothing is checked.
private struct HeaderLines {
  var list = HeaderList()

  init(_ text: [UInt8]) {
    for line in text.split(separator: UInt8(ascii: "\n")) {
      // A colon in front belongs to the name.
      let end = line.dropFirst().firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
      let value = line[end...].dropFirst().drop { $0 == UInt8(ascii: " ") }
      Array(line[..<end]).withUnsafeBufferPointer { name in
        Array(value).withUnsafeBufferPointer { list.append(name, $0) }
      }
    }
  }
}

/// A session that packs what it is told to.
private final class Packer: HTTP2SessionDelegate {
  private var session: HTTP2Session!
  private var accepted: [HTTP2Stream] = []

  init(_ role: HTTP2Session.Role) throws {
    session = try HTTP2Session(role: role, limits: HTTP2Limits(), delegate: self)
  }

  func open(_ headers: HeaderList) throws {
    let stream = HTTP2Stream()
    try session.open(stream, headers: headers)
    session.write(stream, [0, 0, 0, 0, 2, 8, 3])
    session.end(stream)
  }

  func answer(_ headers: HeaderList, _ trailers: HeaderList?) throws {
    for stream in accepted {
      guard let trailers else {
        session.sendHeadersAndEnd(stream, headers)
        continue
      }
      session.sendHeaders(stream, headers)
      session.write(stream, [0, 0, 0, 0, 2, 8, 3])
      session.end(stream, trailers: trailers)
    }
  }

  func receive(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try session.receive($0) } }

  func bytes() throws -> [UInt8] {
    try session.drain()
  }

  func sessionAccepts(streamID: Int32) -> HTTP2Stream {
    accepted.append(HTTP2Stream())
    return accepted.last!
  }

  func sessionReceivedGoaway(lastStreamID: Int32, code: HTTP2ErrorCode) {}
  func sessionReceivedSettings() {}
  func sessionReceivedPingAcknowledgement() {}
}
