internal import RPC
internal import RPCTransport

/// Runs work where a service's handlers run: on the event loop, by a call to a server within this process.
enum OnLoop {
  static func run(on loops: EventLoops, _ work: @escaping @Sendable () async throws -> Void) async throws {
    let method = MethodDescriptor(service: "bench.Driver", method: "Run", kind: .unary)
    let channel = InProcessChannel(
      services: [Driver(method: method, work: work)], configuration: RPCServerConfiguration(loops: loops))
    _ = try await channel.unary(method, request: [], options: CallOptions())
    await channel.close()
  }

  private struct Driver: RPCService {
    static let serviceName = "bench.Driver"
    let method: MethodDescriptor
    let work: @Sendable () async throws -> Void

    var methods: [RPCMethod] {
      [
        .rawUnary(method) { _, _ in
          try await work()
          return []
        }
      ]
    }
  }
}
