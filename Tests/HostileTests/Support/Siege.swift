import Foundation
import RPCTransport
import Synchronization
import Testing

/// A server in a process of its own that is attacked while an honest client calls it.
///
/// `outcomes` is the whole experiment: the honest client's calls before the attack, then its calls during it. It expects that none of them
/// fails, that they keep their latency in proportion, and that the server's memory stays within a bound; what becomes of the attackers it
/// returns. Nothing depends on how fast the machine is: the attack goes on, round after round, until the honest client has made its calls.
struct Siege {
  let server: AttackedServer
  private let loops = EventLoops(count: 1)

  /// Calls that the honest client makes during the attack, at least.
  private static let honestCalls = 100
  /// How many times slower the honest client's middle call may be than before. Between two of its bytes the server may serve one read of the
  /// attacker's, 64 KiB, which holds thousands of the smallest things there are: 50 times in a debug build. Whoever may hold the loop for
  /// as long as it likes costs hundreds.
  private static let largestSlowdown = 200.0
  /// Calls before are not taken to be shorter than this, for the ratio.
  private static let shortestCall: Duration = .milliseconds(1)

  static func with(_ options: [String] = [], descriptors: Int? = nil, _ body: (Siege) async throws -> Void) async throws {
    let siege = Siege(server: try AttackedServer(options, descriptors: descriptors))
    defer { siege.server.stop() }
    try await body(siege)
    #expect(siege.server.isRunning)
    try await siege.loops.shutDown()
  }

  private init(server: AttackedServer) { self.server = server }

  /// Runs `attack` in rounds, each on its own connections, on so many threads at once.
  /// - Parameter memoryMegabytes: what the server's memory may grow by.
  func outcomes(
    attackers: Int = 1, memoryMegabytes: Int = 64, tls: ClientTLS? = nil, sourceLocation: SourceLocation = #_sourceLocation,
    _ attack: @escaping @Sendable (ListenAddress) throws -> Outcome
  ) async throws -> Set<Outcome> {
    let channel = try honestChannel(tls)
    // The first calls pay for what every later one finds ready.
    _ = try await latencies(channel) { $0 < 50 }
    let before = try await latencies(channel) { $0 < Siege.honestCalls }
    let memoryBefore = try server.memory().present

    let attackers = (0..<attackers).map { _ in Attacker(server.address, attack) }
    let during = try await latencies(channel) { made in made < Siege.honestCalls || !attackers.allSatisfy(\.hasBeenRefused) }
    for attacker in attackers { attacker.stop() }
    var outcomes: Set<Outcome> = []
    for attacker in attackers { outcomes.formUnion(try await attacker.ended()) }
    // Whoever comes after the attack is served.
    let after = try honestChannel(tls)
    _ = try await latencies(after) { $0 < 1 }
    await after.close()
    await channel.close()

    let growth = (try server.memory().peak - memoryBefore) / 1_048_576
    let slowdown = median(during) / max(median(before), Siege.shortestCall)
    print(
      "  honest calls: \(during.count), \(slowdown) times as long in the middle; the server's memory grew by \(growth) MiB: \(outcomes)")
    #expect(slowdown < Siege.largestSlowdown, sourceLocation: sourceLocation)
    #expect(growth < memoryMegabytes, "MiB", sourceLocation: sourceLocation)
    return outcomes
  }

  func honestChannel(_ tls: ClientTLS? = nil) throws -> NetworkChannel {
    var configuration = ChannelConfiguration(addresses: [server.address], tls: tls, loops: loops)
    configuration.connectTimeout = .seconds(120)
    return try NetworkChannel(configuration)
  }

  /// Calls one behind the other while `goesOn` of how many were made; how long each took.
  func latencies(_ channel: NetworkChannel, while goesOn: (Int) -> Bool) async throws -> [Duration] {
    let client = HonestClient(channel: channel)
    var latencies: [Duration] = []
    while goesOn(latencies.count) {
      let start = ContinuousClock.now
      #expect(try await client.call())
      latencies.append(ContinuousClock.now - start)
    }
    return latencies
  }

  private func median(_ latencies: [Duration]) -> Duration { latencies.sorted()[latencies.count / 2] }
}

/// A thread that attacks in rounds.
private final class Attacker: Sendable {
  private struct State {
    var outcomes: Set<Outcome> = []
    var failure: (any Error)?
    var isStopped = false
    var hasEnded = false
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  init(_ address: ListenAddress, _ attack: @escaping @Sendable (ListenAddress) throws -> Outcome) {
    Thread.detachNewThread { [self] in
      while !state.withLock({ $0.isStopped }) {
        do {
          let outcome = try attack(address)
          state.withLock { _ = $0.outcomes.insert(outcome) }
        } catch {
          state.withLock { state in
            state.failure = error
            state.isStopped = true
          }
        }
      }
      state.withLock { state in
        state.hasEnded = true
        return state.waiter
      }?.resume()
    }
  }

  /// Whether a round is over.
  var hasBeenRefused: Bool { state.withLock { !$0.outcomes.isEmpty || $0.hasEnded } }

  func stop() { state.withLock { $0.isStopped = true } }

  func ended() async throws -> Set<Outcome> {
    await withCheckedContinuation { continuation in
      let hasEnded = state.withLock { state in
        if !state.hasEnded { state.waiter = continuation }
        return state.hasEnded
      }
      if hasEnded { continuation.resume() }
    }
    let (outcomes, failure) = state.withLock { ($0.outcomes, $0.failure) }
    if let failure { throw failure }
    return outcomes
  }
}
