import HTTP2
import MetricsTestKit
import RPC
import RPCTransport
import Testing

/// Calls with a retry policy against a server that fails as its script says.
@Suite(.timeLimit(.minutes(5))) struct RetryTests {
  private static func config(
    attempts: Int = 4, backoff: String = "0.001s", codes: String = #"["UNAVAILABLE"]"#, throttling: String = "", more: String = ""
  ) -> String {
    """
    {"methodConfig": [{"name": [{}], \(more) "retryPolicy": {
      "maxAttempts": \(attempts), "initialBackoff": "\(backoff)", "maxBackoff": "3600s", "backoffMultiplier": 1,
      "retryableStatusCodes": \(codes)}}] \(throttling)}
    """
  }

  @Test func aCallIsSentAgainUntilItIsAnsweredAndSaysHowOftenBefore() async throws {
    try await ScriptedService.with([.failure(.unavailable), .failure(.unavailable), .ok], config: Self.config()) { service, channel in
      try await channel.expectEcho("third")
      #expect(service.previousAttempts == ["-", "1", "2"])
    }
  }

  @Test func attemptsAfterTheFirstAreCounted() async throws {
    let metrics = TestMetrics()
    try await ScriptedService.with([.failure(.unavailable), .failure(.unavailable)], config: Self.config()) {
      $0.metrics = metrics
    } _: { service, channel in
      try await channel.expectEcho()
      try await channel.expectEcho()
      let counter = try metrics.expectCounter("rpc_client_repeated_attempts", [("method", ScriptedService.unary.path)])
      #expect(counter.totalValue == 2)
    }
  }

  @Test func aCallFailsWithItsLastAttempt() async throws {
    let script = [ScriptedService.Answer](repeating: .failure(.unavailable), count: 10)
    try await ScriptedService.with(script, config: Self.config(attempts: 3)) { service, channel in
      #expect(await failure { try await channel.ask() }?.code == .unavailable)
      #expect(service.previousAttempts == ["-", "1", "2"])
    }
  }

  /// What must not be repeated: no retryable code, an answer that has begun, a server that asks for it, a pause past the deadline.
  @Test(
    arguments: [
      (.failure(.internalError), "0.001s", .internalError),
      (.failureBehindHeaders(.unavailable), "0.001s", .unavailable),
      (.failure(.unavailable, pushback: "-1"), "0.001s", .unavailable),
      (.failure(.unavailable, pushback: "soon"), "0.001s", .unavailable),
      (.failure(.unavailable), "3600s", .unavailable),
    ] as [(ScriptedService.Answer, String, StatusCode)])
  func someFailuresAreFinal(answer: ScriptedService.Answer, backoff: String, code: StatusCode) async throws {
    try await ScriptedService.with([answer], config: Self.config(backoff: backoff)) { service, channel in
      #expect(await failure { try await channel.ask() }?.code == code)
      #expect(service.previousAttempts == ["-"])
    }
  }

  @Test func withoutAPolicyNothingIsSentAgain() async throws {
    let config = #"{"methodConfig": [{"name": [{"service": "another"}], "waitForReady": true}]}"#
    try await ScriptedService.with([.failure(.unavailable)], config: config) { service, channel in
      #expect(await failure { try await channel.ask() }?.code == .unavailable)
      #expect(service.asked.seen == 1)
    }
  }

  @Test func aServerMaySayWhenToComeBack() async throws {
    try await ScriptedService.with([.failure(.unavailable, pushback: "1")], config: Self.config(backoff: "3600s")) { service, channel in
      try await channel.expectEcho()
      #expect(service.asked.seen == 2)
    }
  }

  @Test func aCallThatIsCancelledInItsPauseEndsAtOnce() async throws {
    try await ScriptedService.with([.failure(.unavailable)], config: Self.config(backoff: "3600s")) { service, channel in
      let caller = Task { await failure { try await channel.ask(options: CallOptions()) } }
      await service.asked.wait()
      // The answer may be on its way still; either way the call is over.
      caller.cancel()
      #expect(await caller.value?.code == .cancelled)
    }
  }

  @Test func closingTheChannelEndsItsPauses() async throws {
    let patient = CallOptions()
    try await ScriptedService.with([.failure(.unavailable)], config: Self.config(backoff: "3600s")) { service, channel in
      async let error = failure { try await channel.ask(options: patient) }
      await service.asked.wait()
      await channel.close()
      #expect(await error?.code == .unavailable)
    }
  }

  @Test func theDeadlineIsThatOfAllAttempts() async throws {
    try await ScriptedService.with([.failure(.unavailable), .silence], config: Self.config()) { service, channel in
      // On a busy machine a short deadline may pass before the second attempt; then a longer one is tried.
      var timeout = Duration.milliseconds(500)
      while service.asked.seen < 2 {
        let error = await failure { try await channel.ask(options: CallOptions(timeout: timeout)) }
        #expect(error?.code == .deadlineExceeded)
        timeout *= 2
      }
      await service.cancelled.wait()
    }
  }

  /// Two tokens: the first failure leaves one, which is half, and half is not enough.
  @Test func noRetryIsMadeOnceTheBudgetIsSpent() async throws {
    let throttling = #", "retryThrottling": {"maxTokens": 2, "tokenRatio": 1}"#
    try await ScriptedService.with([.failure(.unavailable)], config: Self.config(throttling: throttling)) { service, channel in
      #expect(await failure { try await channel.ask() }?.code == .unavailable)
      #expect(service.asked.seen == 1)
      // A success earns the token back.
      try await channel.expectEcho()
    }
  }

  // MARK: Attempts that no handler saw

  private func with(_ address: ListenAddress, config: String, _ body: (NetworkChannel) async throws -> Void) async throws {
    let loops = EventLoops(count: 1)
    var configuration = ChannelConfiguration(addresses: [address], loops: loops)
    configuration.serviceConfig = try RPCServiceConfig(json: config)
    let channel = try NetworkChannel(configuration)
    try await body(channel)
    await channel.close()
    try await loops.shutDown()
  }

  private static func answer(_ session: HTTP2Session, _ stream: HTTP2Stream) {
    session.sendHeaders(stream, HeaderList([(":status", "200"), ("content-type", "application/grpc")]))
    session.write(stream, MessageFrame.frame(Note("hello").encoded()))
    session.end(stream, trailers: HeaderList([("grpc-status", "0")]))
  }

  @Test func aStreamThatAServerRefusedIsOpenedAnewWithoutAPolicy() async throws {
    let asked = Signal()
    let server = try await RawServer { session, stream in
      asked.raise()
      if asked.seen == 1 { session.reset(stream, .refusedStream) } else { Self.answer(session, stream) }
    }
    try await with(server.address, config: "{}") { channel in
      try await channel.expectEcho()
      #expect(asked.seen == 2)
    }
    await server.close()
  }

  @Test func aCallWhoseConnectionBrokeIsSentAgain() async throws {
    let asked = Signal()
    let server = try await RawServer { session, stream in
      asked.raise()
      if asked.seen > 1 { Self.answer(session, stream) }
    }
    try await with(server.address, config: Self.config()) { channel in
      async let reply = channel.ask()
      await asked.wait()
      server.cutConnections()
      let answer = try await reply
      #expect(answer == Note("hello"))
    }
    await server.close()
  }

  @Test func aCallThatFoundNoConnectionIsTriedAgain() async throws {
    let started = ContinuousClock.now
    try await with(ListenAddress(host: "127.0.0.1", port: 1), config: Self.config(attempts: 3, backoff: "0.1s")) { channel in
      #expect(await failure { try await channel.ask() }?.code == .unavailable)
      // Two pauses, each at least four fifths of what was asked for.
      #expect(ContinuousClock.now - started >= .milliseconds(160))
    }
  }

  // MARK: Streaming calls

  @Test func aStreamIsReplayedToTheNextAttempt() async throws {
    try await ScriptedService.with([.failureAfter(messages: 2, .unavailable)], config: Self.config()) { service, channel in
      let call: ClientStream<Note, Note> = try await channel.streaming(ScriptedService.chat, options: CallOptions(timeout: .seconds(300)))
      for text in ["one", "two", "three"] { try await call.send(Note(text)) }
      try await call.finish()
      var texts: [String] = []
      for try await reply in call.replies { texts.append(reply.message) }
      #expect(texts == ["one", "two", "three"])
      #expect(service.previousAttempts == ["-", "1"])
    }
  }

  /// The first attempt has failed before the rest of the request is sent.
  @Test func aStreamGoesOnWhileItsNextAttemptIsPending() async throws {
    try await ScriptedService.with([.failureAfter(messages: 1, .unavailable)], config: Self.config(backoff: "0.05s")) { service, channel in
      let call: ClientStream<Note, Note> = try await channel.streaming(ScriptedService.chat, options: CallOptions(timeout: .seconds(300)))
      try await call.send(Note("one"))
      await service.asked.wait()
      for number in 0..<20 { try await call.send(Note("\(number)")) }
      try await call.finish()
      var count = 0
      for try await _ in call.replies { count += 1 }
      #expect(count == 21)
    }
  }

  @Test func aStreamThatHasOutgrownTheReplayBufferIsNotSentAgain() async throws {
    try await ScriptedService.with(
      [.failureAfter(messages: 2, .unavailable)], config: Self.config(), configureChannel: { $0.replayBytesPerCall = 1000 }
    ) { service, channel in
      let call: ClientStream<Note, Note> = try await channel.streaming(ScriptedService.chat, options: CallOptions(timeout: .seconds(300)))
      try await call.send(Note("one"))
      try await call.send(Note(String(repeating: "x", count: 2000)))
      try await call.finish()
      var replies = call.replies.makeAsyncIterator()
      #expect(await failure { try await replies.next() }?.code == .unavailable)
      #expect(service.previousAttempts == ["-"])
    }
  }

  // MARK: What else a service config says of a method

  @Test func aMethodsTimeoutIsItsCallsDeadline() async throws {
    let config = #"{"methodConfig": [{"name": [{}], "timeout": "0.2s"}]}"#
    try await ScriptedService.with([.silence], config: config) { service, channel in
      #expect(await failure { try await channel.ask() }?.code == .deadlineExceeded)
    }
  }

  @Test func messagesOverAMethodsLimitsAreRefused() async throws {
    let config = #"{"methodConfig": [{"name": [{}], "maxRequestMessageBytes": 100, "maxResponseMessageBytes": 50}]}"#
    try await ScriptedService.with([], config: config) { service, channel in
      #expect(await failure { try await channel.ask(String(repeating: "x", count: 200)) }?.code == .resourceExhausted)
      #expect(service.asked.seen == 0)
      #expect(await failure { try await channel.ask(String(repeating: "x", count: 60)) }?.code == .resourceExhausted)
      #expect(service.asked.seen == 1)
      try await channel.expectEcho("x")
      let call: ClientStream<Note, Note> = try await channel.streaming(ScriptedService.chat, options: CallOptions(timeout: .seconds(300)))
      #expect(await failure { try await call.send(Note(String(repeating: "x", count: 200))) }?.code == .resourceExhausted)
    }
  }

  /// Nobody listens: the method waits by its config, the caller may say otherwise.
  @Test func aMethodMayWaitForReady() async throws {
    let loops = EventLoops(count: 1)
    var configuration = ChannelConfiguration(addresses: [ListenAddress(host: "127.0.0.1", port: 1)], loops: loops)
    configuration.serviceConfig = try RPCServiceConfig(json: #"{"methodConfig": [{"name": [{}], "waitForReady": true}]}"#)
    let channel = try NetworkChannel(configuration)
    let short = CallOptions(timeout: .milliseconds(200))
    #expect(await failure { try await channel.ask(options: short) }?.code == .deadlineExceeded)
    let impatient = CallOptions(timeout: .seconds(300), waitForReady: false)
    #expect(await failure { try await channel.ask(options: impatient) }?.code == .unavailable)
    await channel.close()
    try await loops.shutDown()
  }
}
