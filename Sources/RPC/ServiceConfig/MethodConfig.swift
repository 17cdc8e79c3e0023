/// How the methods of one entry of a service config are called.
public struct MethodConfig: Sendable {
  /// Which methods an entry is for.
  public enum Name: Sendable, Hashable, CustomStringConvertible {
    case method(service: String, method: String)
    case service(String)
    case everything

    public var description: String {
      switch self {
      case .method(let service, let method): "\(service)/\(method)"
      case .service(let service): service
      case .everything: "the entry for all methods"
      }
    }
  }

  /// How often a call may be sent. An entry has one of them: retries follow a failure, hedges do not wait for it.
  public enum Attempts: Sendable, Equatable {
    /// Once, but for calls that a server certainly did not process.
    case one
    case retry(RetryPolicy)
    /// Of unary calls; a streaming call is sent once.
    case hedge(HedgingPolicy)
  }

  public var names: [Name]
  /// For calls that do not say it themselves.
  public var waitForReady: Bool?
  /// The earlier of this and what the call says counts.
  public var timeout: Duration?
  /// Bytes of one request message as it travels, compressed or not; a larger one is not sent.
  public var maxRequestMessageBytes: Int?
  /// Bytes of one reply message; the smaller of this and the channel's limit counts.
  public var maxResponseMessageBytes: Int?
  public var attempts: Attempts

  public init(
    names: [Name], waitForReady: Bool? = nil, timeout: Duration? = nil, maxRequestMessageBytes: Int? = nil,
    maxResponseMessageBytes: Int? = nil, attempts: Attempts = .one
  ) {
    self.names = names
    self.waitForReady = waitForReady
    self.timeout = timeout
    self.maxRequestMessageBytes = maxRequestMessageBytes
    self.maxResponseMessageBytes = maxResponseMessageBytes
    self.attempts = attempts
  }
}
