import HTTP2
import NIOCore
import NIOPosix
import RPCTransport

/// A peer below gRPC: writes any bytes, and reads HTTP/2 as a client without opinions.
final class RawPeer {
  private let channel: any Channel
  private var received: AsyncStream<[UInt8]>.AsyncIterator
  private let connection = RawConnection()

  init(_ address: ListenAddress) async throws {
    let (stream, continuation) = AsyncStream.makeStream(of: [UInt8].self)
    channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(CollectingHandler(continuation)) }
      }
      .connect(host: address.host, port: address.port)
      .get()
    received = stream.makeAsyncIterator()
  }

  func write(_ bytes: [UInt8]) async throws {
    try await channel.writeAndFlush(ByteBuffer(bytes: bytes))
  }

  /// The next bytes; nil when the server has closed.
  func read() async -> [UInt8]? { await received.next(isolation: #isolation) }

  func close() async { try? await channel.close() }

  /// Opens a request and sends some of its body.
  func begin(_ headers: [(String, String)], body: [UInt8]) async throws {
    let stream = RawStream()
    try connection.session.open(stream, headers: HeaderList(headers))
    connection.session.write(stream, body)
    try await write(try connection.drain())
  }

  /// Sends one request and returns the header lines and the bytes of the whole response.
  func exchange(_ headers: [(String, String)], body: [UInt8], ends: Bool = true) async throws -> (headers: [[String]], body: [UInt8]) {
    let stream = RawStream()
    try connection.session.open(stream, headers: HeaderList(headers))
    connection.session.write(stream, body)
    if ends { connection.session.end(stream) }
    try await write(try connection.drain())
    while !stream.isClosed, let bytes = await read() {
      try bytes.withUnsafeBytes { try connection.session.receive($0) }
      let answer = try connection.drain()
      if !answer.isEmpty { try await write(answer) }
    }
    return (stream.headers, stream.body)
  }
}

private final class RawConnection: HTTP2SessionDelegate {
  private(set) var session: HTTP2Session!

  init() { session = try! HTTP2Session(role: .client, limits: HTTP2Limits(), delegate: self) }

  func drain() throws -> [UInt8] {
    try session.drain()
  }

  func sessionAccepts(streamID: Int32) -> HTTP2Stream { RawStream() }
  func sessionReceivedGoaway(lastStreamID: Int32, code: HTTP2ErrorCode) {}
  func sessionReceivedSettings() {}
  func sessionReceivedPingAcknowledgement() {}
}

private final class RawStream: HTTP2Stream {
  var headers: [[String]] = []
  private var lines: [String] = []
  var body: [UInt8] = []
  var isClosed = false

  override func receivedField(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
    lines.append("\(String(decoding: name, as: UTF8.self)): \(String(decoding: value, as: UTF8.self))")
  }

  override func receivedHeaders(isOverLimit: Bool, endsStream: Bool) {
    headers.append(lines)
    lines = []
  }

  override func receivedData(_ bytes: UnsafeRawBufferPointer) { body.append(contentsOf: bytes) }

  override func closed(_ code: HTTP2ErrorCode) { isClosed = true }
}

private final class CollectingHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let continuation: AsyncStream<[UInt8]>.Continuation

  init(_ continuation: AsyncStream<[UInt8]>.Continuation) { self.continuation = continuation }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    continuation.yield(Array(unwrapInboundIn(data).readableBytesView))
  }

  func channelInactive(context: ChannelHandlerContext) { continuation.finish() }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
