/// One stream of a session: what waits to be sent, and the events of what is received.
///
/// A subclass overrides the events it cares about. The session calls them while it takes in bytes, in the order of the frames; it holds
/// the stream from its opening until `closed`, which comes exactly once, last. An event may submit (`sendHeaders`, `write`, …) but must
/// not feed or drain the session. Used on one thread, like its session.
open class HTTP2Stream {
  package internal(set) var id: Int32 = 0

  // Unchecked, like what else is touched for each frame: the checks were a tenth of an echo's instructions (callgrind), and one thread owns it.
  @exclusivity(unchecked) var outbound = OutboundQueue()
  @exclusivity(unchecked) var trailers: HeaderList?
  /// Whether this side has said that it sends nothing more, or is about to.
  package internal(set) var outboundHasEnded = false
  /// Whether the peer is told to stop sending once this side has ended.
  var refusesMore = false
  /// Whether nghttp2 was told that there is nothing to send for now and must be woken by `resume`.
  var isDeferred = false
  /// Whether `outboundDrained` is wanted once the queue is below this many bytes.
  var drainMark: Int?
  /// Received and not yet consumed; given back to the connection's window if the stream ends first.
  @exclusivity(unchecked) var unconsumedBytes = 0
  @exclusivity(unchecked) var link = OpenStreams.Link()

  public init() {}

  func prepare() {
    outbound.removeAll()
    trailers = nil
    outboundHasEnded = false
    refusesMore = false
    isDeferred = false
    drainMark = nil
    unconsumedBytes = 0
  }

  // MARK: Events

  /// A field of a header block, valid during the call. Fields beyond the session's limit do not come.
  open func receivedField(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {}

  /// The header block is whole: the request or response, an informational response, or trailers (then `endsStream` is true).
  /// - Parameter isOverLimit: whether fields are missing because the list passed the session's limit.
  open func receivedHeaders(isOverLimit: Bool, endsStream: Bool) {}

  /// Bytes of the body, valid during the call. Each must be `consume`d sometime, or the peer stops sending.
  open func receivedData(_ bytes: UnsafeRawBufferPointer) {}

  /// The peer sends nothing more on this stream. Follows the headers or data that ended it.
  open func receivedEnd() {}

  /// The queue went below the mark that `notifyWhenDrained` set.
  open func outboundDrained() {}

  /// The stream is over in both directions: in peace (`noError`) or by a reset of either side or the connection's end.
  open func closed(_ code: HTTP2ErrorCode) {}
}
