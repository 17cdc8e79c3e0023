public import RPC

/// A service that takes `delay` before it sees a call; a deadline that passes meanwhile ends the call, unsent.
public struct SlowChannel: RPCChannel {
  private let channel: any RPCChannel
  private let delay: Duration

  public init(_ channel: any RPCChannel, delay: Duration) {
    self.channel = channel
    self.delay = delay
  }

  public func unary(_ method: MethodDescriptor, request: [UInt8], options: CallOptions) async throws -> RPCReply {
    try await wait(options)
    return try await channel.unary(method, request: request, options: options)
  }

  public func open(_ method: MethodDescriptor, options: CallOptions) async throws -> any RPCStream {
    try await wait(options)
    return try await channel.open(method, options: options)
  }

  public func close() async { await channel.close() }

  private func wait(_ options: CallOptions) async throws {
    let left = [options.timeout, options.deadline?.remaining].compactMap(\.self).min()
    guard let left, left < delay else { return try await Task.sleep(for: delay) }
    try await Task.sleep(for: left)
    throw RPCError(.deadlineExceeded, "the deadline passed")
  }
}
