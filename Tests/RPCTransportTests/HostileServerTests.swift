import HTTP2
import RPC
import RPCTransport
import Testing

/// What servers that mean harm can do to a client: fail the calls that are made to them, and nothing else.
@Suite(.timeLimit(.minutes(5))) struct HostileServerTests {
  private typealias Frames = ResponseFrames

  /// Calls the server, and on the same event loop a server that is well, before and after.
  /// - Returns: how the call ended, or nil for OK.
  private func outcome(
    of method: MethodDescriptor = NoteMethods.echo, timeout: Duration = .seconds(300), greeting: [UInt8] = ResponseFrames.settings,
    _ answer: @escaping @Sendable (UInt32) -> [UInt8]
  ) async throws -> RPCError? {
    let server = try await ScriptedServer(greeting: greeting, answer: answer)
    var outcome: RPCError?
    try await TestWorld.with(.plaintext) { world in
      try await world.expect(NoteMethods.echo, Note("before"), gives: Note("before"))
      let channel = try NetworkChannel(ChannelConfiguration(addresses: [server.address], loops: world.loops))
      outcome = await failure { () async throws in
        if method.kind == .unary {
          let _: Note = try await channel.unary(method, Note("x"), options: CallOptions(timeout: timeout))
        } else {
          let replies: ReplyStream<Note> = try await channel.serverStreaming(method, Note("x"), options: CallOptions(timeout: timeout))
          for try await _ in replies {}
        }
      }
      for _ in 0..<20 { try await world.expect(NoteMethods.echo, Note("after"), gives: Note("after")) }
      await channel.close()
    }
    await server.close()
    return outcome
  }

  struct Case: CustomTestStringConvertible {
    var testDescription: String
    var code: StatusCode
    var answer: @Sendable (UInt32) -> [UInt8]

    init(_ description: String, _ code: StatusCode, _ answer: @escaping @Sendable (UInt32) -> [UInt8]) {
      testDescription = description
      self.code = code
      self.answer = answer
    }
  }

  @Test(arguments: [
    Case("no status", .internalError) { Frames.head($0) + Frames.data($0, Frames.message, ends: true) },
    Case("half a message, and OK", .internalError) { Frames.head($0) + Frames.data($0, [0, 0, 0, 0, 9, 1]) + Frames.trailers($0) },
    Case("a length that lies", .resourceExhausted) { Frames.head($0) + Frames.data($0, [0, 255, 255, 255, 255]) },
    Case("two messages for one", .unimplemented) { Frames.head($0) + Frames.data($0, Frames.message + Frames.message) },
    Case("no message, and OK", .unimplemented) { Frames.head($0) + Frames.trailers($0) },
    Case("trailers before headers", .internalError) { Frames.trailers($0) },
    Case("another content-type", .unknown) { Frames.frame(1, flags: 4, stream: $0, [0x88] + Frames.literal("content-type", "text/html")) },
    Case("a message that is no protobuf", .internalError) {
      Frames.head($0) + Frames.data($0, [0, 0, 0, 0, 1, 255]) + Frames.trailers($0)
    },
    Case("compressed without an encoding", .internalError) { Frames.head($0) + Frames.data($0, [1, 0, 0, 0, 0]) },
    Case("what is no gzip", .internalError) {
      Frames.head($0, Frames.literal("grpc-encoding", "gzip")) + Frames.data($0, [1, 0, 0, 0, 2, 1, 2]) + Frames.trailers($0)
    },
    Case("headers over the limit", .resourceExhausted) {
      Frames.head($0, Frames.indexed("x-bomb", String(repeating: "b", count: 3900)) + [UInt8](repeating: 0x80 | 62, count: 1000))
    },
    Case("trailers over the limit", .resourceExhausted) {
      Frames.head($0) + Frames.data($0, Frames.message)
        + Frames.frame(
          1, flags: 5, stream: $0,
          Frames.indexed("x-bomb", String(repeating: "b", count: 3900)) + [UInt8](repeating: 0x80 | 62, count: 1000))
    },
    Case("a reset", .cancelled) { Frames.reset($0, 8) },
    Case("calm down", .resourceExhausted) { Frames.reset($0, 11) },
  ])
  func aBrokenResponseFailsItsOwnCall(_ broken: Case) async throws {
    #expect(try await outcome(broken.answer)?.code == broken.code)
  }

  @Test(arguments: [
    Case("bytes that are no HTTP/2", .unavailable) { _ in [UInt8](repeating: 0x7f, count: 100) },
    Case("a stream that nobody opened", .unavailable) { _ in Frames.head(2) },
    Case("CONTINUATION without end", .unavailable) { stream in
      Frames.frame(1, stream: stream, Frames.headBlock)
        + (0..<100).flatMap { Frames.frame(9, stream: stream, Frames.literal("x", "\($0)")) }
    },
    Case("PING without end", .unavailable) { _ in (0..<10_000).flatMap { _ in Frames.frame(6, stream: 0, [1, 2, 3, 4, 5, 6, 7, 8]) } },
    Case("SETTINGS without end", .unavailable) { _ in (0..<10_000).flatMap { _ in Frames.settings } },
    Case("frames of unknown types without end", .unavailable) { _ in (0..<10_000).flatMap { _ in Frames.frame(0xfa, stream: 0) } },
    Case("GOAWAY without end, for nothing", .unavailable) { _ in (0..<10_000).flatMap { _ in Frames.goaway(last: 0, 0) } },
    // Before it has acknowledged that there are none it may: the call is not answered by it.
    Case("a push", .deadlineExceeded) { stream in Frames.frame(5, flags: 4, stream: stream, [0, 0, 0, 2] + [0x82, 0x87, 0x84]) },
    Case("REFUSED_STREAM for every attempt", .unavailable) { Frames.reset($0, 7) },
    Case("data before headers", .unavailable) { Frames.data($0, Frames.message) },
  ])
  func aBrokenConnectionFailsTheCallsOnIt(_ broken: Case) async throws {
    let code = try await outcome(timeout: broken.code == .deadlineExceeded ? .seconds(1) : .seconds(300), broken.answer)?.code
    // What breaks the rules of one stream may be answered by a reset of it.
    let codes: [StatusCode] = [broken.code, .internalError, .resourceExhausted]
    #expect(code.map { codes.contains($0) } == true, "\(String(describing: code))")
  }

  @Test func gzipThatInflatesOverTheLimitFailsItsCall() async throws {
    let zeros = [UInt8](repeating: 0, count: 16 * 1024 * 1024)
    let packed = zeros.withUnsafeBytes { Gzip.deflate($0) }
    let bomb = [1, 0, UInt8(packed.count >> 16), UInt8(packed.count >> 8 & 255), UInt8(packed.count & 255)] + packed
    let failure = try await outcome { stream in
      Frames.head(stream, Frames.literal("grpc-encoding", "gzip"))
        + stride(from: 0, to: bomb.count, by: 16_000).flatMap { Frames.data(stream, Array(bomb[$0..<min($0 + 16_000, bomb.count)])) }
        + Frames.trailers(stream)
    }
    #expect(failure?.code == .resourceExhausted)
  }

  @Test func whatFollowsTheTrailersHarmsNobody() async throws {
    let failure = try await outcome { stream in
      Frames.head(stream) + Frames.data(stream, Frames.message) + Frames.trailers(stream) + Frames.data(stream, Frames.message)
        + Frames.trailers(stream, status: "13") + Frames.reset(stream, 2)
    }
    #expect(failure == nil)
  }

  @Test func informationalResponsesWithoutEndEndWithTheDeadline() async throws {
    let failure = try await outcome(timeout: .seconds(1)) { stream in
      (0..<10_000).flatMap { _ in Frames.frame(1, flags: 4, stream: stream, [0x08, 3] + Array("103".utf8)) }
    }
    #expect(failure?.code == .deadlineExceeded)
  }

  @Test func aServerThatAllowsNoStreamLeavesItsCallsToTheirDeadline() async throws {
    let failure = try await outcome(timeout: .seconds(1), greeting: Frames.frame(4, stream: 0, [0, 3, 0, 0, 0, 0])) { _ in [] }
    #expect(failure?.code == .deadlineExceeded)
  }

  /// A million messages of nothing, in four streams: within the windows they are messages like any others.
  @Test func tinyMessagesWithoutEndAreTakenOrHeldBack() async throws {
    let server = try await RawServer { session, stream in
      session.sendHeaders(stream, HeaderList([(":status", "200"), ("content-type", "application/grpc")]))
      session.write(stream, [UInt8](repeating: 0, count: 5_000_000))
      session.end(stream, trailers: HeaderList([("grpc-status", "0")]))
    }
    try await TestWorld.with(.plaintext) { world in
      let channel = try NetworkChannel(ChannelConfiguration(addresses: [server.address], loops: world.loops))
      // Nobody takes these: the window holds the server back, and other calls go on.
      do {
        let idle: ReplyStream<Note> = try await channel.serverStreaming(NoteMethods.count, Note("x"), options: CallOptions())
        for _ in 0..<20 { try await world.expect(NoteMethods.echo, Note("meanwhile"), gives: Note("meanwhile")) }
        withExtendedLifetime(idle) {}
      }
      do {
        let taken: ReplyStream<Note> = try await channel.serverStreaming(NoteMethods.count, Note("x"), options: CallOptions())
        var replies = taken.makeAsyncIterator()
        var count = 0
        while count < 20_000, try await replies.next() != nil { count += 1 }
        #expect(count == 20_000)
      }
      await channel.close()
    }
    await server.close()
  }
}
