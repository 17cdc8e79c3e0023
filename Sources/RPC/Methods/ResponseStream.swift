/// Where a streaming handler writes its replies.
///
/// `send` returns once the message stands in the stream's bounded buffer; it waits while the buffer is full, so that a slow reader
/// slows the writer. It throws when the call is over (caller gone, deadline passed): let that error end the handler.
public struct ResponseStream<Message: Sendable>: Sendable {
  private let sink: any MessageSink
  private let frame: @Sendable (Message) -> [UInt8]

  @usableFromInline package init(sink: any MessageSink, frame: @escaping @Sendable (Message) -> [UInt8]) {
    self.sink = sink
    self.frame = frame
  }

  /// Sends the response's metadata now, ahead of the first message. Later changes of it have no effect.
  public func sendMetadata() async throws { try await sink.sendMetadata() }

  /// - Parameter compress: whether this message is compressed, given that the response is.
  public func send(_ message: Message, compress: Bool = true) async throws {
    try await sink.send(framed: frame(message), compress: compress)
  }
}

/// Both directions of a streaming call; implemented by the transports' streams.
@usableFromInline
package protocol MessageExchange: MessageSource, MessageSink {
  /// Counts what a message has become against what the caller may have pending; throws RESOURCE_EXHAUSTED over that.
  func holdInflated(_ bytes: Int) async throws
}

/// Takes framed messages in order; implemented by the transports' streams. One task sends at a time.
@usableFromInline
package protocol MessageSink: AnyObject, Sendable {
  /// Returns when there is room for another message; throws when the call is over or its task is cancelled.
  func send(framed: [UInt8], compress: Bool) async throws
  /// Sends the response's metadata unless it has left already; throws when the call is over.
  func sendMetadata() async throws
}
