import RPC
import ServiceTesting
import Synchronization

@testable import ServiceKit

/// A channel whose streams break after a number of replies drawn at random, and repeat some of them; or say nothing at all.
final class FaultyChannel: RPCChannel {
  private let channel: any RPCChannel
  private let cutting: ClosedRange<Int>?
  private let random: Mutex<SplitMix64>
  private let silent = Atomic(false)
  private let opened = Atomic(0)

  /// - Parameter cutting: After how many replies a stream breaks; nil for never.
  init(_ channel: any RPCChannel, seed: UInt64, cutting: ClosedRange<Int>?) {
    self.channel = channel
    self.cutting = cutting
    random = Mutex(SplitMix64(seed: seed))
  }

  var openedStreams: Int { opened.load(ordering: .relaxed) }

  func falls(silent isSilent: Bool) { silent.store(isSilent, ordering: .relaxed) }

  func unary(_ method: MethodDescriptor, request: [UInt8], options: CallOptions) async throws -> RPCReply {
    try await channel.unary(method, request: request, options: options)
  }

  func open(_ method: MethodDescriptor, options: CallOptions) async throws -> any RPCStream {
    opened.add(1, ordering: .relaxed)
    if silent.load(ordering: .relaxed) { return SilentStream(patience: options.timeout ?? .seconds(3_600)) }
    let stream = try await channel.open(method, options: options)
    guard let cutting else { return stream }
    return random.withLock { random in
      FaultyStream(stream, replies: Int.random(in: cutting, using: &random), seed: random.next())
    }
  }

  func close() async { await channel.close() }
}

private final class FaultyStream: RPCStream {
  private struct State {
    var left: Int
    var random: SplitMix64
    var latest: [UInt8]?
  }

  private let stream: any RPCStream
  private let state: Mutex<State>

  init(_ stream: any RPCStream, replies: Int, seed: UInt64) {
    self.stream = stream
    state = Mutex(State(left: replies, random: SplitMix64(seed: seed)))
  }

  func next() async throws -> [UInt8]? {
    let (isCut, repeated) = state.withLock { state in
      state.left -= 1
      return (state.left < 0, Int.random(in: 0..<8, using: &state.random) == 0 ? state.latest : nil)
    }
    if isCut {
      stream.cancel()
      throw RPCError(.unavailable, "the stream was cut")
    }
    if let repeated { return repeated }
    let reply = try await stream.next()
    state.withLock { $0.latest = reply }
    return reply
  }

  func send(_ message: [UInt8], compress: Bool) async throws { try await stream.send(message, compress: compress) }
  func finish() async throws { try await stream.finish() }
  func metadata() async throws -> Metadata { try await stream.metadata() }
  var trailers: Metadata { stream.trailers }
  var replyIsCompressed: Bool { stream.replyIsCompressed }
  func cancel() { stream.cancel() }
}

/// Takes everything and never answers, as a peer behind a dead connection does.
private final class SilentStream: RPCStream {
  private let patience: Duration

  init(patience: Duration) { self.patience = patience }

  func send(_ message: [UInt8], compress: Bool) async throws {}
  func finish() async throws {}
  func next() async throws -> [UInt8]? {
    try await Task.sleep(for: patience)
    throw RPCError(.deadlineExceeded, "nothing came")
  }
  func metadata() async throws -> Metadata { Metadata() }
  var trailers: Metadata { Metadata() }
  var replyIsCompressed: Bool { false }
  func cancel() {}
}
