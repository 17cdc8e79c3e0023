import Foundation
import HTTP2
import RPC
import RPCTransport
import Testing

/// Connections that come, go and are refused.
@Suite(.timeLimit(.minutes(5))) struct ConnectionTests {
  private func quietConfiguration(_ loops: EventLoops, port: Int = 0) -> RPCServerConfiguration {
    var configuration = RPCServerConfiguration(port: port, loops: loops)
    configuration.logger.logLevel = .critical
    return configuration
  }

  private func options(waitForReady: Bool = false) -> CallOptions { CallOptions(timeout: .seconds(300), waitForReady: waitForReady) }

  @Test(arguments: Transport.allCases) func drainLetsCallsInFlightFinish(_ transport: Transport) async throws {
    try await TestWorld.with(transport) { world in
      async let reply = world.unary(NoteMethods.sleep, Note("slept", 300))
      await world.service.sleeping.wait()
      if let server = world.server { await server.drain(timeout: .seconds(20)) } else { await world.channel.close() }
      let slept = try await reply
      #expect(slept.message == "slept")
      #expect(await failure { try await world.unary(NoteMethods.echo, Note("late")) }?.code == .unavailable)
    }
  }

  @Test func drainCutsOffWhatOutlastsIt() async throws {
    try await TestWorld.with(.plaintext) { world in
      let caller = Task { await failure { try await world.unary(NoteMethods.sleep, Note("", 600_000), CallOptions()) } }
      await world.service.sleeping.wait()
      await world.server?.drain(timeout: .milliseconds(100))
      #expect(await caller.value?.code == .unavailable)
      await world.service.cancelled.wait()
    }
  }

  @Test func drainEndsStreamingCallsAfterTheirGrace() async throws {
    try await TestWorld.with(.plaintext, configure: { $0.streamDrainGrace = .milliseconds(50) }) { world in
      let call: ClientStream<Note, Note> = try await world.channel.streaming(NoteMethods.chat, options: CallOptions())
      try await call.send(Note("one"))
      var replies = call.replies.makeAsyncIterator()
      #expect(try await replies.next()?.message == "re: one")
      await world.server?.drain(timeout: .seconds(20))
      let error = await #expect(throws: RPCError.self) { while try await replies.next() != nil {} }
      #expect(error?.code == .unavailable)
    }
  }

  /// The server ends the response and leaves the request open, as it may; the client then has to give the stream up.
  @Test func aCallThatWasAnsweredEarlyLeavesNoStreamBehind() async throws {
    let server = try await RawServer { session, stream in
      session.sendHeadersAndEnd(stream, HeaderList([(":status", "200"), ("content-type", "application/grpc"), ("grpc-status", "3")]))
    }
    let loops = EventLoops(count: 1)
    let channel = try NetworkChannel(ChannelConfiguration(addresses: [server.address], loops: loops))
    for _ in 0..<50 {
      let call: ClientStream<Note, Note> = try await channel.streaming(NoteMethods.collect, options: options())
      try await call.send(Note("one"))
      var replies = call.replies.makeAsyncIterator()
      #expect(await failure { try await replies.next() }?.code == .invalidArgument)
    }
    // Returns once no call is left on any connection.
    await channel.close()
    await server.close()
    try await loops.shutDown()
  }

  @Test func nobodyListeningIsUnavailable() async throws {
    let loops = EventLoops(count: 1)
    let server = RPCServer(configuration: quietConfiguration(loops), services: [NoteService()])
    let address = try await server.start()
    await server.drain()
    let channel = try NetworkChannel(ChannelConfiguration(addresses: [address], loops: loops))
    let error = await failure { let _: Note = try await channel.unary(NoteMethods.echo, Note(""), options: options()) }
    #expect(error?.code == .unavailable)
    await channel.close()
    #expect(await failure { let _: Note = try await channel.unary(NoteMethods.echo, Note(""), options: options()) }?.code == .unavailable)
    try await loops.shutDown()
  }

  @Test func aChannelComesBackWhenItsServerDoes() async throws {
    let loops = EventLoops(count: 1)
    let first = RPCServer(configuration: quietConfiguration(loops), services: [NoteService()])
    let address = try await first.start()
    let channel = try NetworkChannel(ChannelConfiguration(addresses: [address], loops: loops))
    let before: Note = try await channel.unary(NoteMethods.echo, Note("before"), options: options())
    #expect(before.message == "before")
    await first.drain()
    let waiting = Task { () -> Note in try await channel.unary(NoteMethods.echo, Note("waited"), options: options(waitForReady: true)) }
    let second = RPCServer(configuration: quietConfiguration(loops, port: address.port), services: [NoteService()])
    _ = try await second.start()
    let waited = try await waiting.value
    #expect(waited.message == "waited")
    await channel.close()
    await second.drain()
    try await loops.shutDown()
  }

  @Test func waitingForReadyEndsWithTheDeadline() async throws {
    let loops = EventLoops(count: 1)
    // Port 1 of loopback refuses.
    let channel = try NetworkChannel(ChannelConfiguration(addresses: [ListenAddress(host: "127.0.0.1", port: 1)], loops: loops))
    let error = await failure {
      let _: Note = try await channel.unary(
        NoteMethods.echo, Note(""), options: CallOptions(timeout: .milliseconds(200), waitForReady: true))
    }
    #expect(error?.code == .deadlineExceeded)
    await channel.close()
    try await loops.shutDown()
  }

  @Test func callsGoRoundOverTheAddresses() async throws {
    let loops = EventLoops(count: 1)
    let services = [NoteService(), NoteService()]
    let servers = services.map { RPCServer(configuration: quietConfiguration(loops), services: [$0]) }
    var addresses: [ListenAddress] = []
    for server in servers { addresses.append(try await server.start()) }
    let channel = try NetworkChannel(ChannelConfiguration(addresses: addresses, loops: loops))
    // Both connections come up while calls are answered by whichever is there.
    while services.contains(where: { $0.sleeping.seen < 5 }) {
      let _: Note = try await channel.unary(NoteMethods.sleep, Note("", 0), options: options())
    }
    // One server less: no call fails.
    await servers[0].drain()
    for _ in 0..<10 {
      let _: Note = try await channel.unary(NoteMethods.sleep, Note("", 0), options: options())
    }
    await channel.close()
    await servers[1].drain()
    try await loops.shutDown()
  }

  @Test func callsBeyondTheServersStreamLimitWaitTheirTurn() async throws {
    try await TestWorld.with(.plaintext, configure: { $0.concurrentCallsPerConnection = 3 }) { world in
      let right = await withTaskGroup(of: Bool.self) { group in
        for number in 0..<50 {
          group.addTask { (try? await world.unary(NoteMethods.sleep, Note("n", number % 5))) != nil }
        }
        return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(right == 50)
    }
  }

  @Test func tooManyWaitingCallsAreRefused() async throws {
    try await TestWorld.with(
      .plaintext, configure: { $0.concurrentCallsPerConnection = 1 }, configureChannel: { $0.waitingCallLimit = 2 }
    ) { world in
      try await world.expect(NoteMethods.echo, Note("connected"), gives: Note("connected"))
      let callers = (0..<10).map { _ in Task { await failure { try await world.unary(NoteMethods.sleep, Note("", 50)) } } }
      var codes: [StatusCode?] = []
      for caller in callers { codes.append(await caller.value?.code) }
      #expect(codes.filter { $0 == .resourceExhausted }.count == 7)
      #expect(codes.filter { $0 == nil }.count == 3)
    }
  }

  // MARK: TLS

  private func call(_ server: ServerTLS, _ client: ClientTLS?) async throws -> Result<Note, RPCError> {
    let loops = EventLoops(count: 1)
    var configuration = quietConfiguration(loops)
    configuration.tls = server
    let rpcServer = RPCServer(configuration: configuration, services: [NoteService()])
    let address = try await rpcServer.start()
    let channel = try NetworkChannel(ChannelConfiguration(addresses: [address], tls: client, loops: loops))
    let result: Result<Note, RPCError>
    do {
      result = .success(try await channel.unary(NoteMethods.echo, Note("secret"), options: options()))
    } catch {
      result = .failure(try #require(error as? RPCError))
    }
    await channel.close()
    await rpcServer.drain()
    try await loops.shutDown()
    return result
  }

  private var mutual: ServerTLS {
    ServerTLS(
      certificateChainPath: TestCertificates.path("server.pem"), privateKeyPath: TestCertificates.path("server.key"),
      clientAuthorityPath: TestCertificates.path("authority.pem"))
  }

  private func client(_ name: String?) -> ClientTLS {
    ClientTLS(
      authorityPath: TestCertificates.path("authority.pem"), certificateChainPath: name.map { TestCertificates.path("\($0).pem") },
      privateKeyPath: name.map { TestCertificates.path("\($0).key") }, serverName: "localhost")
  }

  @Test func mutualTLSAdmitsWhoHasACertificate() async throws {
    let reply = try await call(mutual, client("client")).get()
    #expect(reply.message == "secret")
  }

  @Test(arguments: [nil, "stranger"]) func mutualTLSRefusesWhoHasNone(_ name: String?) async throws {
    guard case .failure(let error) = try await call(mutual, client(name)) else { return #expect(Bool(false), "it was admitted") }
    #expect(error.code == .unavailable)
  }

  @Test func aServerOfAnotherAuthorityIsNotTrusted() async throws {
    var tls = client(nil)
    tls.authorityPath = TestCertificates.path("stranger.pem")
    guard case .failure(let error) = try await call(TestCertificates.server, tls) else { return #expect(Bool(false), "it was trusted") }
    #expect(error.code == .unavailable)
  }

  /// The certificate names the address that is connected to; the client means another host.
  @Test(arguments: ["localhost", "LOCALHOST.", "server.patron.test", "127.0.0.1"]) func aServerIsKnownByTheNameItsClientMeans(
    _ name: String
  ) async throws {
    var tls = client(nil)
    tls.serverName = name
    let reply = try await call(TestCertificates.server, tls).get()
    #expect(reply.message == "secret")
  }

  @Test(arguments: ["elsewhere.patron.test", "patron.test", "localhost.patron.test"]) func aServerOfAnotherNameIsNotTrusted(
    _ name: String
  ) async throws {
    var tls = client(nil)
    tls.serverName = name
    guard case .failure(let error) = try await call(TestCertificates.server, tls) else { return #expect(Bool(false), "it was trusted") }
    #expect(error.code == .unavailable)
  }

  @Test func aRenewedCertificateIsServedWithoutARestart() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("patron-renewal-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func install(_ name: String, _ kind: String) throws {
      let target = folder.appendingPathComponent("live.\(kind)")
      try Data(contentsOf: URL(fileURLWithPath: TestCertificates.path("\(name).\(kind)"))).write(to: target, options: .atomic)
    }
    try install("server", "pem")
    try install("server", "key")
    let loops = EventLoops(count: 1)
    var configuration = quietConfiguration(loops)
    configuration.tls = ServerTLS(
      certificateChainPath: folder.appendingPathComponent("live.pem").path, privateKeyPath: folder.appendingPathComponent("live.key").path)
    let server = RPCServer(configuration: configuration, services: [NoteService()])
    let address = try await server.start()
    /// Whether a new connection meets a server of this name.
    func isServed(_ name: String) async throws -> Bool {
      var tls = client(nil)
      tls.serverName = name
      let channel = try NetworkChannel(ChannelConfiguration(addresses: [address], tls: tls, loops: loops))
      let reply: Note? = try? await channel.unary(NoteMethods.echo, Note("x"), options: options())
      await channel.close()
      return reply != nil
    }
    #expect(try await isServed("server.patron.test"))
    #expect(try await !isServed("client.patron.test"))
    // Between the certificate and its key the files make no sense: the former stay in force.
    try install("client", "pem")
    try await Task.sleep(for: .milliseconds(1100))
    #expect(try await isServed("server.patron.test"))
    try install("client", "key")
    while try await !isServed("client.patron.test") { try await Task.sleep(for: .milliseconds(100)) }
    #expect(try await !isServed("server.patron.test"))
    await server.drain()
    try await loops.shutDown()
  }

  @Test func plaintextToATLSPortIsUnavailable() async throws {
    guard case .failure(let error) = try await call(TestCertificates.server, nil) else { return #expect(Bool(false), "it was answered") }
    #expect(error.code == .unavailable)
  }
}
