public import RPC

/// A service that is down: every call fails with UNAVAILABLE before it is sent.
public struct UnavailableChannel: RPCChannel {
  public init() {}

  public func unary(_ method: MethodDescriptor, request: [UInt8], options: CallOptions) async throws -> RPCReply {
    throw RPCError(.unavailable, "connection refused")
  }

  public func open(_ method: MethodDescriptor, options: CallOptions) async throws -> any RPCStream {
    throw RPCError(.unavailable, "connection refused")
  }

  public func close() async {}
}
