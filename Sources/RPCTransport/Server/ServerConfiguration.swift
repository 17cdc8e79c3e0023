public import Logging

/// How a server listens and what it takes from its callers. Every number is a limit; the defaults suit a service of this system.
public struct RPCServerConfiguration: Sendable {
  public var host: String
  /// 0 lets the system choose; `start` tells which.
  public var port: Int
  /// Nil serves plaintext HTTP/2 by prior knowledge.
  public var tls: ServerTLS?
  public var loops: EventLoops
  public var logger: Logger

  /// Connections open at once; a further one is closed as soon as it is accepted.
  public var connectionLimit = 20_000
  /// Calls open at once on one connection.
  public var concurrentCallsPerConnection = 1024
  /// Bytes of the largest request message.
  public var largestMessageBytes = 4 * 1024 * 1024
  /// Bytes of requests that the calls of one connection may hold: headers, messages that arrive or wait, and those that handlers have.
  public var requestBytesPerConnection = 64 * 1024 * 1024
  /// The same for all connections, in equal parts for each event loop.
  public var requestBytes = 512 * 1024 * 1024
  /// Bytes of replies that may wait for the reader of one connection. Beyond them a call fails, however it would have ended.
  public var replyBytesPerConnection = 64 * 1024 * 1024
  /// The same for all connections, in equal parts for each event loop.
  public var replyBytes = 512 * 1024 * 1024
  /// Bytes of requests, and of replies, that a connection may hold even when the others have used up what all may hold.
  public var assuredBytesPerConnection = 64 * 1024
  /// Bytes of a request's headers, counted as HTTP/2 does.
  public var headerListBytes = 16 * 1024
  /// Bytes of replies that a streaming handler may be ahead of its reader.
  public var streamBufferBytes = 64 * 1024
  /// A connection that has not become HTTP/2 by then (TLS handshake, preface, settings), or whose header block takes longer, is closed.
  public var handshakeTimeout: Duration = .seconds(10)
  /// A connection without a call for this long is told to go; nil keeps it.
  public var idleTimeout: Duration?
  /// A connection older than this, a tenth more or less, is told to go, so that callers spread over servers that came since; nil keeps it.
  /// Rule: gRFC A9.
  public var maxConnectionAge: Duration?
  /// The calls of a connection that was too old may take this long; nil lets them end by themselves.
  public var maxConnectionAgeGrace: Duration?
  /// A connection that was silent for this long is pinged.
  public var keepaliveTime: Duration = .seconds(60)
  /// A ping that is not answered within this closes the connection.
  public var keepaliveTimeout: Duration = .seconds(20)
  /// A request message that takes longer from its first byte to its last ends its call.
  public var messageArrivalTimeout: Duration = .seconds(60)
  /// Whether the runtime's own refusals, such as of a message over the limit, carry an `ErrorInfo` with a reason.
  public var explainsRefusals = true
  /// When draining, streaming calls are ended with UNAVAILABLE after this; unary ones may take the whole time of the drain.
  public var streamDrainGrace: Duration = .seconds(1)

  public init(
    host: String = "127.0.0.1", port: Int = 0, tls: ServerTLS? = nil, loops: EventLoops = .shared,
    logger: Logger = Logger(label: "patron.rpc")
  ) {
    self.host = host
    self.port = port
    self.tls = tls
    self.loops = loops
    self.logger = logger
  }
}

/// Where a server listens.
public struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
  public let host: String
  public let port: Int

  public init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// `host:port`, with an IPv6 host in brackets.
  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
