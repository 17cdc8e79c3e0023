public import RPC
import Synchronization

/// Passes every call on and remembers the unary ones: which method, which bytes, which metadata, what came back.
public final class RecordingChannel: RPCChannel {
  public struct Call: Sendable {
    public let method: MethodDescriptor
    public let request: [UInt8]
    public let metadata: Metadata
    /// The reply's message; nil when the call failed.
    public let reply: [UInt8]?
    public let error: RPCError?
  }

  private let channel: any RPCChannel
  private let recorded = Mutex<[Call]>([])

  public init(_ channel: any RPCChannel) { self.channel = channel }

  /// In the order in which they ended.
  public var calls: [Call] { recorded.withLock(\.self) }

  public func calls(of method: MethodDescriptor) -> [Call] { calls.filter { $0.method == method } }

  public func unary(_ method: MethodDescriptor, request: [UInt8], options: CallOptions) async throws -> RPCReply {
    do {
      let reply = try await channel.unary(method, request: request, options: options)
      record(Call(method: method, request: request, metadata: options.metadata, reply: reply.message, error: nil))
      return reply
    } catch {
      record(Call(method: method, request: request, metadata: options.metadata, reply: nil, error: error as? RPCError))
      throw error
    }
  }

  public func open(_ method: MethodDescriptor, options: CallOptions) async throws -> any RPCStream {
    try await channel.open(method, options: options)
  }

  public func close() async { await channel.close() }

  private func record(_ call: Call) { recorded.withLock { $0.append(call) } }
}
