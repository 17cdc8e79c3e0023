internal import Echo
internal import RPC
internal import RPCTransport

/// A number of calls, spread evenly over callers that each make one after the other.
struct Load: Sendable {
  let channels: [NetworkChannel]
  /// Callers on each channel.
  let streams: Int
  let calls: Int

  struct WrongReply: Error {}

  /// - Returns: how long each call took, in nanoseconds, in no order.
  func run() async throws -> [Int64] {
    let callers = channels.count * streams
    return try await withThrowingTaskGroup(of: [Int64].self) { group in
      for caller in 0..<callers {
        let share = calls / callers + (caller < calls % callers ? 1 : 0)
        group.addTask { try await Load.call(channels[caller % channels.count], times: share) }
      }
      var latencies: [Int64] = []
      latencies.reserveCapacity(calls)
      for try await some in group { latencies.append(contentsOf: some) }
      return latencies
    }
  }

  private static func call(_ channel: NetworkChannel, times: Int) async throws -> [Int64] {
    // Of the size that the servers' benchmarks send: 100 bytes.
    let request = EchoMessage(id: "order-0123456789", amount: 12345, payload: [UInt8](repeating: 120, count: 76))
    var latencies: [Int64] = []
    latencies.reserveCapacity(times)
    for _ in 0..<times {
      let start = ContinuousClock.now
      let reply: EchoMessage = try await channel.unary(EchoService.unary, request, options: CallOptions())
      let duration = start.duration(to: .now).components
      guard reply.payload.count == request.payload.count else { throw WrongReply() }
      latencies.append(duration.seconds * 1_000_000_000 + duration.attoseconds / 1_000_000_000)
    }
    return latencies
  }
}
