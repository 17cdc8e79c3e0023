import HTTP2
import NIOCore
import NIOPosix
import RPCTransport
import Synchronization

/// A server below gRPC: knows HTTP/2, and answers each stream as the test says.
final class RawServer {
  private let channel: any Channel
  let address: ListenAddress
  /// Connections that have ended.
  let closed: Signal
  private let opened: Opened

  private final class Opened: Sendable {
    let channels = Mutex<[any Channel]>([])
  }

  /// - Parameters:
  ///   - dropsConnections: closes each once it has said its settings and heard the client's.
  ///   - answer: called with each stream once its first bytes of body are there.
  init(dropsConnections: Bool = false, answer: @escaping @Sendable (HTTP2Session, HTTP2Stream) -> Void) async throws {
    let closed = Signal()
    let opened = Opened()
    channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        opened.channels.withLock { $0.append(channel) }
        channel.closeFuture.whenComplete { _ in closed.raise() }
        return channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(RawServerConnection(dropsConnections, answer))
        }
      }
      .bind(host: "127.0.0.1", port: 0)
      .get()
    address = ListenAddress(host: "127.0.0.1", port: channel.localAddress!.port!)
    self.closed = closed
    self.opened = opened
  }

  /// Ends every connection without a word.
  func cutConnections() {
    for channel in opened.channels.withLock({ $0 }) { channel.close(promise: nil) }
  }

  /// Takes no byte more from any connection.
  func stopReading() {
    for channel in opened.channels.withLock({ $0 }) { channel.setOption(.autoRead, value: false).whenComplete { _ in } }
  }

  func close() async { try? await channel.close() }
}

private final class RawServerConnection: ChannelInboundHandler, HTTP2SessionDelegate {
  typealias InboundIn = ByteBuffer

  private let dropsConnections: Bool
  private let answer: (HTTP2Session, HTTP2Stream) -> Void
  private var session: HTTP2Session!

  init(_ dropsConnections: Bool, _ answer: @escaping (HTTP2Session, HTTP2Stream) -> Void) throws {
    self.dropsConnections = dropsConnections
    self.answer = answer
    session = try HTTP2Session(role: .server, limits: HTTP2Limits(), delegate: self)
  }

  func channelActive(context: ChannelHandlerContext) { flush(context) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let buffer = unwrapInboundIn(data)
    try? buffer.withUnsafeReadableBytes { try session.receive($0) }
    flush(context)
    if session.isOver || dropsConnections { context.close(promise: nil) }
  }

  private func flush(_ context: ChannelHandlerContext) {
    guard let bytes = try? session.drain() else { return }
    context.writeAndFlush(NIOAny(ByteBuffer(bytes: bytes)), promise: nil)
  }

  func sessionAccepts(streamID: Int32) -> HTTP2Stream { RawServerStream { [unowned self] in answer(session, $0) } }
  func sessionReceivedGoaway(lastStreamID: Int32, code: HTTP2ErrorCode) {}
  func sessionReceivedSettings() {}
  func sessionReceivedPingAcknowledgement() {}
}

private final class RawServerStream: HTTP2Stream {
  private let begin: (HTTP2Stream) -> Void
  private var hasBegun = false

  init(_ begin: @escaping (HTTP2Stream) -> Void) { self.begin = begin }

  override func receivedData(_ bytes: UnsafeRawBufferPointer) {
    guard !hasBegun else { return }
    hasBegun = true
    begin(self)
  }
}
