import RPC
import Synchronization

/// Passes every call on, and remembers how long each was given.
final class DeadlineRecorder: RPCChannel {
  private let channel: any RPCChannel
  private let recorded = Mutex<[String: [Duration]]>([:])

  init(_ channel: any RPCChannel) { self.channel = channel }

  func timeouts(of method: MethodDescriptor) -> [Duration] { recorded.withLock { $0[method.path] ?? [] } }

  func unary(_ method: MethodDescriptor, request: [UInt8], options: CallOptions) async throws -> RPCReply {
    if let timeout = options.timeout { recorded.withLock { $0[method.path, default: []].append(timeout) } }
    return try await channel.unary(method, request: request, options: options)
  }

  func open(_ method: MethodDescriptor, options: CallOptions) async throws -> any RPCStream {
    try await channel.open(method, options: options)
  }

  func close() async { await channel.close() }
}
