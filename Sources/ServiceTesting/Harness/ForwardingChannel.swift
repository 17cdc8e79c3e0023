import RPC
import Synchronization

/// A channel whose other end may go away and come back: what lets a test restart a service under its callers.
final class ForwardingChannel: RPCChannel {
  private let target = Mutex<(any RPCChannel)?>(nil)

  func forward(to channel: any RPCChannel) { target.withLock { $0 = channel } }

  /// Lets calls under way finish; later ones fail as UNAVAILABLE.
  func disconnect() async {
    let channel = target.withLock { target in
      defer { target = nil }
      return target
    }
    await channel?.close()
  }

  func unary(_ method: MethodDescriptor, request: [UInt8], options: CallOptions) async throws -> RPCReply {
    try await current().unary(method, request: request, options: options)
  }

  func open(_ method: MethodDescriptor, options: CallOptions) async throws -> any RPCStream {
    try await current().open(method, options: options)
  }

  /// The service ends the connection, not its callers.
  func close() async {}

  private func current() throws -> any RPCChannel {
    guard let channel = target.withLock(\.self) else { throw RPCError(.unavailable, "the service is stopped") }
    return channel
  }
}
