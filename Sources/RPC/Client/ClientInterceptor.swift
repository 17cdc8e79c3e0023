/// Stands around every call of a channel: signing, logging, metrics, tracing.
///
/// The first in the list is the outermost. For a unary call `next` spans the whole call; for a streaming one it spans the opening.
public protocol ClientInterceptor: Sendable {
  func intercept<Reply: Sendable>(
    _ method: MethodDescriptor, _ options: CallOptions, next: @Sendable (CallOptions) async throws -> Reply
  ) async throws -> Reply
}

/// A channel with interceptors around it.
public struct InterceptedChannel: RPCChannel {
  private let channel: any RPCChannel
  private let interceptors: [any ClientInterceptor]

  public init(_ channel: any RPCChannel, interceptors: [any ClientInterceptor]) {
    self.channel = channel
    self.interceptors = interceptors
  }

  public func unary(_ method: MethodDescriptor, request: [UInt8], options: CallOptions) async throws -> RPCReply {
    try await run(from: 0, method, options) { try await channel.unary(method, request: request, options: $0) }
  }

  public func open(_ method: MethodDescriptor, options: CallOptions) async throws -> any RPCStream {
    try await run(from: 0, method, options) { try await channel.open(method, options: $0) }
  }

  public func close() async { await channel.close() }

  private func run<Reply: Sendable>(
    from index: Int, _ method: MethodDescriptor, _ options: CallOptions, _ call: @Sendable (CallOptions) async throws -> Reply
  ) async throws -> Reply {
    if index == interceptors.count { return try await call(options) }
    return try await withoutActuallyEscaping(call) { call in
      try await interceptors[index].intercept(method, options) { inner in
        try await run(from: index + 1, method, inner, call)
      }
    }
  }
}
