public import ProtobufC

/// One method as a server runs it: its name, where it runs, and the handler with the codec around it.
public struct RPCMethod: Sendable {
  /// What the runtime calls: bytes of messages in, framed messages out.
  package enum Handler: Sendable {
    case unary(@Sendable ([UInt8], ServerContext) async throws -> [UInt8])
    case serverStreaming(@Sendable ([UInt8], ServerContext, any MessageSink) async throws -> Void)
    case clientStreaming(@Sendable (any MessageSource, ServerContext) async throws -> [UInt8])
    case bidirectional(@Sendable (any MessageSource, ServerContext, any MessageSink) async throws -> Void)
  }

  public let descriptor: MethodDescriptor
  public let execution: MethodExecution
  package let handler: Handler

  package init(_ descriptor: MethodDescriptor, _ execution: MethodExecution, _ handler: Handler) {
    self.descriptor = descriptor
    self.execution = execution
    self.handler = handler
  }
}

// MARK: Typed methods, as generated code makes them

extension RPCMethod {
  /// A request longer than this many bytes is decoded off the event loop.
  package static let largestRequestDecodedOnLoop = 64 * 1024

  public static func unary<Request: ProtobufMessage, Reply: ProtobufMessage>(
    _ descriptor: MethodDescriptor, execution: MethodExecution = .onLoop,
    _ handler: @escaping @Sendable (Request, ServerContext) async throws -> Reply
  ) -> RPCMethod {
    RPCMethod(
      descriptor, execution,
      .unary { bytes, context in
        let request: Request = try await decode(bytes, execution)
        return CallCodec.frame(try await handler(request, context))
      })
  }

  public static func serverStreaming<Request: ProtobufMessage, Reply: ProtobufMessage>(
    _ descriptor: MethodDescriptor, execution: MethodExecution = .onLoop,
    _ handler: @escaping @Sendable (Request, ServerContext, ResponseStream<Reply>) async throws -> Void
  ) -> RPCMethod {
    RPCMethod(
      descriptor, execution,
      .serverStreaming { bytes, context, sink in
        let request: Request = try await decode(bytes, execution)
        try await handler(request, context, ResponseStream(sink: sink, frame: CallCodec.frame))
      })
  }

  public static func clientStreaming<Request: ProtobufMessage, Reply: ProtobufMessage>(
    _ descriptor: MethodDescriptor, execution: MethodExecution = .onLoop,
    _ handler: @escaping @Sendable (RequestStream<Request>, ServerContext) async throws -> Reply
  ) -> RPCMethod {
    RPCMethod(
      descriptor, execution,
      .clientStreaming { source, context in
        let requests = RequestStream<Request>(source: source, decode: CallCodec.decodeRequest)
        return CallCodec.frame(try await handler(requests, context))
      })
  }

  public static func bidirectional<Request: ProtobufMessage, Reply: ProtobufMessage>(
    _ descriptor: MethodDescriptor, execution: MethodExecution = .onLoop,
    _ handler: @escaping @Sendable (RequestStream<Request>, ServerContext, ResponseStream<Reply>) async throws -> Void
  ) -> RPCMethod {
    RPCMethod(
      descriptor, execution,
      .bidirectional { source, context, sink in
        let requests = RequestStream<Request>(source: source, decode: CallCodec.decodeRequest)
        try await handler(requests, context, ResponseStream(sink: sink, frame: CallCodec.frame))
      })
  }

  private static func decode<Request: ProtobufMessage>(_ bytes: [UInt8], _ execution: MethodExecution) async throws -> Request {
    guard bytes.count > largestRequestDecodedOnLoop, execution == .onLoop else { return try CallCodec.decodeRequest(bytes) }
    return try await withTaskExecutorPreference(globalConcurrentExecutor) { try CallCodec.decodeRequest(bytes) }
  }
}

// MARK: Raw methods, for a proxy that passes messages on unread

extension RPCMethod {
  public static func rawUnary(
    _ descriptor: MethodDescriptor, execution: MethodExecution = .onLoop,
    _ handler: @escaping @Sendable ([UInt8], ServerContext) async throws -> [UInt8]
  ) -> RPCMethod {
    RPCMethod(descriptor, execution, .unary { bytes, context in MessageFrame.frame(try await handler(bytes, context)) })
  }

  public static func rawServerStreaming(
    _ descriptor: MethodDescriptor, execution: MethodExecution = .onLoop,
    _ handler: @escaping @Sendable ([UInt8], ServerContext, ResponseStream<[UInt8]>) async throws -> Void
  ) -> RPCMethod {
    RPCMethod(
      descriptor, execution,
      .serverStreaming { bytes, context, sink in
        try await handler(bytes, context, ResponseStream(sink: sink, frame: MessageFrame.frame))
      })
  }
}
