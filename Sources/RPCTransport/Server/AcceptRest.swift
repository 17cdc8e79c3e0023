internal import Glibc
internal import NIOCore

/// Lets a listener rest when the process has no descriptor or memory left to accept with: it would stay readable, and the loop spin.
///
/// NIO's own `AcceptBackoffHandler` holds reads back while the listener stays registered, which still cost half of a core.
final class AcceptRest: ChannelInboundHandler {
  typealias InboundIn = Any

  private static let rest = TimeAmount.seconds(1)
  private static let shortages: Set<CInt> = [EMFILE, ENFILE, ENOBUFS, ENOMEM]
  private var isResting = false

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // Of a connection that is gone again before it was accepted nothing follows: callers could keep the listener at rest.
    guard let error = error as? IOError, AcceptRest.shortages.contains(error.errnoCode) else { return context.fireErrorCaught(error) }
    guard !isResting else { return }
    isResting = true
    let channel = context.channel
    channel.setOption(.autoRead, value: false).assumeIsolated().whenComplete { _ in
      channel.eventLoop.assumeIsolated().scheduleTask(in: AcceptRest.rest) {
        self.isResting = false
        channel.setOption(.autoRead, value: true).whenComplete { _ in }
      }
    }
  }
}
