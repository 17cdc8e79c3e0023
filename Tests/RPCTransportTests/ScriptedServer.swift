import NIOCore
import NIOPosix
import RPCTransport

/// A server that knows no rules: it answers each request, seen as the end of a frame with END_STREAM, with the bytes that the test gives.
final class ScriptedServer: Sendable {
  private let channel: any Channel
  let address: ListenAddress

  /// - Parameters:
  ///   - greeting: what it says to a new connection.
  ///   - answer: what it says to the request on this stream.
  init(greeting: [UInt8] = ResponseFrames.settings, answer: @escaping @Sendable (_ stream: UInt32) -> [UInt8]) async throws {
    channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(ScriptedConnection(greeting: greeting, answer: answer))
        }
      }
      .bind(host: "127.0.0.1", port: 0)
      .get()
    address = ListenAddress(host: "127.0.0.1", port: channel.localAddress!.port!)
  }

  func close() async { try? await channel.close() }
}

private final class ScriptedConnection: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let greeting: [UInt8]
  private let answer: (UInt32) -> [UInt8]
  private var received: [UInt8] = []
  private var hasPassedPreface = false

  init(greeting: [UInt8], answer: @escaping (UInt32) -> [UInt8]) {
    self.greeting = greeting
    self.answer = answer
  }

  func channelActive(context: ChannelHandlerContext) { context.writeAndFlush(NIOAny(ByteBuffer(bytes: greeting)), promise: nil) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    received += Array(unwrapInboundIn(data).readableBytesView)
    if !hasPassedPreface, received.count >= 24 {
      received.removeFirst(24)
      hasPassedPreface = true
    }
    while hasPassedPreface, received.count >= 9 {
      let length = Int(received[0]) << 16 | Int(received[1]) << 8 | Int(received[2])
      guard received.count >= 9 + length else { break }
      // HEADERS or DATA that end their stream.
      if received[3] <= 1, received[4] & 1 != 0 {
        let stream = received[5..<9].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        context.writeAndFlush(NIOAny(ByteBuffer(bytes: answer(stream))), promise: nil)
      }
      received.removeFirst(9 + length)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// Frames of a response as a server without manners writes them.
enum ResponseFrames {
  static let settings = frame(4, stream: 0)
  /// `:status: 200`, `content-type: application/grpc`
  static let headBlock: [UInt8] = [0x88] + literal("content-type", "application/grpc")
  static let message: [UInt8] = [0, 0, 0, 0, 0]

  static func frame(_ type: UInt8, flags: UInt8 = 0, stream: UInt32, _ payload: [UInt8] = []) -> [UInt8] {
    [UInt8(payload.count >> 16), UInt8(payload.count >> 8 & 255), UInt8(payload.count & 255), type, flags]
      + [UInt8(stream >> 24), UInt8(stream >> 16 & 255), UInt8(stream >> 8 & 255), UInt8(stream & 255)] + payload
  }

  static func head(_ stream: UInt32, _ more: [UInt8] = []) -> [UInt8] { frame(1, flags: 4, stream: stream, headBlock + more) }
  static func data(_ stream: UInt32, _ bytes: [UInt8], ends: Bool = false) -> [UInt8] {
    frame(0, flags: ends ? 1 : 0, stream: stream, bytes)
  }
  static func trailers(_ stream: UInt32, status: String = "0") -> [UInt8] {
    frame(1, flags: 5, stream: stream, literal("grpc-status", status))
  }
  static func reset(_ stream: UInt32, _ code: UInt8) -> [UInt8] { frame(3, stream: stream, [0, 0, 0, code]) }
  static func goaway(last: UInt8, _ code: UInt8) -> [UInt8] { frame(7, stream: 0, [0, 0, 0, last, 0, 0, 0, code]) }

  /// A field that HPACK's table does not get.
  static func literal(_ name: String, _ value: String) -> [UInt8] { [0] + string(name) + string(value) }
  /// A field that it gets, as index 62 while it is the latest.
  static func indexed(_ name: String, _ value: String) -> [UInt8] { [0x40] + string(name) + string(value) }

  private static func string(_ text: String) -> [UInt8] {
    let count = text.utf8.count
    guard count >= 127 else { return [UInt8(count)] + text.utf8 }
    var (bytes, rest): ([UInt8], Int) = ([127], count - 127)
    while rest > 127 {
      bytes.append(UInt8(rest & 127 | 128))
      rest >>= 7
    }
    return bytes + [UInt8(rest)] + text.utf8
  }
}
