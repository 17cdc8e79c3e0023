package import Synchronization

/// What a handler knows of its call besides the request.
///
/// A value: an interceptor passes a changed copy inwards. It is two words wide, since it crosses several async functions in each call.
/// Cancellation is the task's own: when the caller goes away or the deadline passes, the handler's task is cancelled.
public struct ServerContext: Sendable {
  @usableFromInline package let call: ServerCall
  /// The latest first; each is an object that the copies of a context share.
  @usableFromInline var values: ContextValue?

  package init(call: ServerCall) { self.call = call }

  /// For tests that call a handler without a server.
  public init(
    method: MethodDescriptor, metadata: Metadata = Metadata(), deadline: Deadline? = nil, peer: Peer = Peer(address: "in-process")
  ) {
    self.call = ServerCall(method: method, metadata: metadata, deadline: deadline, peer: peer)
  }

  public var method: MethodDescriptor { call.method }

  /// The caller's metadata, without what belongs to the protocol itself (`te`, `content-type`, `grpc-…`).
  public var metadata: Metadata { call.metadata }

  /// The caller's, or an earlier one that an interceptor set.
  public var deadline: Deadline? { self[EarlierDeadline.self] ?? call.deadline }

  package mutating func limitDeadline(to limit: Deadline) {
    if deadline.map({ limit < $0 }) ?? true { self[EarlierDeadline.self] = limit }
  }

  public var peer: Peer { call.peer }

  /// Sent before the first message. Later changes have no effect.
  public var responseMetadata: Metadata {
    get { call.response.withLock { $0.metadata } }
    nonmutating set { call.response.withLock { $0.metadata = newValue } }
  }

  /// Sent with the status, whether it is OK or not.
  public var responseTrailers: Metadata {
    get { call.response.withLock { $0.trailers } }
    nonmutating set { call.response.withLock { $0.trailers = newValue } }
  }

  public func addTrailer(_ name: String, _ value: String) {
    _ = call.response.withLock { $0.trailers.append(name, value) }
  }

  /// Whether the latest request message came compressed.
  public var requestIsCompressed: Bool { call.requestIsCompressed.load(ordering: .relaxed) }

  /// How replies travel, where the caller takes it. Later changes than the first reply have no effect.
  public var responseCompression: Compression {
    get { call.response.withLock { $0.compression } }
    nonmutating set { call.response.withLock { $0.compression = newValue } }
  }

  /// A value that an interceptor put here, such as the authenticated caller. Inlinable, so that its type is known where it is used: making the
  /// generic one out costs a thousand instructions.
  @inlinable
  public subscript<Key: ServerContextKey>(key: Key.Type) -> Key.Value {
    get {
      var value = values
      while let current = value {
        if current.key == ObjectIdentifier(key) { return unsafeDowncast(current, to: TypedContextValue<Key.Value>.self).value }
        value = current.outer
      }
      return Key.defaultValue
    }
    set { values = TypedContextValue(newValue, key: ObjectIdentifier(key), outer: values) }
  }
}

/// A value in a context, and those that were put there before it: a list, since a context has three or four, and a dictionary would allocate
/// more than once for each.
@usableFromInline
class ContextValue: @unchecked Sendable {
  @usableFromInline let key: ObjectIdentifier
  @usableFromInline let outer: ContextValue?

  @inlinable
  init(key: ObjectIdentifier, outer: ContextValue?) {
    self.key = key
    self.outer = outer
  }
}

/// The key names its type, so that what is found under a key has it.
@usableFromInline
final class TypedContextValue<Value: Sendable>: ContextValue, @unchecked Sendable {
  @usableFromInline let value: Value

  @inlinable
  init(_ value: Value, key: ObjectIdentifier, outer: ContextValue?) {
    self.value = value
    super.init(key: key, outer: outer)
  }
}

private enum EarlierDeadline: ServerContextKey {
  static let defaultValue: Deadline? = nil
}

/// Names a value in a `ServerContext` and says what stands there when nobody put one.
public protocol ServerContextKey {
  associatedtype Value: Sendable
  static var defaultValue: Value { get }
}

/// The facts of one call that the server and its handler share.
@usableFromInline
package final class ServerCall: Sendable {
  package struct Response: Sendable {
    package var metadata = Metadata()
    package var trailers = Metadata()
    package var compression = Compression.identity
    /// What the response's head says; nil until it is settled.
    fileprivate var settled: Compression?

    /// Whether nobody has added anything.
    package var isPlain: Bool { metadata.isEmpty && trailers.isEmpty }
  }

  package let method: MethodDescriptor
  package let metadata: Metadata
  package let deadline: Deadline?
  package let peer: Peer
  /// Locked, since an `offLoop` handler writes it on another thread than the loop that sends it.
  package let response = Mutex(Response())
  package let requestIsCompressed = Atomic<Bool>(false)
  /// Where a streaming handler reads and writes; nil where a test has none. It outlives the handler.
  package unowned let exchange: (any MessageExchange)?
  /// The message of a single request. Written before the handler's task is made, and read by it alone.
  @exclusivity(unchecked) @usableFromInline package nonisolated(unsafe) var request = WireMessage([])
  private let largestMessageBytes: Int
  private let takesGzip: Bool

  /// - Parameter largestMessageBytes: of a request, once inflated.
  package init(
    method: MethodDescriptor, metadata: Metadata, deadline: Deadline?, peer: Peer, takesGzip: Bool = false, largestMessageBytes: Int = .max,
    exchange: (any MessageExchange)? = nil
  ) {
    self.method = method
    self.metadata = metadata
    self.deadline = deadline
    self.peer = peer
    self.takesGzip = takesGzip
    self.largestMessageBytes = largestMessageBytes
    self.exchange = exchange
  }

  /// The bytes of a request's message. Inflated here, behind the interceptors, which know whose it is.
  @usableFromInline
  package func unpack(_ message: WireMessage) async throws -> [UInt8] {
    requestIsCompressed.store(message.isCompressed, ordering: .relaxed)
    guard message.isCompressed else { return message.bytes }
    let bytes = try await message.unpacked(limit: largestMessageBytes)
    try await exchange?.holdInflated(bytes.count)
    return bytes
  }

  /// How replies are compressed, from here on for the whole response.
  package func settleCompression() -> Compression {
    guard takesGzip else { return .identity }
    return response.withLock { response in
      let compression = response.settled ?? response.compression
      response.settled = compression
      return compression
    }
  }
}
