import RPC
import RPCTransport
import Testing

/// Hedged calls against a server that answers as its script says.
@Suite(.timeLimit(.minutes(5))) struct HedgingTests {
  private static func config(attempts: Int = 3, delay: String, throttling: String = "") -> String {
    """
    {"methodConfig": [{"name": [{}], "hedgingPolicy": {
      "maxAttempts": \(attempts), "hedgingDelay": "\(delay)", "nonFatalStatusCodes": ["UNAVAILABLE"]}}] \(throttling)}
    """
  }

  @Test func theFirstAnswerCountsAndTheOtherAttemptsAreCancelled() async throws {
    try await ScriptedService.with([.silence, .silence, .ok], config: Self.config(delay: "0.01s")) { service, channel in
      try await channel.expectEcho("third")
      #expect(service.previousAttempts == ["-", "1", "2"])
      await service.cancelled.wait(for: 2)
    }
  }

  @Test func aFailureThatIsNotFatalSendsTheNextAtOnce() async throws {
    try await ScriptedService.with([.failure(.unavailable)], config: Self.config(delay: "3600s")) { service, channel in
      try await channel.expectEcho()
      #expect(service.asked.seen == 2)
    }
  }

  @Test func aServerMaySayWhenTheNextIsToCome() async throws {
    try await ScriptedService.with([.failure(.unavailable, pushback: "1")], config: Self.config(delay: "3600s")) { service, channel in
      try await channel.expectEcho()
      #expect(service.asked.seen == 2)
    }
  }

  @Test(arguments: [.failure(.internalError), .failureBehindHeaders(.unavailable)] as [ScriptedService.Answer])
  func aFatalFailureEndsTheCallAndItsOtherAttempts(answer: ScriptedService.Answer) async throws {
    try await ScriptedService.with([.silence, answer], config: Self.config(attempts: 2, delay: "0.01s")) { service, channel in
      #expect(await failure { try await channel.ask() }?.code == (service.asked.seen == 2 ? code(answer) : .ok))
      await service.cancelled.wait()
    }
  }

  private func code(_ answer: ScriptedService.Answer) -> StatusCode {
    switch answer {
    case .failure(let code, _), .failureBehindHeaders(let code): code
    default: .ok
    }
  }

  @Test func allAttemptsFailedIsAFailure() async throws {
    let script = [ScriptedService.Answer](repeating: .failure(.unavailable), count: 9)
    try await ScriptedService.with(script, config: Self.config(delay: "0.01s")) { service, channel in
      #expect(await failure { try await channel.ask() }?.code == .unavailable)
      #expect(service.asked.seen == 3)
    }
  }

  @Test func aServerThatAsksForNoMoreGetsNoMore() async throws {
    try await ScriptedService.with([.failure(.unavailable, pushback: "-1")], config: Self.config(delay: "3600s")) { service, channel in
      #expect(await failure { try await channel.ask() }?.code == .unavailable)
      #expect(service.asked.seen == 1)
    }
  }

  @Test func aSpentBudgetSendsNoHedges() async throws {
    let throttling = #", "retryThrottling": {"maxTokens": 2, "tokenRatio": 0.1}"#
    try await ScriptedService.with([.failure(.unavailable)], config: Self.config(delay: "3600s", throttling: throttling)) {
      service, channel in
      #expect(await failure { try await channel.ask() }?.code == .unavailable)
      #expect(service.asked.seen == 1)
    }
  }

  @Test func cancellingTheCallerCancelsEveryAttempt() async throws {
    try await ScriptedService.with([.silence, .silence, .silence], config: Self.config(delay: "0.01s")) { service, channel in
      let caller = Task { await failure { try await channel.ask(options: CallOptions()) } }
      await service.asked.wait(for: 3)
      caller.cancel()
      #expect(await caller.value?.code == .cancelled)
      await service.cancelled.wait(for: 3)
    }
  }

  @Test func theDeadlineIsThatOfAllAttempts() async throws {
    try await ScriptedService.with([.silence, .silence], config: Self.config(attempts: 2, delay: "0.01s")) { service, channel in
      #expect(await failure { try await channel.ask(options: CallOptions(timeout: .seconds(1))) }?.code == .deadlineExceeded)
    }
  }

  @Test func aStreamingCallIsSentOnce() async throws {
    try await ScriptedService.with([.failure(.unavailable)], config: Self.config(delay: "0s")) { service, channel in
      let call: ClientStream<Note, Note> = try await channel.streaming(ScriptedService.chat, options: CallOptions(timeout: .seconds(300)))
      var replies = call.replies.makeAsyncIterator()
      #expect(await failure { try await replies.next() }?.code == .unavailable)
      #expect(service.asked.seen == 1)
    }
  }
}
