import NIOCore
import RPC
import Testing

@testable import RPCTransport

/// Names and their addresses, as they come, change and fail.
@Suite(.timeLimit(.minutes(5))) struct ResolutionTests {
  @Test(
    arguments: [
      ("identity:80", ["identity:80"]), ("dns:///identity:80", ["identity:80"]), ("dns:identity:80", ["identity:80"]),
      ("ipv4:1.2.3.4:80,5.6.7.8:81", ["1.2.3.4:80", "5.6.7.8:81"]), ("ipv6:[::1]:80", ["[::1]:80"]), ("[::1]:80", ["[::1]:80"]),
      ("1.2.3.4:80", ["1.2.3.4:80"]), ("a:1, dns:///b:2,[::1]:3", ["a:1", "b:2", "[::1]:3"]),
      ("", nil), ("identity", nil), ("identity:0", nil), ("identity:65536", nil), ("a:1,", nil), ("dns://a:1", nil), ("http://a:1", nil),
      ("ipv4:identity:80", nil), ("ipv4:[::1]:80", nil), ("ipv6:1.2.3.4:80", nil), ("::1:80", nil), (":80", nil),
    ] as [(String, [String]?)])
  func aTargetIsReadAsGRPCWritesIt(text: String, places: [String]?) {
    #expect(ChannelTarget(text)?.places.map(\.description) == places)
  }

  // MARK: When a name is resolved

  private func time(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(UInt64(1000 + seconds) * 1_000_000_000) }

  private func schedule(refresh: Duration? = .seconds(300)) -> ResolutionSchedule {
    ResolutionSchedule(
      ResolutionSchedule.Limits(
        leastPause: .seconds(30), refresh: refresh, shortestBackoff: .seconds(1), longestBackoff: .seconds(3)))
  }

  @Test func lostConnectionsAskAgainButNotMoreOftenThanThePause() {
    var schedule = schedule()
    #expect(schedule.needed(time(0)) == .resolve)
    #expect(schedule.needed(time(1)) == .nothing)
    #expect(schedule.finished(successfully: true, time(2)) == .wake(time(300)))
    #expect(schedule.needed(time(10)) == .wake(time(30)))
    #expect(schedule.needed(time(11)) == .wake(time(30)))
    #expect(schedule.timeIsUp(time(30)) == .resolve)
    #expect(schedule.finished(successfully: true, time(31)) == .wake(time(330)))
    #expect(schedule.needed(time(90)) == .resolve)
  }

  @Test func aNameIsRefreshedOnceInAWhileUnlessNobodyWantsIt() {
    var schedule = schedule()
    _ = schedule.needed(time(0))
    _ = schedule.finished(successfully: true, time(0))
    #expect(schedule.timeIsUp(time(300)) == .resolve)
    var lazy = self.schedule(refresh: nil)
    _ = lazy.needed(time(0))
    #expect(lazy.finished(successfully: true, time(0)) == .nothing)
  }

  @Test func failuresWaitLongerEachTimeAndASuccessForgetsThem() {
    var schedule = schedule()
    _ = schedule.needed(time(0))
    #expect(schedule.finished(successfully: false, time(1)) == .wake(time(2)))
    #expect(schedule.needed(time(1)) == .nothing)
    #expect(schedule.timeIsUp(time(2)) == .resolve)
    #expect(schedule.finished(successfully: false, time(2)) == .wake(time(4)))
    _ = schedule.timeIsUp(time(4))
    #expect(schedule.finished(successfully: false, time(4)) == .wake(time(7)))
    _ = schedule.timeIsUp(time(7))
    #expect(schedule.finished(successfully: true, time(7)) == .wake(time(307)))
    _ = schedule.needed(time(100))
    #expect(schedule.finished(successfully: false, time(100)) == .wake(time(101)))
  }

  // MARK: What becomes of the addresses

  @Test func aLostConnectionAsksForTheNameAgain() async throws {
    let name = ScriptedName()
    try await Replicas.with(
      2,
      configure: { configuration, addresses in
        name.configure(&configuration)
        name.resolves(to: [addresses[0]])
      }
    ) { replicas in
      try await replicas.askUntilAnswered(by: ["a"])
      name.resolves(to: [replicas.addresses[1]])
      await replicas.servers[0].drain(timeout: .seconds(5))
      #expect(try await replicas.ask(CallOptions(timeout: .seconds(300), waitForReady: true)) == "b")
    }
  }

  @Test func aRefreshAddsAddressesAndKeepsTheConnectionsOfThoseThatStay() async throws {
    let name = ScriptedName()
    try await Replicas.with(
      2,
      configure: { configuration, addresses in
        name.configure(&configuration)
        configuration.resolutionRefresh = .milliseconds(20)
        name.resolves(to: [addresses[0]])
      }
    ) { replicas in
      try await replicas.askUntilAnswered(by: ["a"])
      name.resolves(to: replicas.addresses)
      try await replicas.askUntilAnswered(by: ["a", "b"])
      // One failure of the resolver, or many, change nothing.
      name.fails()
      await name.lookedUp.wait(for: name.lookedUp.seen + 3)
      let names = try await replicas.ask(times: 10)
      #expect(names == ["a", "b"])
      #expect(replicas.services[0].connectionCount == 1)
    }
  }

  @Test func anAddressThatIsGoneFinishesItsCallsAndGetsNoMore() async throws {
    let name = ScriptedName()
    try await Replicas.with(
      2,
      configure: { configuration, addresses in
        name.configure(&configuration)
        configuration.resolutionRefresh = .milliseconds(20)
        name.resolves(to: [addresses[0]])
      }
    ) { replicas in
      async let slept: Note = replicas.channel.unary(NamedService.sleep, Note(), options: CallOptions(timeout: .seconds(300)))
      await replicas.services[0].sleeping.wait()
      name.resolves(to: [replicas.addresses[1]])
      try await replicas.askUntilAnswered(by: ["b"])
      replicas.services[0].woken.raise()
      let last = try await slept
      #expect(last.message == "a")
    }
  }

  @Test func aNameThatIsUnknownIsUnavailableUntilItIsKnown() async throws {
    let name = ScriptedName()
    try await Replicas.with(
      1,
      configure: { configuration, _ in
        name.configure(&configuration)
        name.fails()
      }
    ) { replicas in
      let error = await failure { try await replicas.ask() }
      #expect(error?.code == .unavailable && error?.message == "no such name")
      async let patient = replicas.ask(CallOptions(timeout: .seconds(300), waitForReady: true))
      name.resolves(to: replicas.addresses)
      let answer = try await patient
      #expect(answer == "a")
    }
  }

  @Test func localhostIsFoundByTheSystemsResolver() async throws {
    try await Replicas.with(
      1,
      configure: { configuration, addresses in
        configuration.target = ChannelTarget("dns:///localhost:\(addresses[0].port)")!
      }
    ) { replicas in
      let answer = try await replicas.ask(CallOptions(timeout: .seconds(300), waitForReady: true))
      #expect(answer == "a")
    }
  }

  /// The certificate is the name's, the connection goes to the number.
  @Test func theServersCertificateIsCheckedAgainstTheTargetsName() async throws {
    try await Replicas.with(
      1, configureServer: { $0.tls = TestCertificates.server },
      configure: { configuration, addresses in
        configuration.target = ChannelTarget("localhost:\(addresses[0].port)")!
        configuration.tls = ClientTLS(authorityPath: TestCertificates.path("authority.pem"))
      }
    ) { replicas in
      let answer = try await replicas.ask(CallOptions(timeout: .seconds(300), waitForReady: true))
      #expect(answer == "a")
    }
  }
}
