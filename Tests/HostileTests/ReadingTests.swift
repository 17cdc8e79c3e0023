import Testing

extension HostileTests {
  /// Callers that ask for much and take little, while an honest client goes on.
  @Suite struct ReadingTests {
    private static let callsAtOnce = 400

    private static let largeReply = TestRequest.unary(replyBytes: 1_000_000)
    private static let endlessReplies = TestRequest.streaming(replies: 1000, replyBytes: 100_000)

    /// 400 MB of replies that no window lets go: beyond what a connection may have waiting, the call is refused.
    @Test func repliesToAZeroWindowAreRefusedBeyondTheirLimit() async throws {
      try await Siege.with { siege in
        let outcomes = try await siege.outcomes(memoryMegabytes: 256) { address in
          let caller = try HostileCaller(address, streamWindowBytes: 0)
          let calls = try (0..<Self.callsAtOnce).map { _ in try caller.call("UnaryCall", body: Self.largeReply) }
          caller.converse { calls.filter(\.isClosed).count > Self.callsAtOnce / 2 }
          return calls.first(where: \.isClosed)?.outcome ?? caller.peer.outcome
        }
        #expect(outcomes == [.status(8)])
      }
    }

    /// The windows are wide open, but nothing is read from the socket.
    @Test func repliesToAPeerThatReadsNothingAreRefusedBeyondTheirLimit() async throws {
      try await Siege.with { siege in
        let outcomes = try await siege.outcomes(memoryMegabytes: 256) { address in
          let peer = try HostilePeer(address)
          peer.reads = false
          let settings = Frames.frame(.settings, [0, 4, 0x7f, 0xff, 0xff, 0xff])
          peer.send(Frames.preface + settings + Frames.frame(.windowUpdate, [0x7f, 0, 0, 0]))
          for number in 0..<Self.callsAtOnce {
            peer.send(Frames.call(stream: UInt32(number * 2 + 1), "UnaryCall", Array(Self.largeReply.dropFirst(5))))
          }
          // Reads at last, to see that the server has read everything.
          peer.reads = true
          peer.awaitAnswer()
          return peer.outcome
        }
        #expect(outcomes == [.stands])
      }
    }

    /// Each handler has some of its replies under way and waits with the next: that is a reader's right.
    @Test func aSlowReaderStopsTheHandlersThatWriteToIt() async throws {
      try await Siege.with { siege in
        let outcomes = try await siege.outcomes(memoryMegabytes: 256) { address in
          let caller = try HostileCaller(address, streamWindowBytes: 100)
          let calls = try (0..<Self.callsAtOnce / 2).map { _ in try caller.call("StreamingOutputCall", body: Self.endlessReplies) }
          caller.converse { calls.allSatisfy { $0.receivedBytes > 1000 } }
          return caller.peer.outcome
        }
        #expect(outcomes == [.stands])
      }
    }
  }
}
