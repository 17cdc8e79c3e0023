import Campaign
import Foundation
import Gateway
import GoogleProto
import Inventory
import Loyalty
import PatronAPI
import RPC
import RPCTransport
import Testing

/// Power cuts: any process, at every named step of checkout and return, under concurrent tills. Whatever was begun ends wholly done or wholly
/// undone, and `patron verify` finds nothing else.
@Suite(.serialized) struct KillTests {
  private static let tills = 4
  /// Sales of each till around one kill: one of each kind, so that every step is reached.
  private static let salesOfATill = 4
  private static let calmTimeout: Duration = .seconds(60)

  /// Recovery that does not let a test wait: what is due is looked for at once.
  private static let gatewayArguments = [
    "--recovery-interval", "100ms", "--commit-deadline", "2s", "--stalled-after", "2s", "--lease-duration", "1s", "--hold-lifetime", "4s",
  ]

  private static let points: [(ServiceCluster.Name, [String])] = [
    (.gateway, GatewayApp.faultPoints), (.inventory, InventoryApp.faultPoints), (.loyalty, LoyaltyApp.faultPoints),
    (.campaign, CampaignApp.faultPoints),
  ]

  /// Each step at its first reach, and those that come once a participant, of which there are two, at their last one as well.
  private static func reaches(of names: [String]) -> [String] {
    names.flatMap { $0.contains(".one-") ? [$0, $0 + lastParticipant] : [$0] }
  }

  private static let lastParticipant = ":2"

  @Test func `a kill at every named step leaves every order wholly done or wholly undone`() async throws {
    let seed = UInt64.random(in: .min ... .max)
    print("KillTests seed \(seed)")
    try await withShop { cluster, shop, till in
      var random = SplitMix64(seed: seed)
      var unreached: [String] = []
      for (service, names) in Self.points {
        #expect(!names.isEmpty, "\(service.rawValue) names no step")
        for (index, name) in Self.reaches(of: names).enumerated() {
          await cluster.stop(service)
          try await cluster.start(service, ["--fault-point", name])
          let isReached = try await sell(
            // Alone, so that the second reach is the same order's last participant.
            tills: name.hasSuffix(Self.lastParticipant) ? 1 : Self.tills, shop: shop, till: till,
            mark: "\(service.rawValue)-\(index)-\(String(seed, radix: 36))", random: &random
          ) {
            // The step is reached, and the process is gone: it comes back as its supervisor would bring it back.
            while await cluster.isRunning(service) {
              if Task.isCancelled { return false }
              try await Task.sleep(for: .milliseconds(20))
            }
            try await cluster.start(service)
            return true
          }
          if !isReached {
            unreached.append(name)
            await cluster.stop(service)
            try await cluster.start(service)
          }
        }
        try await expectCalm(cluster, shop, "after the steps of \(service.rawValue), seed \(seed)")
      }
      #expect(unreached.isEmpty, "no sale came to these steps: \(unreached), seed \(seed)")
    }
  }

  @Test func `random kills of any process lose nothing and double nothing`() async throws {
    let seed = UInt64.random(in: .min ... .max)
    print("KillTests seed \(seed)")
    try await withShop { cluster, shop, till in
      var random = SplitMix64(seed: seed)
      var schedule = SplitMix64(seed: seed ^ 0x5EED)
      for round in 0..<6 {
        let victims = ServiceCluster.Name.allCases.shuffled(using: &schedule).prefix(Int.random(in: 1...2, using: &schedule))
        let pauses = victims.map { _ in Int.random(in: 5...300, using: &schedule) }
        _ = try await sell(shop: shop, till: till, mark: "round-\(round)-\(String(seed, radix: 36))", random: &random) {
          for (victim, pause) in zip(victims, pauses) {
            try await Task.sleep(for: .milliseconds(pause))
            await cluster.kill(victim)
            try await cluster.start(victim)
          }
          return true
        }
      }
      try await expectCalm(cluster, shop, "seed \(seed)")
    }
  }

  // MARK: Parts

  private func withShop(
    _ body: (ServiceCluster, SystemShop, @Sendable (Int) -> SystemTill) async throws -> Void
  ) async throws {
    let cluster = try ServiceCluster(arguments: [.gateway: Self.gatewayArguments])
    do {
      try await cluster.start()
      let channel = try SystemChannel.open(await cluster.addresses[.gateway]!.rpc)
      var metadata = Metadata()
      metadata.set("authorization", "Bearer \(try await cluster.bootstrapKey())")
      let shop = try await SystemShop.open(channel: channel, metadata: metadata, mark: "kill")
      let authorized = metadata
      try await body(cluster, shop) { SystemTill(number: $0, shop: shop, channel: channel, metadata: authorized) }
      await channel.close()
    } catch {
      print("KillTests failed: \(error)")
      for name in ServiceCluster.Name.allCases { print("── \(name.rawValue)\n\(await cluster.log(name).suffix(3_000))") }
      await cluster.stopAll()
      throw error
    }
    await cluster.stopAll()
  }

  /// Plays all tills at once while `disturbance` runs; whether the disturbance came to its point before the tills were done.
  private func sell(
    tills: Int = KillTests.tills, shop: SystemShop, till: @Sendable (Int) -> SystemTill, mark: String, random: inout SplitMix64,
    while disturbance: @escaping @Sendable () async throws -> Bool
  ) async throws -> Bool {
    let disturbing = Task { try await disturbance() }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<tills {
        var own = SplitMix64(seed: random.next())
        let till = till(number)
        group.addTask {
          for sale in 0..<Self.salesOfATill {
            let outcome = try await till.play("\(mark)-\(number)-\(sale)", sale: sale, random: &own)
            // What a till was told stays true, whatever is killed afterwards.
            switch outcome {
            case .sold(let orderID): #expect(try await till.state(of: orderID) == .completed)
            case .abandoned(let orderID): #expect(try await till.state(of: orderID) == .cancelled)
            case .refused: break
            }
          }
        }
      }
      try await group.waitForAll()
    }
    disturbing.cancel()
    do { return try await disturbing.value } catch is CancellationError { return false }
  }

  /// Recovery has finished what was cut off: no order and no return is left under way, and every invariant holds.
  private func expectCalm(_ cluster: ServiceCluster, _ shop: SystemShop, _ comment: String) async throws {
    let deadline = ContinuousClock.now + Self.calmTimeout
    var unfinished = try await shop.unfinished()
    while !unfinished.isEmpty, ContinuousClock.now < deadline {
      try await Task.sleep(for: .milliseconds(250))
      unfinished = try await shop.unfinished()
    }
    #expect(unfinished.isEmpty, "\(comment): \(unfinished) never ended")
    let result = try await ServiceCluster.run(
      "patron",
      ["verify", "--grace", "0", "--address", await cluster.addresses[.gateway]!.rpc, "--api-key", try await cluster.bootstrapKey()])
    #expect(result.status == 0, "\(comment)\n\(result.output)")
  }
}
