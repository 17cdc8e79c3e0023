public import ProtobufC

/// One method as a server runs it: its name, where it runs, and the handler with the codec around it.
public struct RPCMethod: Sendable {
  /// What the runtime calls. The request is the call's own: in it for a single one, behind its exchange for a stream.
  @usableFromInline package typealias Handler = @Sendable (ServerContext) async throws -> ServerReply

  public let descriptor: MethodDescriptor
  public let execution: MethodExecution
  package let handler: Handler

  @usableFromInline package init(_ descriptor: MethodDescriptor, _ execution: MethodExecution, _ handler: @escaping Handler) {
    self.descriptor = descriptor
    self.execution = execution
    self.handler = handler
  }
}

/// What a call's handler gave back, as interceptors pass it on: the framed message of a single reply, nothing for a stream.
public struct ServerReply: Sendable {
  package let frame: [UInt8]?

  @usableFromInline package init(frame: [UInt8]?) { self.frame = frame }

  @usableFromInline package static let streamed = ServerReply(frame: nil)
}

// MARK: Typed methods, as generated code makes them

extension RPCMethod {
  /// A request longer than this many bytes is decoded off the event loop.
  @usableFromInline package static let largestRequestDecodedOnLoop = 64 * 1024

  @inlinable
  public static func unary<Request: ProtobufMessage, Reply: ProtobufMessage>(
    _ descriptor: MethodDescriptor, execution: MethodExecution = .onLoop,
    _ handler: @escaping @Sendable (Request, ServerContext) async throws -> Reply
  ) -> RPCMethod {
    RPCMethod(descriptor, execution) { context in
      let message = context.call.request
      // The usual request is decoded here and now; one that is inflated or large costs an asynchronous call more.
      let request: Request =
        isPlain(message, execution) ? try CallCodec.decodeRequest(message.bytes) : try await decode(message, context.call, execution)
      return ServerReply(frame: CallCodec.frame(try await handler(request, context)))
    }
  }

  @inlinable
  public static func serverStreaming<Request: ProtobufMessage, Reply: ProtobufMessage>(
    _ descriptor: MethodDescriptor, execution: MethodExecution = .onLoop,
    _ handler: @escaping @Sendable (Request, ServerContext, ResponseStream<Reply>) async throws -> Void
  ) -> RPCMethod {
    RPCMethod(descriptor, execution) { context in
      let request: Request = try await decode(context.call.request, context.call, execution)
      try await handler(request, context, ResponseStream(sink: context.call.requiredExchange, frame: CallCodec.frame))
      return .streamed
    }
  }

  @inlinable
  public static func clientStreaming<Request: ProtobufMessage, Reply: ProtobufMessage>(
    _ descriptor: MethodDescriptor, execution: MethodExecution = .onLoop,
    _ handler: @escaping @Sendable (RequestStream<Request>, ServerContext) async throws -> Reply
  ) -> RPCMethod {
    RPCMethod(descriptor, execution) { context in
      let requests = RequestStream<Request>(source: context.call.requiredExchange, decode: CallCodec.decodeRequest)
      return ServerReply(frame: CallCodec.frame(try await handler(requests, context)))
    }
  }

  @inlinable
  public static func bidirectional<Request: ProtobufMessage, Reply: ProtobufMessage>(
    _ descriptor: MethodDescriptor, execution: MethodExecution = .onLoop,
    _ handler: @escaping @Sendable (RequestStream<Request>, ServerContext, ResponseStream<Reply>) async throws -> Void
  ) -> RPCMethod {
    RPCMethod(descriptor, execution) { context in
      let exchange = context.call.requiredExchange
      let requests = RequestStream<Request>(source: exchange, decode: CallCodec.decodeRequest)
      try await handler(requests, context, ResponseStream(sink: exchange, frame: CallCodec.frame))
      return .streamed
    }
  }

  @inlinable
  static func isPlain(_ message: WireMessage, _ execution: MethodExecution) -> Bool {
    !message.isCompressed && (message.bytes.count <= largestRequestDecodedOnLoop || execution == .offLoop)
  }

  @inlinable
  static func decode<Request: ProtobufMessage>(
    _ message: WireMessage, _ call: ServerCall, _ execution: MethodExecution
  ) async throws -> Request {
    let bytes = message.isCompressed ? try await call.unpack(message) : message.bytes
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
    RPCMethod(descriptor, execution) { context in
      let bytes = try await context.call.unpack(context.call.request)
      return ServerReply(frame: MessageFrame.frame(try await handler(bytes, context)))
    }
  }

  public static func rawServerStreaming(
    _ descriptor: MethodDescriptor, execution: MethodExecution = .onLoop,
    _ handler: @escaping @Sendable ([UInt8], ServerContext, ResponseStream<[UInt8]>) async throws -> Void
  ) -> RPCMethod {
    RPCMethod(descriptor, execution) { context in
      let bytes = try await context.call.unpack(context.call.request)
      try await handler(bytes, context, ResponseStream(sink: context.call.requiredExchange, frame: MessageFrame.frame))
      return .streamed
    }
  }
}

extension ServerCall {
  /// - Precondition: the method streams.
  @usableFromInline var requiredExchange: any MessageExchange {
    guard let exchange else { preconditionFailure("\(method.path) streams, and its call has no exchange") }
    return exchange
  }
}
