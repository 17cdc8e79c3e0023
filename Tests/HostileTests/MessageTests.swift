import RPC
import Testing

extension HostileTests {
  /// Messages that cost more than they are worth, while an honest client goes on.
  @Suite struct MessageTests {
    private static func compressed(_ message: some Sequence<UInt8>) -> [UInt8] {
      let packed = Array(message).withUnsafeBytes { Gzip.deflate($0) }
      return Frames.prefix(packed.count, isCompressed: true) + packed
    }

    private static let gzip = [("grpc-encoding", "gzip")]
    private static let callsAtOnce = 1000

    @Test func aLengthThatLiesIsRefused() async throws {
      try await Siege.with { siege in
        let outcomes = try await siege.outcomes { address in
          let caller = try HostileCaller(address)
          let calls = try (0..<100).map { _ in try caller.call("UnaryCall", body: Frames.prefix(Int(UInt32.max)), ends: false) }
          caller.converse { calls.allSatisfy(\.isClosed) }
          return calls.allSatisfy { $0.outcome == .status(8) } ? .status(8) : caller.peer.outcome
        }
        #expect(outcomes == [.status(8)])
      }
    }

    /// Half messages of 200 KB, 200 MB in all; 64 MiB of them may be pending on a connection.
    @Test(arguments: ["UnaryCall", "StreamingInputCall"]) func halfMessagesAreRefusedBeyondTheirLimit(_ method: String) async throws {
      try await Siege.with { siege in
        let half = Frames.prefix(4_000_000) + [UInt8](repeating: 0, count: 200_000)
        let outcomes = try await siege.outcomes(memoryMegabytes: 256) { address in
          let caller = try HostileCaller(address)
          let calls = try (0..<Self.callsAtOnce).map { _ in try caller.call(method, body: half, ends: false) }
          caller.converse { calls.contains { $0.isClosed } }
          return calls.first { $0.isClosed }?.outcome ?? caller.peer.outcome
        }
        #expect(outcomes == [.status(8)])
      }
    }

    @Test func gzipThatInflatesOverTheLimitIsRefused() async throws {
      let bomb = Self.compressed([UInt8](repeating: 0, count: 256 * 1024 * 1024))
      try await Siege.with { siege in
        let outcomes = try await siege.outcomes { address in
          let caller = try HostileCaller(address)
          let calls = try (0..<20).map { _ in try caller.call("UnaryCall", body: bomb, Self.gzip) }
          caller.converse { calls.allSatisfy(\.isClosed) }
          return calls.allSatisfy { $0.outcome == .status(8) } ? .status(8) : caller.peer.outcome
        }
        #expect(outcomes == [.status(8)])
      }
    }

    /// 4 KB each that inflate to just under the limit of a message, in calls whose handlers do not return: a gigabyte if all were taken.
    @Test func gzipThatInflatesWithinTheLimitIsRefusedBeyondWhatAConnectionMayHold() async throws {
      let bomb = Self.compressed(TestRequest.sleeping(payloadBytes: 4_000_000).dropFirst(MessageFrame.prefixLength))
      try await Siege.with { siege in
        // What is inflated is held twice, as bytes and as the handler's message.
        let outcomes = try await siege.outcomes(memoryMegabytes: 256) { address in
          let caller = try HostileCaller(address)
          let calls = try (0..<Self.callsAtOnce / 4).map { _ in try caller.call("StreamingOutputCall", body: bomb, Self.gzip) }
          caller.converse { calls.filter { $0.outcome == .status(8) }.count > Self.callsAtOnce / 8 }
          return calls.contains { $0.outcome == .status(8) } ? .status(8) : caller.peer.outcome
        }
        #expect(outcomes == [.status(8)])
      }
    }

    /// A million messages of nothing, five bytes each, are a call like any other.
    @Test func aMillionEmptyMessagesHoldUpNobody() async throws {
      try await Siege.with { siege in
        let outcomes = try await siege.outcomes { address in
          let caller = try HostileCaller(address)
          let call = try caller.call("StreamingInputCall", ends: false)
          caller.pour([UInt8](repeating: 0, count: 50_000), into: call, pieces: 100)
          caller.session.end(call)
          caller.converse { call.isClosed }
          return call.outcome
        }
        #expect(outcomes == [.status(0)])
      }
    }

    /// The handler waits for a reader that never comes; behind it the caller fills every window with the smallest messages that have a body.
    @Test func tinyMessagesThatNobodyTakesAreHeldWithinBounds() async throws {
      let first = TestRequest.streaming(replies: 1, replyBytes: 1_000_000)
      let tiny = [[UInt8]](repeating: [0, 0, 0, 0, 1, 0], count: 100_000).flatMap(\.self)
      try await Siege.with { siege in
        let outcomes = try await siege.outcomes { address in
          let caller = try HostileCaller(address, streamWindowBytes: 0)
          for _ in 0..<8 { _ = try caller.call("FullDuplexCall", body: first + tiny, ends: false) }
          // An answered call shows that the server has read what came before.
          let last = try caller.call("NoSuchMethod")
          caller.converse { last.isClosed }
          return caller.peer.outcome
        }
        #expect(outcomes == [.stands])
      }
    }
  }
}
