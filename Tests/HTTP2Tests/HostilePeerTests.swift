import HTTP2
import Testing

/// What a session does with a peer that means harm or does not know better.
@Suite(.timeLimit(.minutes(5))) struct HostilePeerTests {
  private func server(_ configure: (inout HTTP2Limits) -> Void = { _ in }) throws -> RecordingPeer {
    var limits = HTTP2Limits()
    configure(&limits)
    let server = try RecordingPeer(.server, limits: limits)
    try server.receive(RawFrame.preface + RawFrame.emptySettings)
    _ = try server.drain()
    return server
  }

  /// The error code of the GOAWAY among these bytes.
  private func goawayCode(_ bytes: [UInt8]) -> UInt32? {
    var rest = bytes[...]
    while rest.count >= 9 {
      let start = rest.startIndex
      let length = Int(rest[start]) << 16 | Int(rest[start + 1]) << 8 | Int(rest[start + 2])
      let payload = rest[(start + 9)...].prefix(length)
      if rest[start + 3] == 7 { return payload.dropFirst(4).prefix(4).reduce(0) { $0 << 8 | UInt32($1) } }
      rest = rest.dropFirst(9 + length)
    }
    return nil
  }

  @Test func bytesThatAreNotHTTP2AreRefusedAtOnce() throws {
    let server = try RecordingPeer(.server)
    #expect(throws: HTTP2Error.notHTTP2) { try server.receive(Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8)) }
    #expect(throws: HTTP2Error.self) { try server.receive(RawFrame.preface) }
  }

  @Test func aStreamIDThatWasSkippedIsAConnectionError() throws {
    let server = try server()
    try server.receive(RawFrame.request(stream: 5))
    try? server.receive(RawFrame.request(stream: 3))
    #expect(goawayCode(try server.drain()) == HTTP2ErrorCode.protocolError.rawValue)
    #expect(!server.events.contains(.accepted(3)))
    #expect(server.session.isOver)
  }

  @Test(arguments: [UInt32(2), 4, 1000]) func aStreamOfAnEvenIDIsAConnectionError(_ id: UInt32) throws {
    let server = try server()
    try? server.receive(RawFrame.request(stream: id))
    #expect(goawayCode(try server.drain()) == HTTP2ErrorCode.protocolError.rawValue)
    #expect(server.session.isOver)
  }

  @Test(arguments: [
    RawFrame.frame(type: 0, flags: 0, stream: 1, [1]),  // DATA
    RawFrame.request(stream: 1),
  ])
  func framesOnAStreamThatThePeerHasEndedAreAConnectionError(_ frame: [UInt8]) throws {
    // Ended by the answer to its END_STREAM, and by its RST_STREAM.
    let answered = try server()
    try answered.receive(RawFrame.request(stream: 1))
    answered.session.sendHeadersAndEnd(try #require(answered.streams[1]), HeaderList([(":status", "200")]))
    _ = try answered.drain()
    try? answered.receive(frame)
    #expect(goawayCode(try answered.drain()) == HTTP2ErrorCode.streamClosed.rawValue)
    let reset = try server()
    try reset.receive(RawFrame.request(stream: 1) + RawFrame.frame(type: 3, stream: 1, [0, 0, 0, 8]))
    _ = try reset.drain()
    try? reset.receive(frame)
    #expect(goawayCode(try reset.drain()) == HTTP2ErrorCode.streamClosed.rawValue)
  }

  @Test func trailersOnAStreamThatWasResetAreNoError() throws {
    let server = try server()
    try server.receive(RawFrame.frame(type: 1, flags: 0x4, stream: 1, [0x83, 0x86, 0x84, 0x01, 0x01, UInt8(ascii: "x")]))
    server.session.reset(try #require(server.streams[1]), .cancel)
    _ = try server.drain()
    try server.receive(RawFrame.frame(type: 1, flags: 0x5, stream: 1, []) + RawFrame.request(stream: 3))
    #expect(server.events.contains(.accepted(3)))
    #expect(goawayCode(try server.drain()) == nil)
  }

  @Test func aHeaderListOverTheLimitIsReportedAndNotStored() throws {
    var limits = HTTP2Limits()
    limits.headerListBytes = 1000
    let (client, server) = (try RecordingPeer(.client), try RecordingPeer(.server, limits: limits))
    _ = try client.open(requestHeaders + [("x-long", String(repeating: "v", count: 2000)), ("x-short", "v")])
    try server.receive(try client.drain())
    let told = server.events.compactMap { event -> [String]? in
      if case .headers(_, let lines, _, true) = event { return lines }
      return nil
    }
    #expect(told.count == 1)
    #expect(told.first?.contains { $0.hasPrefix("x-") } == false)
  }

  @Test func aContinuationFloodEndsTheSession() throws {
    let server = try server { $0.continuationFrames = 4 }
    let piece: [UInt8] = [0x83]
    var bytes = RawFrame.frame(type: 1, flags: 0, stream: 1, piece)
    for _ in 0..<100 { bytes += RawFrame.frame(type: 9, flags: 0, stream: 1, piece) }
    #expect(throws: HTTP2Error.self) { try server.receive(bytes) }
    #expect(goawayCode(try server.drain()) == HTTP2ErrorCode.enhanceYourCalm.rawValue)
    #expect(server.session.isOver)
  }

  @Test func pingsWhoseAnswersAreNotReadEndTheSession() throws {
    let server = try server { $0.queuedAcknowledgements = 10 }
    var bytes: [UInt8] = []
    for _ in 0..<100 { bytes += RawFrame.frame(type: 6, [1, 2, 3, 4, 5, 6, 7, 8]) }
    #expect(throws: HTTP2Error.flooded) { try server.receive(bytes) }
    #expect(goawayCode(try server.drain()) == HTTP2ErrorCode.enhanceYourCalm.rawValue)
  }

  @Test func settingsWithTooManyEntriesEndTheSession() throws {
    let server = try server { $0.settingsEntries = 4 }
    let entries = [UInt8]((0..<5).flatMap { _ in [0, 4, 0, 0, 255, 255] as [UInt8] })
    try? server.receive(RawFrame.frame(type: 4, entries))
    #expect(goawayCode((try? server.drain()) ?? []) != nil || server.session.isOver)
  }

  @Test(arguments: [
    RawFrame.frame(type: 2, stream: 1, [0, 0, 0, 0, 1]),  // PRIORITY
    RawFrame.frame(type: 8, [0, 0, 0, 1]),  // WINDOW_UPDATE
    RawFrame.frame(type: 10, [1, 2, 3]),  // ALTSVC, which is for clients
    RawFrame.frame(type: 0xfa),  // a type that nobody knows
  ])
  func framesWithoutEffectEndTheSession(_ frame: [UInt8]) throws {
    let server = try server { $0.idleFrames = 50 }
    for _ in 0..<60 { try? server.receive(frame) }
    #expect(goawayCode(try server.drain()) == HTTP2ErrorCode.enhanceYourCalm.rawValue)
  }

  @Test func emptyDataFramesEndTheSession() throws {
    let server = try server { $0.idleFrames = 50 }
    try server.receive(RawFrame.frame(type: 1, flags: 0x4, stream: 1, [0x83, 0x86, 0x84, 0x01, 0x01, UInt8(ascii: "x")]))
    for _ in 0..<60 { try? server.receive(RawFrame.frame(type: 0, stream: 1)) }
    #expect(goawayCode(try server.drain()) == HTTP2ErrorCode.enhanceYourCalm.rawValue)
  }

  @Test func rapidResetsEndTheSession() throws {
    let server = try server { $0.brokenStreamBurst = 20 }
    for number in 0..<100 {
      let id = UInt32(number * 2 + 1)
      try? server.receive(RawFrame.request(stream: id) + RawFrame.frame(type: 3, stream: id, [0, 0, 0, 8]))
    }
    #expect(goawayCode(try server.drain()) == HTTP2ErrorCode.enhanceYourCalm.rawValue)
    #expect(server.session.isOver)
  }

  @Test func resetsNowAndThenAreForgiven() throws {
    let server = try server {
      $0.brokenStreamBurst = 20
      $0.brokenStreamsPerSecond = 5
    }
    for number in 0..<100 {
      let id = UInt32(number * 2 + 1)
      try server.receive(RawFrame.request(stream: id) + RawFrame.frame(type: 3, stream: id, [0, 0, 0, 8]))
      if number % 5 == 4 { server.session.forgiveBrokenStreams() }
    }
    #expect(goawayCode(try server.drain()) == nil)
  }

  /// A window that overflows, data beyond its content-length, a second header block without END_STREAM: each makes the server reset the stream.
  @Test(arguments: [
    RawFrame.frame(type: 8, stream: 1, [0x7f, 0xff, 0xff, 0xff]), RawFrame.frame(type: 0, stream: 1, [1, 2, 3]),
    RawFrame.frame(type: 1, flags: 0x4, stream: 1, [0x00, 0x01, UInt8(ascii: "x"), 0x00]),
  ])
  func resetsThatThePeerProvokesEndTheSession(_ frame: [UInt8]) throws {
    let server = try server { $0.brokenStreamBurst = 20 }
    // content-length: 2
    let block: [UInt8] = [0x83, 0x86, 0x84, 0x01, 0x01, UInt8(ascii: "x"), 0x0f, 0x0d, 0x01, UInt8(ascii: "2")]
    var sent: [UInt8] = []
    for number in 0..<100 {
      var frame = frame
      frame.replaceSubrange(5..<9, with: RawFrame.frame(type: 0, stream: UInt32(number * 2 + 1))[5...])
      try? server.receive(RawFrame.frame(type: 1, flags: 0x4, stream: UInt32(number * 2 + 1), block) + frame)
      sent += (try? server.drain()) ?? []
    }
    #expect(goawayCode(sent) == HTTP2ErrorCode.enhanceYourCalm.rawValue)
    #expect(server.session.isOver)
  }

  /// The limit of streams binds a peer that has acknowledged it; to one that has not, nghttp2 sends refusals, which nobody may read.
  @Test func streamsOverTheLimitWithoutAnAcknowledgementEndTheSession() throws {
    let server = try server {
      $0.concurrentStreams = 2
      $0.brokenStreamBurst = 20
    }
    for number in 0..<100 {
      try? server.receive(
        RawFrame.frame(type: 1, flags: 0x4, stream: UInt32(number * 2 + 1), [0x83, 0x86, 0x84, 0x01, 0x01, UInt8(ascii: "x")]))
    }
    #expect(goawayCode(try server.drain()) == HTTP2ErrorCode.enhanceYourCalm.rawValue)
    #expect(server.session.isOver)
  }

  /// nghttp2 still knows the streams; their objects are gone.
  @Test func nothingIsGivenOutOnceTheConnectionIsLost() throws {
    let server = try server()
    try server.receive(RawFrame.request(stream: 1))
    let stream = try #require(server.streams[1])
    server.session.sendHeaders(stream, HeaderList([(":status", "200")]))
    server.session.write(stream, [UInt8](repeating: 1, count: 100_000))
    #expect(server.session.queuedBytes == 100_000)
    server.session.connectionLost()
    #expect(try server.drain().isEmpty)
    #expect(server.session.queuedBytes == 0)
    #expect(server.session.isOver)
  }

  @Test func framesOfUnknownTypesAreSkipped() throws {
    let server = try server()
    try server.receive(RawFrame.frame(type: 0xfa, stream: 7, Array(repeating: 1, count: 1000)) + RawFrame.request(stream: 1))
    #expect(server.events.contains(.accepted(1)))
    #expect(goawayCode(try server.drain()) == nil)
  }

  @Test func streamsBeyondTheLimitAreRefused() throws {
    let server = try server { $0.concurrentStreams = 2 }
    // The limit binds once the peer has acknowledged it.
    try server.receive(RawFrame.frame(type: 4, flags: 1))
    for id: UInt32 in [1, 3, 5] {
      try? server.receive(RawFrame.frame(type: 1, flags: 0x4, stream: id, [0x83, 0x86, 0x84, 0x01, 0x01, UInt8(ascii: "x")]))
    }
    #expect(server.session.openStreamCount == 2)
  }

  /// Random changes of honest bytes: whatever they become, the session neither crashes nor holds a stream after its connection is lost.
  @Test(arguments: 0..<40) func mangledBytesNeverCrash(_ seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    let client = try RecordingPeer(.client)
    for _ in 0..<5 {
      let stream = try client.open(requestHeaders + [("x-a", String(repeating: "v", count: Int.random(in: 0..<50, using: &random)))])
      client.session.write(stream, [UInt8](repeating: 3, count: Int.random(in: 0..<500, using: &random)))
      client.session.end(stream)
    }
    let honest = try client.drain()
    for _ in 0..<50 {
      var bytes = honest
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        bytes[Int.random(in: 24..<bytes.count, using: &random)] = UInt8.random(in: .min ... .max, using: &random)
      }
      let server = try RecordingPeer(.server)
      try? server.receive(bytes)
      _ = try? server.drain()
      server.session.connectionLost()
      #expect(server.session.openStreamCount == 0, "seed \(seed)")
    }
  }
}

/// A small generator that a seed makes repeatable.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
    return value ^ value >> 31
  }
}
