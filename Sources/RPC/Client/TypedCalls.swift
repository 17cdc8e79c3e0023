public import ProtobufC

// Typed calls over a channel's bytes: what a generated client stub needs, so that each of its methods is one line.

extension RPCChannel {
  public func unary<Request: ProtobufMessage, Reply: ProtobufMessage>(
    _ method: MethodDescriptor, _ request: Request, options: CallOptions
  ) async throws -> Reply {
    let reply = try await unary(method, request: request.encoded(), options: options)
    return try CallCodec.decodeReply(reply.message)
  }

  public func serverStreaming<Request: ProtobufMessage, Reply: ProtobufMessage>(
    _ method: MethodDescriptor, _ request: Request, options: CallOptions
  ) async throws -> ReplyStream<Reply> {
    let stream = try await open(method, options: options)
    try await stream.send(request.encoded())
    try await stream.finish()
    return ReplyStream(stream)
  }

  /// For client-streaming and bidirectional methods.
  public func streaming<Request: ProtobufMessage, Reply: ProtobufMessage>(
    _ method: MethodDescriptor, options: CallOptions
  ) async throws -> ClientStream<Request, Reply> {
    ClientStream(try await open(method, options: options))
  }
}

/// The replies of a server-streaming call. One iteration by one task; leaving it early and dropping the value cancels the call.
public struct ReplyStream<Reply: ProtobufMessage>: Sendable, AsyncSequence {
  private let stream: any RPCStream

  public init(_ stream: any RPCStream) { self.stream = stream }

  /// What the server sent ahead of its first message.
  public var metadata: Metadata { get async throws { try await stream.metadata() } }

  /// What the server sent with its status; empty before the end.
  public var trailers: Metadata { stream.trailers }

  /// Whether the latest reply came compressed.
  public var replyIsCompressed: Bool { stream.replyIsCompressed }

  public func cancel() { stream.cancel() }

  public func makeAsyncIterator() -> Iterator { Iterator(stream: stream) }

  public struct Iterator: AsyncIteratorProtocol {
    fileprivate let stream: any RPCStream

    public mutating func next() async throws -> Reply? {
      guard let bytes = try await stream.next() else { return nil }
      return try CallCodec.decodeReply(bytes)
    }
  }
}

/// A client-streaming or bidirectional call.
public struct ClientStream<Request: ProtobufMessage, Reply: ProtobufMessage>: Sendable {
  private let stream: any RPCStream

  public init(_ stream: any RPCStream) { self.stream = stream }

  /// - Parameter compress: whether this message is compressed, given that the call's options say how.
  public func send(_ request: Request, compress: Bool = true) async throws {
    try await stream.send(request.encoded(), compress: compress)
  }

  /// No more requests follow.
  public func finish() async throws { try await stream.finish() }

  public var replies: ReplyStream<Reply> { ReplyStream(stream) }

  /// Half-closes and waits for the single reply of a client-streaming call.
  public func reply() async throws -> Reply {
    try await stream.finish()
    guard let bytes = try await stream.next() else {
      throw RPCError(.internalError, "The call ended with OK but without a reply.")
    }
    guard try await stream.next() == nil else {
      throw RPCError(.internalError, "The call gave more than one reply.")
    }
    return try CallCodec.decodeReply(bytes)
  }

  public func cancel() { stream.cancel() }
}
