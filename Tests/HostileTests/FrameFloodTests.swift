import Testing

extension HostileTests {
  /// Floods of frames, each on a connection of its own, while an honest client goes on.
  @Suite struct FrameFloodTests {
    /// Far more than any limit lets pass.
    private static let rounds = 20_000
    private static let framesPerRound = 100

    /// Sends frames without end; what becomes of the connection.
    /// - Parameter isPaced: whether a peer waits for the answers of a round before the next.
    private static func flood(
      after greeting: [UInt8] = Frames.greeting, reads: Bool = true, acknowledges: Bool = true, isPaced: Bool = false,
      _ frames: @escaping @Sendable (_ number: Int) -> [UInt8]
    ) async throws -> Set<Outcome> {
      var outcomes: Set<Outcome> = []
      try await Siege.with { siege in
        outcomes = try await siege.outcomes { address in
          let peer = try HostilePeer(address)
          peer.acknowledges = acknowledges
          peer.reads = reads
          peer.send(greeting)
          for round in 0..<rounds {
            guard peer.send((round * framesPerRound..<(round + 1) * framesPerRound).flatMap(frames)) else { break }
            if isPaced { peer.awaitAnswer() }
          }
          peer.reads = true
          peer.read()
          return peer.outcome
        }
      }
      return outcomes
    }

    private static func stream(_ number: Int) -> UInt32 { UInt32(number * 2 + 1) }

    /// A peer that reads nothing may lose the GOAWAY when its connection is reset.
    private static let unread: Set<Outcome> = [.goaway(11), .closed]

    @Test func rapidResetsAreCalmed() async throws {
      let outcomes = try await Self.flood { number in
        Frames.call(stream: Self.stream(number), "EmptyCall") + Frames.reset(stream: Self.stream(number))
      }
      #expect(outcomes == [.goaway(11)])
    }

    /// The caller breaks a rule on the stream, so that it is the server that resets it, while the handler runs.
    @Test func resetsThatTheServerIsMadeToSendAreCalmed() async throws {
      let outcomes = try await Self.flood { number in
        Frames.call(stream: Self.stream(number), "EmptyCall")
          + Frames.frame(.windowUpdate, stream: Self.stream(number), [0x7f, 0xff, 0xff, 0xff])
      }
      #expect(outcomes == [.goaway(11)])
    }

    @Test func callsThatBreakTheRulesOfHTTPAreCalmed() async throws {
      let outcomes = try await Self.flood(isPaced: true) { number in
        Frames.frame(.headers, flags: Frames.endHeaders | Frames.endStream, stream: Self.stream(number), Frames.literal("grpc-status", "0"))
      }
      #expect(outcomes == [.goaway(11)])
    }

    /// The limit of streams binds once the caller has acknowledged it; this one never does, and reads no refusal.
    @Test func callsOverTheLimitWithoutAnAcknowledgementAreCalmed() async throws {
      let outcomes = try await Self.flood(reads: false, acknowledges: false) { number in
        Frames.request(stream: Self.stream(number), "StreamingInputCall", ends: false)
      }
      #expect(outcomes.isSubset(of: Self.unread), "\(outcomes)")
    }

    /// Those that came before the caller's acknowledgement are refused one by one, and calmed.
    @Test func callsOverTheLimitAreAnErrorOfTheConnection() async throws {
      let outcomes = try await Self.flood { number in Frames.request(stream: Self.stream(number), "StreamingInputCall", ends: false) }
      #expect(outcomes.isSubset(of: [.goaway(1), .goaway(11)]), "\(outcomes)")
    }

    @Test func continuationsWithoutEndAreCalmed() async throws {
      // An acknowledgement within the block would break another rule.
      let greeting = Frames.greeting + Frames.frame(.headers, stream: 1, Frames.block("EmptyCall"))
      let outcomes = try await Self.flood(after: greeting, acknowledges: false) { number in
        Frames.frame(.continuation, stream: 1, Frames.literal("x", "\(number)"))
      }
      #expect(outcomes == [.goaway(11)])
    }

    @Test(arguments: [
      Frames.settings, Frames.ping, Frames.frame(.priority, stream: 3, [0, 0, 0, 0, 1]), Frames.frame(.windowUpdate, [0, 0, 0, 1]),
      [0, 0, 0, 0xfa, 0, 0, 0, 0, 0],  // a type that nobody knows
    ])
    func framesWithoutEffectAreCalmed(_ frame: [UInt8]) async throws {
      #expect(try await Self.flood { _ in frame } == [.goaway(11)])
    }

    @Test(arguments: [Frames.settings, Frames.ping]) func framesWhoseAnswersAreNotReadAreCalmed(_ frame: [UInt8]) async throws {
      let outcomes = try await Self.flood(reads: false, acknowledges: false) { _ in frame }
      #expect(outcomes.isSubset(of: Self.unread), "\(outcomes)")
    }

    @Test func emptyDataIsCalmed() async throws {
      let outcomes = try await Self.flood(after: Frames.greeting + Frames.request(stream: 1, "StreamingInputCall", ends: false)) { _ in
        Frames.frame(.data, stream: 1)
      }
      #expect(outcomes == [.goaway(11)])
    }

    @Test func dataBehindTheEndOfAStreamEndsTheConnection() async throws {
      let outcomes = try await Self.flood { number in
        Frames.call(stream: Self.stream(number), "EmptyCall") + Frames.frame(.data, stream: Self.stream(number), [0])
      }
      #expect(outcomes == [.goaway(5)])
    }
  }
}
