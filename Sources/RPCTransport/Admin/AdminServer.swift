internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// A small HTTP/1.1 server for operators: metrics, liveness, readiness. For a private address; it knows no TLS and no users.
///
/// It answers GET and HEAD, one request a connection, and reads no bodies.
public final class AdminServer: Sendable {
  public struct Response: Sendable {
    public var status: Int
    public var contentType: String
    public var body: [UInt8]

    public init(status: Int = 200, contentType: String = "text/plain; charset=utf-8", body: [UInt8]) {
      self.status = status
      self.contentType = contentType
      self.body = body
    }

    public init(status: Int = 200, contentType: String = "text/plain; charset=utf-8", _ text: String) {
      self.init(status: status, contentType: contentType, body: Array(text.utf8))
    }
  }

  /// Connections open at once; a further one is closed.
  public static let connectionLimit = 64

  private let host: String
  private let port: Int
  private let loops: EventLoops
  private let requestTimeout: Duration
  private let respond: @Sendable (_ path: String) async -> Response?
  private let listener = Mutex<(any Channel)?>(nil)
  private let connectionCount = Atomic<Int>(0)

  /// - Parameters:
  ///   - port: 0 lets the system choose; `start` tells which.
  ///   - requestTimeout: a connection that has not got its answer by then is closed.
  ///   - respond: the answer for a path such as `/metrics`; nil becomes 404. Runs off the event loops.
  public init(
    host: String = "127.0.0.1", port: Int = 0, loops: EventLoops = .shared, requestTimeout: Duration = .seconds(10),
    respond: @escaping @Sendable (_ path: String) async -> Response?
  ) {
    self.host = host
    self.port = port
    self.loops = loops
    self.requestTimeout = requestTimeout
    self.respond = respond
  }

  public func start() async throws -> ListenAddress {
    let channel = try await ServerBootstrap(group: loops.group)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in channel.eventLoop.makeCompletedFuture { try self.accept(channel) } }
      .bind(host: host, port: port)
      .get()
    listener.withLock { $0 = channel }
    return ListenAddress(host: channel.localAddress?.ipAddress ?? host, port: channel.localAddress?.port ?? port)
  }

  public func stop() async {
    let channel = listener.withLock { listener in
      defer { listener = nil }
      return listener
    }
    try? await channel?.close()
  }

  private func accept(_ channel: any Channel) throws {
    guard connectionCount.wrappingAdd(1, ordering: .relaxed).newValue <= AdminServer.connectionLimit else {
      connectionCount.wrappingSubtract(1, ordering: .relaxed)
      channel.close(promise: nil)
      return
    }
    channel.closeFuture.whenComplete { _ in self.connectionCount.wrappingSubtract(1, ordering: .relaxed) }
    channel.eventLoop.scheduleTask(in: TimeAmount(requestTimeout)) { channel.close(promise: nil) }
      .closing(with: channel)
    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withPipeliningAssistance: false)
    try channel.pipeline.syncOperations.addHandler(AdminHandler(respond: respond))
  }
}

extension Scheduled<Void> {
  /// Drops the timer when the channel is gone before it.
  fileprivate func closing(with channel: any Channel) {
    channel.closeFuture.whenComplete { _ in self.cancel() }
  }
}

/// Answers one request and closes.
private final class AdminHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let respond: @Sendable (String) async -> AdminServer.Response?
  private var hasRequest = false

  init(respond: @escaping @Sendable (String) async -> AdminServer.Response?) { self.respond = respond }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .head(let head) = unwrapInboundIn(data), !hasRequest else { return }
    hasRequest = true
    guard head.method == .GET || head.method == .HEAD else {
      return AdminHandler.write(AdminServer.Response(status: 405, "method not allowed\n"), withBody: true, to: context.channel)
    }
    let path = String(head.uri.prefix { $0 != "?" })
    let respond = self.respond
    let channel = context.channel
    let withBody = head.method == .GET
    Task.detached {
      let response = await respond(path) ?? AdminServer.Response(status: 404, "not found\n")
      channel.eventLoop.execute { AdminHandler.write(response, withBody: withBody, to: channel) }
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  private static func write(_ response: AdminServer.Response, withBody: Bool, to channel: any Channel) {
    let headers: HTTPHeaders = [
      "content-type": response.contentType, "content-length": String(response.body.count), "connection": "close",
    ]
    let head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: response.status), headers: headers)
    channel.write(HTTPServerResponsePart.head(head), promise: nil)
    if withBody {
      channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: response.body))), promise: nil)
    }
    channel.writeAndFlush(HTTPServerResponsePart.end(nil)).whenComplete { _ in channel.close(promise: nil) }
  }
}
