public import RPC

/// A business refusal on its way to the wire: a canonical code, a reason that a program can read, a sentence for people.
///
/// Handlers make it out of their Domain's typed result. The domain of its `ErrorInfo` ("loyalty.patron") is filled in once,
/// by `ErrorMapping`, which knows whose process this is.
public struct Refusal: Error, Sendable, Equatable {
  public var code: StatusCode
  /// UPPER_SNAKE, from the service's table of reasons in its README.
  public var reason: String
  /// For people. It carries no SQL, path, secret or personal data.
  public var message: String
  /// Facts for the program that reads `reason`, such as the balance that fell short.
  public var metadata: [String: String]
  /// When another attempt may do better.
  public var retryDelay: Duration?

  public init(
    _ code: StatusCode, _ reason: String, _ message: String, metadata: [String: String] = [:], retryDelay: Duration? = nil
  ) {
    self.code = code
    self.reason = reason
    self.message = message
    self.metadata = metadata
    self.retryDelay = retryDelay
  }

  /// The error as `service` answers it.
  public func rpcError(from service: String) -> RPCError {
    RPCError(
      code, message, reason: reason, domain: Self.domain(of: service), metadata: metadata, fieldViolations: [],
      retryDelay: retryDelay)
  }

  static func domain(of service: String) -> String { service + ".patron" }
}

extension Refusal: RPCErrorConvertible {
  /// For a refusal that meets the wire in a process without `ErrorMapping`.
  public var rpcError: RPCError { rpcError(from: "service") }
}
