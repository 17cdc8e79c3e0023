import RPC
import Testing

@testable import RPCTransport

/// Connections whose server says how it is.
@Suite(.timeLimit(.minutes(5))) struct HealthCheckTests {
  private static let config = #"{"loadBalancingConfig": [{"round_robin": {}}], "healthCheckConfig": {"serviceName": "test"}}"#

  @Test func aConnectionTakesCallsWhileItsServerIsServing() {
    var progress = HealthProgress()
    #expect(progress.status == .connecting)
    progress.begin()
    #expect(progress.status == .connecting)
    progress.received(isServing: true)
    #expect(progress.status == .ready)
    progress.received(isServing: false)
    #expect(progress.status == .failed)
    // It said something: the next watch follows at once.
    #expect(progress.ended(.unavailable, random: 1) == .zero)
    #expect(progress.status == .failed)
    progress.begin()
    #expect(progress.status == .connecting)
  }

  @Test func watchesThatSayNothingFollowEachOtherEverMoreSlowly() {
    var progress = HealthProgress()
    var pauses: [Duration?] = []
    for _ in 0..<20 {
      progress.begin()
      pauses.append(progress.ended(.unavailable, random: 1))
    }
    #expect(pauses.prefix(2) == [.seconds(1), .milliseconds(1600)])
    #expect(pauses.last == .seconds(120))
    progress.begin()
    progress.received(isServing: true)
    #expect(progress.ended(.ok, random: 1) == .zero)
    progress.begin()
    #expect(progress.ended(.ok, random: 1) == .seconds(1))
  }

  @Test func aServerWithoutHealthCountsAsHealthy() {
    var progress = HealthProgress()
    progress.begin()
    #expect(progress.ended(.unimplemented, random: 1) == nil)
    #expect(progress.status == .ready)
  }

  @Test func callsGoToServersThatAreServing() async throws {
    try await Replicas.with(2, config: Self.config) { replicas in
      replicas.health[0].set("test", .notServing)
      replicas.health[1].set("test", .serving)
      // The first word of a server comes before any call.
      let patient = CallOptions(timeout: .seconds(300), waitForReady: true)
      for _ in 0..<20 {
        let name = try await replicas.ask(patient)
        #expect(name == "b")
      }
      replicas.health[0].set("test", .serving)
      try await replicas.askUntilAnswered(by: ["a", "b"])
      replicas.health[1].set("test", .notServing)
      try await replicas.askUntilAnswered(by: ["a"])
      #expect(replicas.services[0].connectionCount == 1)
      replicas.health[0].set("test", .notServing)
      while await failure(of: { try await replicas.ask() })?.code != .unavailable { try await Task.sleep(for: .milliseconds(5)) }
    }
  }

  @Test func aServerThatLacksTheHealthServiceIsCalled() async throws {
    try await Replicas.with(1, config: Self.config, hasHealth: false) { replicas in
      let name = try await replicas.ask()
      #expect(name == "a")
    }
  }

  @Test func pickFirstAsksNobodysHealth() async throws {
    let config = #"{"loadBalancingConfig": [{"pick_first": {}}], "healthCheckConfig": {"serviceName": "test"}}"#
    try await Replicas.with(1, config: config) { replicas in
      replicas.health[0].set("test", .notServing)
      let name = try await replicas.ask()
      #expect(name == "a")
    }
  }
}
