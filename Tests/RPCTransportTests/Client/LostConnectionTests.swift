import HTTP2
import RPC
import RPCTransport
import Testing

/// Connections that break, go silent, grow old or are not needed any more.
@Suite(.timeLimit(.minutes(5))) struct LostConnectionTests {
  private static let head = HeaderList([(":status", "200"), ("content-type", "application/grpc")])
  private static let ok = HeaderList([("grpc-status", "0")])

  private func options(_ timeout: Duration? = .seconds(300)) -> CallOptions { CallOptions(timeout: timeout) }

  private func with(
    _ server: RawServer, configure: (inout ChannelConfiguration) -> Void = { _ in }, _ body: (NetworkChannel) async throws -> Void
  ) async throws {
    let loops = EventLoops(count: 1)
    var configuration = ChannelConfiguration(addresses: [server.address], loops: loops)
    configuration.logger.logLevel = .critical
    configure(&configuration)
    let channel = try NetworkChannel(configuration)
    try await body(channel)
    await channel.close()
    await server.close()
    try await loops.shutDown()
  }

  @Test func aUnaryCallOnAConnectionThatBreaksIsUnavailable() async throws {
    let asked = Signal()
    let server = try await RawServer { _, _ in asked.raise() }
    try await with(server) { channel in
      async let error = failure { let _: Note = try await channel.unary(NoteMethods.echo, Note("x"), options: options(nil)) }
      await asked.wait()
      server.cutConnections()
      #expect(await error?.code == .unavailable)
    }
  }

  /// What came before the break is given out, then the break is told, to the receiver and to the sender.
  @Test func aStreamOnAConnectionThatBreaksGivesWhatCameAndFails() async throws {
    let server = try await RawServer { session, stream in
      session.sendHeaders(stream, Self.head)
      for text in ["one", "two"] { session.write(stream, MessageFrame.frame(Note(text).encoded())) }
    }
    try await with(server) { channel in
      let call: ClientStream<Note, Note> = try await channel.streaming(NoteMethods.chat, options: options(nil))
      try await call.send(Note("hello"))
      var replies = call.replies.makeAsyncIterator()
      let first = try await replies.next()
      #expect(first == Note("one"))
      server.cutConnections()
      let second = try await replies.next()
      #expect(second == Note("two"))
      #expect(await failure { try await replies.next() }?.code == .unavailable)
      #expect(await failure { try await call.send(Note("late")) }?.code == .unavailable)
    }
  }

  /// The sender stops when windows and buffers are full, for as long as the peer does.
  @Test func aPeerThatReadsNothingStopsTheSender() async throws {
    let asked = Signal()
    let server = try await RawServer { _, _ in asked.raise() }
    try await with(server) { channel in
      let call: ClientStream<Note, Note> = try await channel.streaming(NoteMethods.collect, options: options(nil))
      try await call.send(Note("first"))
      await asked.wait()
      server.stopReading()
      let sent = Signal()
      let sender = Task {
        await failure {
          let note = Note(String(repeating: "x", count: 10_000))
          for _ in 0..<100_000 {
            try await call.send(note)
            sent.raise()
          }
        }
      }
      var seen = -1
      while seen != sent.seen {
        seen = sent.seen
        try await Task.sleep(for: .seconds(1))
      }
      sender.cancel()
      #expect(await sender.value?.code == .cancelled)
      #expect(sent.seen < 10_000)
    }
  }

  @Test func aPeerThatFallsSilentLosesItsConnectionAndItsCalls() async throws {
    let asked = Signal()
    let server = try await RawServer { _, _ in asked.raise() }
    try await with(server) {
      $0.keepaliveTime = .seconds(1)
      $0.keepaliveTimeout = .seconds(1)
    } _: { channel in
      async let error = failure { let _: Note = try await channel.unary(NoteMethods.echo, Note("x"), options: options(nil)) }
      await asked.wait()
      server.stopReading()
      #expect(await error?.code == .unavailable)
    }
  }

  /// Each connection becomes ready and is lost at once, and no call waits for the next.
  @Test func aServerThatDropsItsConnectionsIsNotKnockedAtWithoutEnd() async throws {
    let server = try await RawServer(dropsConnections: true) { _, _ in }
    try await with(server) { channel in
      #expect(
        await failure { let _: Note = try await channel.unary(NoteMethods.echo, Note("x"), options: options()) }?.code == .unavailable)
      try await Task.sleep(for: .seconds(2))
      #expect(server.closed.seen < 30)
    }
  }

  // MARK: Idle and old connections

  @Test func aChannelWithoutCallsClosesItsConnectionAndOpensAnotherForTheNextCall() async throws {
    let server = try await RawServer { session, stream in
      session.sendHeaders(stream, Self.head)
      session.write(stream, MessageFrame.frame(Note("x").encoded()))
      session.end(stream, trailers: Self.ok)
    }
    try await with(server) {
      $0.idleTimeout = .milliseconds(100)
    } _: { channel in
      for count in 1...2 {
        let reply: Note = try await channel.unary(NoteMethods.echo, Note("x"), options: options())
        #expect(reply == Note("x"))
        await server.closed.wait(for: count)
      }
    }
  }

  @Test func anOldConnectionIsReplacedAndNoCallNotices() async throws {
    try await Replicas.with(1, configureServer: { $0.maxConnectionAge = .milliseconds(10) }) { replicas in
      while replicas.services[0].connectionCount < 3 {
        let name = try await replicas.ask()
        #expect(name == "a")
        try await Task.sleep(for: .milliseconds(5))
      }
    }
  }

  @Test func aCallThatOutlastsTheGraceOfAnOldConnectionIsCutOff() async throws {
    try await Replicas.with(1) {
      $0.maxConnectionAge = .milliseconds(10)
      $0.maxConnectionAgeGrace = .milliseconds(10)
    } _: { replicas in
      let error = await failure { let _: Note = try await replicas.channel.unary(NamedService.sleep, Note(), options: options(nil)) }
      #expect(error?.code == .unavailable)
    }
  }

  // MARK: The server's limit of streams

  @Test func aHundredCallersShareTwoStreams() async throws {
    let service = CrowdedService()
    let loops = EventLoops(count: 1)
    var configuration = RPCServerConfiguration(loops: loops)
    configuration.concurrentCallsPerConnection = 2
    let server = RPCServer(configuration: configuration, services: [service])
    let channel = try NetworkChannel(ChannelConfiguration(addresses: [try await server.start()], loops: loops))
    let answered = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<100 {
        group.addTask {
          let reply: Note? = try? await channel.unary(CrowdedService.stay, Note("x"), options: CallOptions(timeout: .seconds(300)))
          return reply == Note("x")
        }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(answered == 100)
    #expect(service.most == 2)
    await channel.close()
    await server.drain(timeout: .seconds(5))
    try await loops.shutDown()
  }
}
