import HTTP2
import NIOCore
import NIOPosix
import RPCTransport

/// A server below gRPC: knows HTTP/2, and answers each stream as the test says.
final class RawServer {
  private let channel: any Channel
  let address: ListenAddress

  /// - Parameter answer: called with each stream once its first bytes of body are there.
  init(answer: @escaping @Sendable (HTTP2Session, HTTP2Stream) -> Void) async throws {
    channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(RawServerConnection(answer)) }
      }
      .bind(host: "127.0.0.1", port: 0)
      .get()
    address = ListenAddress(host: "127.0.0.1", port: channel.localAddress!.port!)
  }

  func close() async { try? await channel.close() }
}

private final class RawServerConnection: ChannelInboundHandler, HTTP2SessionDelegate {
  typealias InboundIn = ByteBuffer

  private let answer: (HTTP2Session, HTTP2Stream) -> Void
  private var session: HTTP2Session!

  init(_ answer: @escaping (HTTP2Session, HTTP2Stream) -> Void) throws {
    self.answer = answer
    session = try HTTP2Session(role: .server, limits: HTTP2Limits(), delegate: self)
  }

  func channelActive(context: ChannelHandlerContext) { flush(context) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let buffer = unwrapInboundIn(data)
    try? buffer.withUnsafeReadableBytes { try session.receive($0) }
    flush(context)
    if session.isOver { context.close(promise: nil) }
  }

  private func flush(_ context: ChannelHandlerContext) {
    guard let bytes = try? session.drainAll() else { return }
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
