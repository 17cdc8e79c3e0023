/// Carries calls to a service: over the network, within the process, or through interceptors around another channel.
///
/// Thread-safe; shared by all callers. Every failure is thrown as an `RPCError`. Cancelling the calling task cancels the call.
public protocol RPCChannel: Sendable {
  /// One message to, one message back.
  /// - Parameter request: the message's bytes, unframed.
  func unary(_ method: MethodDescriptor, request: [UInt8], options: CallOptions) async throws -> RPCReply

  /// Opens a call of any kind whose messages the caller sends and receives one by one.
  func open(_ method: MethodDescriptor, options: CallOptions) async throws -> any RPCStream

  /// Refuses new calls, lets those under way finish, closes the connections.
  func close() async
}

/// The answer to a unary call.
public struct RPCReply: Sendable {
  /// The message's bytes, unframed.
  public var message: [UInt8]
  public var metadata: Metadata
  public var trailers: Metadata
  /// Whether the message came compressed.
  public var isCompressed: Bool

  public init(message: [UInt8], metadata: Metadata = Metadata(), trailers: Metadata = Metadata(), isCompressed: Bool = false) {
    self.message = message
    self.metadata = metadata
    self.trailers = trailers
    self.isCompressed = isCompressed
  }
}

/// One open call of a client: `send` any number of times, `finish`, and ask for `next` until nil.
///
/// One task may send while another receives. Releasing the last reference, or cancelling a task that waits in it, cancels the call.
public protocol RPCStream: AnyObject, Sendable {
  /// Waits while the stream's outbound buffer is full.
  /// - Parameter compress: whether this message is compressed, given that the call's options say how.
  func send(_ message: [UInt8], compress: Bool) async throws
  /// No more messages follow from this side.
  func finish() async throws
  /// The next reply, nil when the call ended with OK; throws the status otherwise.
  func next() async throws -> [UInt8]?
  /// What the server sent ahead of its first message; waits for it.
  func metadata() async throws -> Metadata
  /// What the server sent with its status; empty before the end.
  var trailers: Metadata { get }
  /// Whether the latest reply came compressed.
  var replyIsCompressed: Bool { get }
  func cancel()
}

extension RPCStream {
  public func send(_ message: [UInt8]) async throws { try await send(message, compress: true) }
}
