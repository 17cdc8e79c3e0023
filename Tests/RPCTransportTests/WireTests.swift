import RPC
import RPCTransport
import Testing

/// What the server puts on the wire, seen by a peer that knows HTTP/2 but not gRPC.
@Suite(.timeLimit(.minutes(5))) struct WireTests {
  private func request(
    _ method: MethodDescriptor = NoteMethods.echo, contentType: String? = "application/grpc", verb: String = "POST",
    and more: [(String, String)] = []
  ) -> [(String, String)] {
    var headers = [(":method", verb), (":scheme", "http"), (":path", method.path), (":authority", "x")]
    if let contentType { headers.append(("content-type", contentType)) }
    return headers + [("te", "trailers")] + more
  }

  private func exchange(
    _ headers: [(String, String)], body: [UInt8] = MessageFrame.frame(Note("x").encoded()), ends: Bool = true
  ) async throws -> (headers: [[String]], body: [UInt8]) {
    var response: (headers: [[String]], body: [UInt8])?
    try await TestWorld.with(.plaintext) { world in
      let peer = try await RawPeer(try #require(world.address))
      response = try await peer.exchange(headers, body: body, ends: ends)
      await peer.close()
    }
    return try #require(response)
  }

  @Test func aReplyIsHeadersMessageTrailers() async throws {
    let (headers, body) = try await exchange(request())
    #expect(headers == [[":status: 200", "content-type: application/grpc"], ["grpc-status: 0"]])
    #expect(body == MessageFrame.frame(Note("x").encoded()))
  }

  @Test(arguments: ["application/grpc", "application/grpc+proto", "application/grpc;charset=utf-8", "application/grpc+proto;v=1"])
  func everyContentTypeOfGRPCIsTaken(_ contentType: String) async throws {
    let response = try await exchange(request(contentType: contentType))
    #expect(response.headers.last == ["grpc-status: 0"])
  }

  @Test(arguments: [
    "application/json", "application/grpcx", "application/grpc-web", "application/grpc+json", "application/grpc+protox", nil,
  ])
  func anyOtherContentTypeIs415(_ contentType: String?) async throws {
    let response = try await exchange(request(contentType: contentType))
    #expect(response.headers.first?.first == ":status: 415")
  }

  @Test func anotherVerbIs405() async throws {
    let response = try await exchange(request(verb: "GET"))
    #expect(response.headers.first?.first == ":status: 405")
    #expect(String(decoding: response.body, as: UTF8.self).hasPrefix("This is a gRPC server"))
    let head = try await exchange(request(verb: "HEAD"))
    #expect(head.headers.first?.first == ":status: 405")
    #expect(head.body.isEmpty)
  }

  @Test func aRefusalIsTrailersOnly() async throws {
    let (headers, body) = try await exchange(request(NoteMethods.unknown))
    #expect(headers.count == 1)
    #expect(headers.first?.prefix(3) == [":status: 200", "content-type: application/grpc", "grpc-status: 12"])
    #expect(body.isEmpty)
  }

  @Test func aRefusalComesBeforeTheRequestHasEnded() async throws {
    let response = try await exchange(request(NoteMethods.unknown), ends: false)
    #expect(response.headers.first?.contains("grpc-status: 12") == true)
  }

  @Test(arguments: ["1n", "10m", "20000u", "0S"]) func aDeadlineAnswersWithTrailers(_ timeout: String) async throws {
    let sleepLong = MessageFrame.frame(Note("", 600_000).encoded())
    let (headers, _) = try await exchange(request(NoteMethods.sleep, and: [("grpc-timeout", timeout)]), body: sleepLong)
    #expect(headers.first?.contains("grpc-status: 4") == true)
  }

  @Test(arguments: [
    ([UInt8](), "12"),  // no message
    ([0, 0, 0, 0, 9, 1], "13"),  // ends within a message
    ([0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "12"),  // two messages
    ([1, 0, 0, 0, 0], "13"),  // compressed without an encoding
    ([0, 255, 255, 255, 255], "8"),  // a length that lies
  ])
  func aBodyThatBreaksTheFramingIsRefused(_ body: [UInt8], _ status: String) async throws {
    let response = try await exchange(request(), body: body)
    #expect(response.headers.first?.contains("grpc-status: \(status)") == true)
  }

  @Test func anUnknownEncodingIsUnimplementedAndTellsWhatIsKnown() async throws {
    let (headers, _) = try await exchange(request(and: [("grpc-encoding", "snappy")]))
    #expect(headers.first?.contains("grpc-status: 12") == true)
    #expect(headers.first?.contains("grpc-accept-encoding: identity,gzip") == true)
  }

  @Test func aReplyIsCompressedOnlyForWhoTakesIt() async throws {
    let wish = MessageFrame.frame(Note("x", 1).encoded())
    for (accepted, isCompressed) in [("identity", false), ("deflate", false), ("identity, deflate, gzip", true), ("gzip", true)] {
      let response = try await exchange(request(NoteMethods.squeeze, and: [("grpc-accept-encoding", accepted)]), body: wish)
      #expect(response.headers.first?.contains("grpc-encoding: gzip") == isCompressed)
      #expect(response.body.first == (isCompressed ? 1 : 0))
    }
  }

  @Test func bytesThatAreNoGzipAreRefused() async throws {
    let response = try await exchange(request(and: [("grpc-encoding", "gzip")]), body: [1, 0, 0, 0, 3, 1, 2, 3])
    #expect(response.headers.first?.contains("grpc-status: 13") == true)
  }

  @Test func aMalformedTimeoutIsRefused() async throws {
    let response = try await exchange(request(and: [("grpc-timeout", "1s")]))
    #expect(response.headers.first?.contains("grpc-status: 13") == true)
  }

  @Test(arguments: [
    "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nthis is no frame at all, is it?", "\u{0}\u{1}\u{2}",
  ])
  func garbageClosesItsOwnConnectionOnly(_ garbage: String) async throws {
    try await TestWorld.with(.plaintext) { world in
      let peer = try await RawPeer(try #require(world.address))
      try await peer.write(Array((garbage + String(repeating: "x", count: 100)).utf8))
      while await peer.read() != nil {}
      try await world.expect(NoteMethods.echo, Note("fine"), gives: Note("fine"))
    }
  }

  @Test func aPeerThatSaysNothingIsClosed() async throws {
    try await TestWorld.with(.plaintext, configure: { $0.handshakeTimeout = .milliseconds(100) }) { world in
      let peer = try await RawPeer(try #require(world.address))
      while await peer.read() != nil {}
    }
  }

  @Test func aPeerThatTricklesItsHeadersIsClosed() async throws {
    try await TestWorld.with(.plaintext, configure: { $0.handshakeTimeout = .milliseconds(100) }) { world in
      let peer = try await RawPeer(try #require(world.address))
      // Preface, settings, and HEADERS of 16,000 bytes of which one comes now and then, until none can be sent any more.
      let headers: [UInt8] = [0, 62, 128, 1, 4, 0, 0, 0, 1]
      // On a busy machine the handshake itself may take too long; it is closed then just as well.
      try? await peer.write(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0] + headers)
      while (try? await peer.write([0x83])) != nil { try await Task.sleep(for: .milliseconds(20)) }
      try await world.expect(NoteMethods.echo, Note("fine"), gives: Note("fine"))
    }
  }

  /// Each call sends half of a message and no more; together they pass the limit.
  @Test(arguments: [NoteMethods.echo, NoteMethods.collect]) func halfMessagesCountAgainstWhatMayBePending(
    _ method: MethodDescriptor
  ) async throws {
    let configure = { (configuration: inout RPCServerConfiguration) in
      configuration.requestBytes = 150_000
      configuration.assuredBytesPerConnection = 0
    }
    try await TestWorld.with(.plaintext, configure: configure) { world in
      let half: [UInt8] = [0, 0, 2, 0, 0] + [UInt8](repeating: 0, count: 60_000)
      var peers: [RawPeer] = []
      for _ in 0..<2 {
        let peer = try await RawPeer(try #require(world.address))
        try await peer.begin(request(method), body: half)
        peers.append(peer)
      }
      // The third is refused once the bytes of the first two have come, in whatever order.
      let third = try await RawPeer(try #require(world.address))
      var refused: [String]?
      while refused == nil {
        let response = try await third.exchange(request(method, and: [("grpc-timeout", "200m")]), body: half, ends: false)
        if response.headers.first?.contains("grpc-status: 8") == true { refused = response.headers.first }
      }
      #expect(refused?.contains { $0.hasPrefix("grpc-message: Too many bytes") } == true)
      for peer in peers { await peer.close() }
      await third.close()
      // What the others had pending is free again.
      var answered = false
      while !answered { answered = (try? await world.unary(NoteMethods.echo, Note(String(repeating: "x", count: 100_000)))) != nil }
    }
  }

  @Test(arguments: [(NoteMethods.echo, []), (NoteMethods.collect, []), (NoteMethods.collect, MessageFrame.frame(Note("whole").encoded()))])
  func aMessageThatNeverEndsEndsItsCall(_ method: MethodDescriptor, after whole: [UInt8]) async throws {
    try await TestWorld.with(.plaintext, configure: { $0.messageArrivalTimeout = .milliseconds(100) }) { world in
      let peer = try await RawPeer(try #require(world.address))
      let response = try await peer.exchange(request(method), body: whole + [0, 0, 0, 0, 9, 1, 2], ends: false)
      #expect(response.headers.first?.contains("grpc-status: 4") == true)
      await peer.close()
    }
  }

  @Test func aConnectionBeyondTheLimitIsClosed() async throws {
    try await TestWorld.with(.plaintext, configure: { $0.connectionLimit = 1 }) { world in
      try await world.expect(NoteMethods.echo, Note("first"), gives: Note("first"))
      let second = try await RawPeer(try #require(world.address))
      #expect(await second.read() == nil)
      try await world.expect(NoteMethods.echo, Note("still"), gives: Note("still"))
    }
  }
}
