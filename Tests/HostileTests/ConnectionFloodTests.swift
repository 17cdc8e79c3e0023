import Foundation
import RPCTransport
import Testing

extension HostileTests {
  /// More connections than a server wants, and connections that say nothing, while an honest client goes on.
  @Suite struct ConnectionFloodTests {
    private static let honestTLS = ClientTLS(
      authorityPath: AttackedServer.certificates.appendingPathComponent("authority.pem").path, serverName: "localhost")

    /// Connects so many times, says the beginning on each, and waits until the server has closed them all.
    private static func waitForTheEnd(_ count: Int, _ address: ListenAddress, _ beginnings: [[UInt8]]) throws -> Outcome {
      let peers = try (0..<count).map { _ in try HostilePeer(address) }
      for (number, peer) in peers.enumerated() { peer.send(beginnings[number % beginnings.count]) }
      for peer in peers { peer.read() }
      return .closed
    }

    @Test func halfOpenConnectionsAreClosed() async throws {
      try await Siege.with(["--handshake-timeout", "1"]) { siege in
        let outcomes = try await siege.outcomes { address in
          try Self.waitForTheEnd(300, address, [[], Array(Frames.preface.prefix(10)), Frames.preface, Frames.preface + [0, 0, 0]])
        }
        #expect(outcomes == [.closed])
      }
    }

    @Test func halfOpenConnectionsAreClosedInTLS() async throws {
      try await Siege.with(["--handshake-timeout", "1"] + AttackedServer.tls) { siege in
        // The beginning of a record that holds the beginning of a ClientHello, and what is no TLS.
        let beginnings: [[UInt8]] = [[], [0x16], [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3], Frames.greeting]
        let outcomes = try await siege.outcomes(tls: Self.honestTLS) { address in try Self.waitForTheEnd(100, address, beginnings) }
        #expect(outcomes == [.closed])
      }
    }

    @Test func connectionsPastTheLimitAreClosedAndTheOthersGoOn() async throws {
      try await Siege.with(["--connection-limit", "100"]) { siege in
        let outcomes = try await siege.outcomes { address in
          let peers = try (0..<400).map { _ in try HostilePeer(address) }
          for peer in peers { peer.send(Frames.greeting) }
          // Which ones get a place is open: those of an earlier round leave theirs meanwhile. No more than a hundred get one, ever.
          for _ in 0..<6000 where peers.count(where: \.isClosed) < 300 {
            for peer in peers where !peer.isClosed { peer.readWhatIsThere() }
            usleep(10_000)
          }
          return peers.count(where: \.isClosed) >= 300 ? .closed : .stands
        }
        #expect(outcomes == [.closed])
      }
    }

    /// The process has no descriptor left to accept with: it must neither spin nor forget its listener.
    @Test func connectionsPastTheDescriptorsCostNoTime() async throws {
      try await Siege.with(descriptors: 100) { siege in
        let channel = try siege.honestChannel()
        _ = try await siege.latencies(channel) { $0 < 20 }
        do {
          let peers = try (0..<300).map { _ in try HostilePeer(siege.server.address) }
          _ = try await siege.latencies(channel) { $0 < 20 }
          let (began, computed) = (ContinuousClock.now, try siege.server.processorTime())
          try await Task.sleep(for: .seconds(2))
          let share = (try siege.server.processorTime() - computed) / (ContinuousClock.now - began)
          #expect(share < 0.3)
          #expect(!peers.isEmpty)
        }
        let late = try siege.honestChannel()
        _ = try await siege.latencies(late) { $0 < 20 }
        await late.close()
        await channel.close()
      }
    }
  }
}
