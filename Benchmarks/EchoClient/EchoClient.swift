internal import ArgumentParser
internal import Echo
internal import RPC
internal import RPCTransport

/// Calls `bench.Echo/Unary` on 127.0.0.1 and says what that cost this process, as one line of JSON.
@main struct EchoClient: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "echo-client", abstract: "Measures the client of the RPC runtime; make bench-rpc runs it against echo-server.")

  @Argument(help: "The port of an echo server on 127.0.0.1.") var port: Int
  @Option(help: "Connections, each a channel of its own.") var connections = 10
  @Option(help: "Calls under way at once on each connection.") var streams = 32
  @Option(help: "Calls that are measured.") var calls = 100_000
  @Option(help: "Calls made before.") var warmUp = 2_000
  @Flag(help: "Call from the event loop's own tasks, as a service's handler does, and not from the global pool's.") var onLoop = false

  func validate() throws {
    guard connections > 0, streams > 0, calls > 0, warmUp >= 0 else { throw ValidationError("every number must be positive") }
  }

  func run() async throws {
    let loops = EventLoops(count: 1)
    let channels = try (0..<connections).map { _ in
      try NetworkChannel(ChannelConfiguration(addresses: [ListenAddress(host: "127.0.0.1", port: port)], loops: loops))
    }
    let warmUp = Load(channels: channels, streams: streams, calls: warmUp)
    let load = Load(channels: channels, streams: streams, calls: calls)
    if onLoop {
      try await OnLoop.run(on: loops) { try await measure(load, after: warmUp) }
    } else {
      try await measure(load, after: warmUp)
    }
    for channel in channels { await channel.close() }
    try await loops.shutDown()
  }

  private func measure(_ load: Load, after warmUp: Load) async throws {
    _ = try await warmUp.run()
    let spentBefore = Report.processorNanosecondsSpent()
    let start = ContinuousClock.now
    let latencies = try await load.run()
    let duration = start.duration(to: .now)
    print(Report(latencies: latencies, duration: duration, processorNanoseconds: Report.processorNanosecondsSpent() - spentBefore).json)
  }
}
