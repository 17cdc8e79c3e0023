internal import NIOCore
internal import NIOSSL
internal import NIOTLS
internal import RPC

/// The end of a channel's pipeline: gives its bytes to a connection, once TLS (if any) has agreed on HTTP/2.
///
/// `@unchecked Sendable`: used on the channel's event loop only.
final class SocketPipe: ChannelInboundHandler, BytePipe, @unchecked Sendable {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let waitsForTLS: Bool
  private let handshakeTimeout: TimeAmount
  private var handshakeTimer: Scheduled<Void>?
  private let makeReader: (SocketPipe, Peer) throws -> any PipeReader
  private var context: ChannelHandlerContext?
  private var reader: (any PipeReader)?
  private var isClosing = false

  /// How long the peer may take to read the last bytes and to close its own end.
  private static let lingerTimeout = TimeAmount.seconds(2)

  /// - Parameters:
  ///   - handshakeTimeout: a TLS handshake that takes longer closes the channel.
  ///   - makeReader: called once, when the channel is active and secured; what it throws closes the channel.
  init(waitsForTLS: Bool, handshakeTimeout: Duration, makeReader: @escaping (SocketPipe, Peer) throws -> any PipeReader) {
    self.waitsForTLS = waitsForTLS
    self.handshakeTimeout = TimeAmount(handshakeTimeout)
    self.makeReader = makeReader
  }

  // MARK: Pipe

  var isWritable: Bool { !isClosing && context?.channel.isWritable ?? false }

  func write(_ buffer: ByteBuffer) {
    guard !isClosing else { return }
    context?.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
  }

  /// NIO's close drops what the socket has not taken yet, and closing a socket with bytes unread makes the kernel reset the connection, on
  /// which a peer may drop the last reply or the GOAWAY that it has not read yet. So this side says first that it has ended, and goes on
  /// reading, without a look at the bytes, until the peer has closed too or the time is over.
  func close() {
    guard !isClosing, let context else { return }
    isClosing = true
    let written = context.eventLoop.makePromise(of: Void.self)
    written.futureResult.whenComplete { [self] _ in self.context?.close(mode: .output, promise: nil) }
    context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: written)
    let channel = context.channel
    let timer = context.eventLoop.scheduleTask(in: SocketPipe.lingerTimeout) { channel.close(promise: nil) }
    channel.closeFuture.whenComplete { _ in timer.cancel() }
  }

  func abort() {
    context?.close(promise: nil)
  }

  // MARK: Handler

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    if waitsForTLS {
      handshakeTimer = context.eventLoop.scheduleTask(in: handshakeTimeout) { [weak self] in
        if let self, reader == nil { abort() }
      }
    } else if context.channel.isActive {
      begin(context)
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
  }

  func channelActive(context: ChannelHandlerContext) {
    if !waitsForTLS { begin(context) }
    context.fireChannelActive()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if waitsForTLS, case TLSUserEvent.handshakeCompleted(let agreed)? = event as? TLSUserEvent {
      if agreed == "h2" { begin(context) } else { context.close(promise: nil) }
    }
    context.fireUserInboundEventTriggered(event)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if !isClosing { reader?.pipeReceived(unwrapInboundIn(data)) }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { reader?.pipeIsWritable() }
    context.fireChannelWritabilityChanged()
  }

  func channelInactive(context: ChannelHandlerContext) {
    handshakeTimer?.cancel()
    // A failed write closes the channel in the midst of a flush, and the channel goes on saying that it is writable.
    isClosing = true
    let reader = self.reader
    self.reader = nil
    reader?.pipeClosed()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  private func begin(_ context: ChannelHandlerContext) {
    guard reader == nil else { return }
    handshakeTimer?.cancel()
    do {
      reader = try makeReader(self, peer(context))
    } catch {
      context.close(promise: nil)
    }
  }

  private func peer(_ context: ChannelHandlerContext) -> Peer {
    var address = "unknown"
    if let remote = context.channel.remoteAddress, let host = remote.ipAddress, let port = remote.port {
      address = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
    guard waitsForTLS, let tls = try? context.pipeline.syncOperations.handler(type: NIOSSLHandler.self) else {
      return Peer(address: address)
    }
    return Peer(address: address, isEncrypted: true, certificate: try? tls.peerCertificate?.toDERBytes())
  }
}
