internal import RPC

/// What a balancing policy sees of one address.
enum SubchannelStatus: Equatable {
  /// May be connected.
  case idle
  /// On the way to calls: connecting, or connected and not yet known to be healthy.
  case connecting
  case ready
  /// Takes no calls for a while: it could not be reached, is unhealthy, or was ejected.
  case failed
}

/// Which addresses to connect to, and which of those that are ready gets the next call. A value: it knows neither sockets nor calls.
struct Balancer {
  private enum Policy {
    case pickFirst
    case roundRobin(RoundRobin)
    case leastRequest(LeastRequest)
  }

  private var policy: Policy
  let shufflesAddresses: Bool

  init(_ policy: LoadBalancingConfig.Policy) {
    shufflesAddresses = policy == .pickFirst(shuffleAddressList: true)
    switch policy {
    case .pickFirst: self.policy = .pickFirst
    case .roundRobin: self.policy = .roundRobin(RoundRobin())
    case .leastRequest(let choiceCount): self.policy = .leastRequest(LeastRequest(choiceCount: choiceCount))
    }
  }

  /// Whether a connection counts only while its server says that it is serving; pick_first does not ask (gRFC A17).
  var heedsHealth: Bool {
    if case .pickFirst = policy { return false }
    return true
  }

  /// The addresses to connect to now.
  /// - Parameter isNeeded: calls wait.
  func toConnect(_ statuses: [SubchannelStatus], isNeeded: Bool) -> [Int] {
    if case .pickFirst = policy { return isNeeded ? PickFirst.toConnect(statuses).map { [$0] } ?? [] : [] }
    // Every address is kept connected, so that a call finds it ready.
    return statuses.indices.filter { statuses[$0] == .idle }
  }

  /// The next call's place among `count` addresses that are ready.
  /// - Parameter openCalls: of one of them; nil when it has no room for another.
  mutating func pick(count: Int, openCalls: (Int) -> Int?, random: (Range<Int>) -> Int) -> Int? {
    switch policy {
    case .pickFirst:
      return count > 0 && openCalls(0) != nil ? 0 : nil
    case .roundRobin(var policy):
      defer { self.policy = .roundRobin(policy) }
      return policy.pick(count: count) { openCalls($0) != nil }
    case .leastRequest(let policy):
      return policy.pick(count: count, openCalls: openCalls, random: random)
    }
  }
}

/// One address at a time, in order: the next is tried when the ones before it could not be reached, and whichever is connected stays.
/// Rule: gRFC A62, without the parallel attempts of A61.
enum PickFirst {
  static func toConnect(_ statuses: [SubchannelStatus]) -> Int? {
    guard !statuses.contains(where: { $0 == .ready || $0 == .connecting }) else { return nil }
    return statuses.firstIndex(of: .idle)
  }
}

/// Each ready address in turn; one without room is passed over.
struct RoundRobin {
  private var turn = 0

  mutating func pick(count: Int, hasRoom: (Int) -> Bool) -> Int? {
    for _ in 0..<count {
      turn = turn + 1 < count ? turn + 1 : 0
      if hasRoom(turn) { return turn }
    }
    return nil
  }
}

/// Of some addresses drawn at random, the one with the fewest calls open. Rule: gRFC A48.
struct LeastRequest {
  let choiceCount: Int

  func pick(count: Int, openCalls: (Int) -> Int?, random: (Range<Int>) -> Int) -> Int? {
    if count == 0 { return nil }
    if count == 1 { return openCalls(0) != nil ? 0 : nil }
    var best: (index: Int, openCalls: Int)?
    for _ in 0..<choiceCount {
      let index = random(0..<count)
      guard let open = openCalls(index) else { continue }
      if best.map({ open < $0.openCalls }) ?? true { best = (index, open) }
    }
    // A call does not wait because those that were drawn are full.
    return best?.index ?? (0..<count).first { openCalls($0) != nil }
  }
}
