import Testing

extension HostileTests {
  /// Header blocks that cost more than they are worth, while an honest client goes on.
  @Suite struct HeaderTests {
    private static let callsAtOnce = 1000

    /// Makes calls until all of them are answered; how they ended.
    private static func outcomes(
      memoryMegabytes: Int = 64, _ makeCall: @escaping @Sendable (HostileCaller) throws -> HostileCaller.Call
    ) async throws -> Set<Outcome> {
      var outcomes: Set<Outcome> = []
      try await Siege.with { siege in
        outcomes = try await siege.outcomes(memoryMegabytes: memoryMegabytes) { address in
          let caller = try HostileCaller(address)
          let calls = try (0..<callsAtOnce / 10).map { _ in try makeCall(caller) }
          caller.converse { calls.allSatisfy(\.isClosed) }
          let all = Set(calls.map(\.outcome))
          return all.count == 1 ? all.first! : caller.peer.outcome
        }
      }
      return outcomes
    }

    @Test func headersOverTheLimitAreRefused() async throws {
      let long = String(repeating: "v", count: 20_000)
      #expect(try await Self.outcomes { try $0.call("EmptyCall", [("x-long", long)]) } == [.status(8)])
    }

    @Test func aPathOverTheLimitIsRefused() async throws {
      let path = "/" + String(repeating: "p", count: 20_000)
      #expect(try await Self.outcomes { try $0.call("", path: path) } == [.status(8)])
    }

    @Test func aLongPathIsAnUnknownMethod() async throws {
      let path = "/" + String(repeating: "p", count: 12_000)
      #expect(try await Self.outcomes { try $0.call("", path: path) } == [.status(12)])
    }

    @Test func anotherContentTypeIsRefused() async throws {
      #expect(try await Self.outcomes { try $0.call("EmptyCall", contentType: "application/json") } == [.http(415)])
    }

    @Test func trailersBeforeHeadersAreAnErrorOfTheirStream() async throws {
      let outcomes = try await Self.outcomes { caller in
        try caller.call { stream in
          Frames.frame(.headers, flags: Frames.endHeaders | Frames.endStream, stream: stream, Frames.literal("grpc-status", "0"))
        }
      }
      #expect(outcomes == [.reset(1)])
    }

    /// One entry of HPACK's table, named 2,000 times by a byte each: 8 MB of headers in one block.
    @Test func headersThatUnpackOverTheLimitAreRefused() async throws {
      let entry = Frames.indexed("x-bomb", String(repeating: "b", count: 3900))
      let outcomes = try await Self.outcomes { caller in
        try caller.call { stream in
          Frames.request(stream: stream, "EmptyCall", ends: true, entry + [UInt8](repeating: 0x80 | 62, count: 2_000))
        }
      }
      #expect(outcomes == [.status(8)])
    }

    /// The same within the limit, in as many calls as a connection may have: 30 bytes each that the server holds as 12 KiB until they end.
    @Test func headersThatUnpackWithinTheLimitAreHeldWithinBounds() async throws {
      try await Siege.with { siege in
        let outcomes = try await siege.outcomes { address in
          let caller = try HostileCaller(address)
          let entry = Frames.indexed("x-bomb", String(repeating: "b", count: 3900))
          for number in 0..<Self.callsAtOnce {
            let bomb = (number == 0 ? entry : []) + [UInt8](repeating: 0x80 | 62, count: 3)
            _ = try caller.call { stream in Frames.request(stream: stream, "StreamingInputCall", ends: false, bomb) }
          }
          return caller.peer.outcome
        }
        #expect(outcomes == [.stands])
      }
    }

    @Test func headersThatTrickleAreClosed() async throws {
      try await Siege.with(["--handshake-timeout", "1"]) { siege in
        let outcomes = try await siege.outcomes { address in
          let headers = Frames.request(stream: 1, "EmptyCall", ends: true)
          let peers = try (0..<100).map { _ in try HostilePeer(address) }
          for peer in peers { peer.send(Frames.greeting + headers.prefix(12)) }
          // Further bytes would come one by one; without them the connection looks no different after each.
          for peer in peers { peer.read() }
          return peers.allSatisfy { $0.outcome == .closed } ? .closed : .stands
        }
        #expect(outcomes == [.closed])
      }
    }
  }
}
