import HTTP2
import Testing

@Suite(.timeLimit(.minutes(5))) struct SessionTests {
  /// What a client sends for two requests with bodies, a reset and a ping.
  private func recordedBytes() throws -> [UInt8] {
    let client = try RecordingPeer(.client)
    let first = try client.open(requestHeaders + [("grpc-timeout", "1S"), ("x-long", String(repeating: "v", count: 300))])
    client.session.write(first, Array("hello".utf8))
    client.session.end(first)
    let second = try client.open(requestHeaders)
    client.session.write(second, [UInt8](repeating: 7, count: 1000))
    var bytes = try client.drain()
    client.session.reset(second, .cancel)
    client.session.ping()
    bytes += try client.drain()
    return bytes
  }

  /// Pieces of one body may be told in pieces; everything else must be the same.
  private func joiningData(_ events: [Event]) -> [Event] {
    events.reduce(into: []) { joined, event in
      if case .data(let id, let bytes) = event, case .data(id, let before)? = joined.last {
        joined[joined.count - 1] = .data(id, before + bytes)
      } else {
        joined.append(event)
      }
    }
  }

  @Test func everySplitOfTheBytesTellsTheSameEvents() throws {
    let bytes = try recordedBytes()
    let whole = try RecordingPeer(.server)
    try whole.receive(bytes)
    #expect(whole.events.count > 8)
    for split in 0...bytes.count {
      let peer = try RecordingPeer(.server)
      try peer.receive(Array(bytes[..<split]))
      try peer.receive(Array(bytes[split...]))
      #expect(joiningData(peer.events) == joiningData(whole.events), "split at \(split)")
    }
    let single = try RecordingPeer(.server)
    for byte in bytes { try single.receive([byte]) }
    #expect(joiningData(single.events) == joiningData(whole.events))
  }

  @Test func aRequestIsToldAsHeadersDataEnd() throws {
    let (client, server) = (try RecordingPeer(.client), try RecordingPeer(.server))
    let stream = try client.open(requestHeaders)
    client.session.write(stream, [1, 2, 3])
    client.session.end(stream)
    try client.converse(with: server)
    #expect(
      server.events.filter { $0 != .settings } == [
        .accepted(1),
        .headers(
          1, [":method: POST", ":scheme: http", ":path: /a.B/C", ":authority: x", "te: trailers"], endsStream: false, isOverLimit: false),
        .data(1, [1, 2, 3]), .end(1),
      ])
  }

  @Test func aResponseIsToldAsHeadersDataTrailersAndItsClose() throws {
    let (client, server) = (try RecordingPeer(.client), try RecordingPeer(.server))
    client.session.end(try client.open(requestHeaders))
    try client.converse(with: server)
    let stream = try #require(server.streams[1])
    server.session.sendHeaders(stream, HeaderList([(":status", "200")]))
    server.session.write(stream, [1, 2])
    server.session.write(stream, [3])
    server.session.end(stream, trailers: HeaderList([("grpc-status", "0")]))
    try server.converse(with: client)
    #expect(
      client.events.filter { $0 != .settings } == [
        .headers(1, [":status: 200"], endsStream: false, isOverLimit: false), .data(1, [1, 2, 3]),
        .headers(1, ["grpc-status: 0"], endsStream: true, isOverLimit: false), .end(1), .closed(1, .noError),
      ])
    #expect(server.events.last == .closed(1, .noError))
    #expect(server.session.openStreamCount == 0)
  }

  @Test func anAnswerBeforeTheRequestEndsTellsTheClientToStop() throws {
    let (client, server) = (try RecordingPeer(.client), try RecordingPeer(.server))
    let request = try client.open(requestHeaders)
    client.session.write(request, [1])
    try client.converse(with: server)
    server.session.sendHeadersAndEnd(
      try #require(server.streams[1]), HeaderList([(":status", "200"), ("grpc-status", "12")]), refusingMore: true)
    try server.converse(with: client)
    #expect(client.events.contains(.headers(1, [":status: 200", "grpc-status: 12"], endsStream: true, isOverLimit: false)))
    #expect(client.events.last == .closed(1, .noError))
  }

  @Test func flowControlFollowsConsumption() throws {
    var limits = HTTP2Limits()
    limits.streamWindowBytes = 1000
    let (client, server) = (try RecordingPeer(.client), try RecordingPeer(.server, limits: limits))
    try client.converse(with: server)
    server.consumes = false
    let stream = try client.open(requestHeaders)
    client.session.write(stream, [UInt8](repeating: 1, count: 5000))
    client.session.end(stream)
    try client.converse(with: server)
    let accepted = try #require(server.streams[1])
    #expect(accepted.received.count == 1000)
    #expect(client.session.queuedBytes(stream) == 4000)

    server.consumes = true
    server.session.consume(accepted, byteCount: 1000)
    try server.converse(with: client)
    #expect(accepted.received.count == 5000)
    #expect(server.events.last == .end(1))
  }

  @Test func bytesThatAResetStreamHeldGoBackToTheConnection() throws {
    var limits = HTTP2Limits()
    limits.connectionWindowBytes = 65_535
    let (client, server) = (try RecordingPeer(.client), try RecordingPeer(.server, limits: limits))
    server.consumes = false
    // Together far more than the connection's window: it must come back with each reset.
    for number in 0..<20 {
      let stream = try client.open(requestHeaders)
      client.session.write(stream, [UInt8](repeating: 1, count: 20_000))
      try client.converse(with: server)
      #expect(server.streams[stream.id]?.received.count == 20_000, "stream \(number)")
      client.session.reset(stream, .cancel)
      try client.converse(with: server)
    }
  }

  @Test func drainingIsToldOnceTheQueueIsBelowTheMark() throws {
    let (client, server) = (try RecordingPeer(.client), try RecordingPeer(.server))
    let stream = try client.open(requestHeaders)
    client.session.write(stream, [UInt8](repeating: 1, count: 10_000))
    client.session.notifyWhenDrained(stream, below: 5000)
    #expect(!client.events.contains(.drained(1)))
    try client.converse(with: server)
    #expect(client.events.filter { $0 == .drained(1) }.count == 1)
  }

  @Test func aShutdownLetsWhatIsOpenFinish() throws {
    let (client, server) = (try RecordingPeer(.client), try RecordingPeer(.server))
    let stream = try client.open(requestHeaders)
    client.session.end(stream)
    try client.converse(with: server)
    server.session.shutDown()
    try server.converse(with: client)
    #expect(client.events.contains(.goaway(lastStreamID: 1, .noError)))
    let late = try client.open(requestHeaders)
    server.session.sendHeadersAndEnd(try #require(server.streams[1]), HeaderList([(":status", "200"), ("grpc-status", "0")]))
    try server.converse(with: client)
    #expect(client.events.contains(.closed(late.id, .refusedStream)))
    #expect(client.events.contains(.closed(1, .noError)))
  }

  @Test func aRequestAboveTheLastStreamOfAGoawayWasRefused() throws {
    let (client, server) = (try RecordingPeer(.client), try RecordingPeer(.server))
    try client.converse(with: server)
    server.session.shutDown()
    let goaway = try server.drain()
    let stream = try client.open(requestHeaders)
    _ = try client.drain()
    try client.receive(goaway)
    #expect(client.events.last == .closed(stream.id, .refusedStream))
  }

  @Test func aLostConnectionClosesEveryStream() throws {
    let (client, server) = (try RecordingPeer(.client), try RecordingPeer(.server))
    for _ in 0..<3 { _ = try client.open(requestHeaders) }
    try client.converse(with: server)
    server.session.connectionLost()
    #expect(server.events.suffix(3) == [.closed(1, .internalError), .closed(3, .internalError), .closed(5, .internalError)])
  }

  @Test func aPingIsAnswered() throws {
    let (client, server) = (try RecordingPeer(.client), try RecordingPeer(.server))
    client.session.ping()
    try client.converse(with: server)
    #expect(client.events.contains(.pingAcknowledged))
  }
}
