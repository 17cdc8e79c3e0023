import NIOCore
import RPC
import Testing

@testable import RPCTransport

/// Which address gets a call: the policies as tables, then over sockets.
@Suite(.timeLimit(.minutes(5))) struct BalancingTests {
  @Test(
    arguments: [
      ([.idle, .idle], 0), ([.connecting, .idle], nil), ([.failed, .idle], 1), ([.failed, .failed], nil), ([.idle, .ready], nil),
      ([.failed, .ready, .idle], nil), ([.idle, .failed], 0), ([], nil),
    ] as [([SubchannelStatus], Int?)])
  func pickFirstConnectsToOneAtATimeInOrder(statuses: [SubchannelStatus], index: Int?) {
    #expect(PickFirst.toConnect(statuses) == index)
    let balancer = Balancer(.pickFirst())
    #expect(balancer.toConnect(statuses, isNeeded: true) == (index.map { [$0] } ?? []))
    #expect(balancer.toConnect(statuses, isNeeded: false) == [])
  }

  @Test(arguments: [.roundRobin, .leastRequest()] as [LoadBalancingConfig.Policy])
  func theOthersKeepEveryAddressConnected(policy: LoadBalancingConfig.Policy) {
    let balancer = Balancer(policy)
    #expect(balancer.toConnect([.idle, .ready, .failed, .connecting, .idle], isNeeded: false) == [0, 4])
  }

  @Test func roundRobinTakesTurnsAndPassesOverWhoIsFull() {
    var policy = RoundRobin()
    #expect((0..<5).map { _ in policy.pick(count: 3) { _ in true } } == [1, 2, 0, 1, 2])
    #expect((0..<4).map { _ in policy.pick(count: 3) { $0 != 1 } } == [0, 2, 0, 2])
    #expect(policy.pick(count: 3) { _ in false } == nil)
    #expect(policy.pick(count: 0) { _ in true } == nil)
    // One less than before.
    #expect(policy.pick(count: 1) { _ in true } == 0)
  }

  @Test(
    arguments: [
      ([5, 3, 9], [0, 1], 1), ([5, 3, 9], [0, 2], 0), ([5, 3, 9], [2, 2], 2), ([4, 4], [1, 0], 1), ([nil, 7], [0, 1], 1),
      ([nil, 7, nil], [0, 2], 1), ([nil, nil], [0, 1], nil), ([], [], nil), ([3], [], 0), ([nil], [], nil),
    ] as [([Int?], [Int], Int?)])
  func leastRequestTakesTheLeastBusyOfThoseDrawn(openCalls: [Int?], draws: [Int], index: Int?) {
    var draws = draws[...]
    #expect(
      LeastRequest(choiceCount: 2).pick(count: openCalls.count) {
        openCalls[$0]
      } random: { _ in
        draws.removeFirst()
      } == index)
  }

  @Test func pickFirstStaysWithTheFirstAndMovesOnWhenItIsLost() async throws {
    try await Replicas.with(2, config: #"{"loadBalancingConfig": [{"pick_first": {}}]}"#) { replicas in
      var names = try await replicas.ask(times: 20)
      #expect(names == ["a"])
      await replicas.servers[0].drain(timeout: .seconds(5))
      names = try await replicas.ask(times: 20)
      #expect(names == ["b"])
    }
  }

  /// Each channel stays with one address, but not all with the same: twenty that agree by chance are one in a billion.
  @Test func pickFirstMayShuffleTheAddresses() async throws {
    let config = #"{"loadBalancingConfig": [{"pick_first": {"shuffleAddressList": true}}]}"#
    try await Replicas.with(3) { replicas in
      let loops = EventLoops(count: 1)
      var chosen: Set<String> = []
      for _ in 0..<20 {
        var configuration = ChannelConfiguration(addresses: replicas.addresses, loops: loops)
        configuration.serviceConfig = try RPCServiceConfig(json: config)
        let channel = try NetworkChannel(configuration)
        var names: Set<String> = []
        for _ in 0..<5 {
          let reply: Note = try await channel.unary(NamedService.name, Note(), options: CallOptions(timeout: .seconds(300)))
          names.insert(reply.message)
        }
        #expect(names.count == 1)
        chosen.formUnion(names)
        await channel.close()
      }
      #expect(chosen.count > 1)
      try await loops.shutDown()
    }
  }

  @Test(arguments: [#"{"round_robin": {}}"#, #"{"least_request_experimental": {}}"#])
  func callsGoToEveryAddress(policy: String) async throws {
    try await Replicas.with(3, config: #"{"loadBalancingConfig": [\#(policy)]}"#) { replicas in
      try await replicas.askUntilAnswered(by: ["a", "b", "c"])
      await replicas.servers[1].drain(timeout: .seconds(5))
      try await replicas.askUntilAnswered(by: ["a", "c"])
    }
  }

  /// A connection that comes back is taken up without a call having to wait for it.
  @Test func aRoundRobinChannelReconnectsByItself() async throws {
    let loops = EventLoops(count: 1)
    try await Replicas.with(2) { replicas in
      try await replicas.askUntilAnswered(by: ["a", "b"])
      await replicas.servers[1].drain(timeout: .seconds(5))
      try await replicas.askUntilAnswered(by: ["a"])
      var configuration = RPCServerConfiguration(port: replicas.addresses[1].port, loops: loops)
      configuration.logger.logLevel = .critical
      let again = RPCServer(configuration: configuration, services: [NamedService("b2")])
      _ = try await again.start()
      try await replicas.askUntilAnswered(by: ["a", "b2"])
      await again.drain(timeout: .seconds(5))
    }
    try await loops.shutDown()
  }
}
