/// The requests of a client-streaming or bidirectional call, in order.
///
/// Flow control follows consumption: a message that is not asked for holds back its sender. Ends with nil when the caller has
/// half-closed; throws when the call is over. One iteration by one task.
public struct RequestStream<Message: Sendable>: Sendable, AsyncSequence {
  private let source: any MessageSource
  private let decode: @Sendable ([UInt8]) throws -> Message

  @usableFromInline package init(source: any MessageSource, decode: @escaping @Sendable ([UInt8]) throws -> Message) {
    self.source = source
    self.decode = decode
  }

  public func makeAsyncIterator() -> Iterator { Iterator(source: source, decode: decode) }

  public struct Iterator: AsyncIteratorProtocol {
    fileprivate let source: any MessageSource
    fileprivate let decode: @Sendable ([UInt8]) throws -> Message

    public mutating func next() async throws -> Message? {
      guard let bytes = try await source.next() else { return nil }
      return try decode(bytes)
    }
  }
}

@available(*, unavailable)
extension RequestStream.Iterator: Sendable {}

/// Gives the messages of one direction of a stream; implemented by the transports' streams. One task asks at a time.
@usableFromInline
package protocol MessageSource: AnyObject, Sendable {
  /// The next message's bytes, nil at the end; throws when the call is over or its task is cancelled.
  func next() async throws -> [UInt8]?
}
