public import Logging
public import Metrics
public import RPC

/// How a channel reaches a service and what it takes from it. The defaults suit calls between services of this system.
public struct ChannelConfiguration: Sendable {
  /// Where the service is. A name's addresses, or the addresses themselves, are its replicas.
  public var target: ChannelTarget
  /// Nil speaks plaintext HTTP/2 by prior knowledge.
  public var tls: ClientTLS?
  /// Share the server's, and calls from its handlers stay on their thread.
  public var loops: EventLoops
  public var logger: Logger
  /// Counts attempts after a call's first, `rpc_client_repeated_attempts`, by method: retries and hedges.
  public var metrics: any MetricsFactory = MetricsSystem.factory
  /// What the service's owner says of how it is called; nil says nothing, and each call travels once.
  public var serviceConfig: RPCServiceConfig?

  /// A connection that is not ready by then has failed.
  public var connectTimeout: Duration = .seconds(5)
  /// After a failed attempt, wait this long before the next; each failure in a row multiplies it, up to the longest; a fifth more or less
  /// at random keeps a fleet of clients from coming back at the same instant.
  public var shortestBackoff: Duration = .milliseconds(50)
  public var longestBackoff: Duration = .seconds(5)
  public var backoffMultiplier = 1.6
  /// Bytes of the largest reply message.
  public var largestMessageBytes = 4 * 1024 * 1024
  /// Bytes of a response's headers, counted as HTTP/2 does.
  public var headerListBytes = 16 * 1024
  /// Calls that may wait for a connection or for room on one, on each event loop; a further one fails with RESOURCE_EXHAUSTED.
  public var waitingCallLimit = 16_384
  /// Bytes of requests that a streaming call may be ahead of the server.
  public var streamBufferBytes = 64 * 1024
  /// Bytes of requests that a streaming call with a retry policy keeps to send them again; past it the call is not retried.
  public var replayBytesPerCall = 256 * 1024
  /// A connection with calls that was silent for this long is pinged. Stock gRPC servers take more than one ping in five minutes for abuse.
  public var keepaliveTime: Duration = .seconds(300)
  /// A ping that is not answered within this closes the connection.
  public var keepaliveTimeout: Duration = .seconds(20)

  /// Between two resolutions of a name that lost connections ask for.
  public var leastPauseBetweenResolutions: Duration = .seconds(30)
  /// A name is resolved again after this also when all is well; nil leaves it to lost connections.
  public var resolutionRefresh: Duration? = .seconds(300)
  /// While a name cannot be resolved at all.
  public var longestResolutionBackoff: Duration = .seconds(120)
  /// Connections of a channel without calls are closed within twice this; nil keeps them.
  public var idleTimeout: Duration? = .seconds(1800)
  /// In place of the system's resolver.
  package var resolution: NameResolution?

  public init(
    target: ChannelTarget, tls: ClientTLS? = nil, loops: EventLoops = .shared, logger: Logger = Logger(label: "patron.rpc")
  ) {
    self.target = target
    self.tls = tls
    self.loops = loops
    self.logger = logger
  }

  public init(
    addresses: [ListenAddress], tls: ClientTLS? = nil, loops: EventLoops = .shared, logger: Logger = Logger(label: "patron.rpc")
  ) {
    self.init(target: ChannelTarget(addresses), tls: tls, loops: loops, logger: logger)
  }
}
