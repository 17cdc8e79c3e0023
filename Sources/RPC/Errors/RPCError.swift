/// The failure of one call, as it travels: a code, a message for people and details for programs.
///
/// A handler throws one (or an `RPCErrorConvertible`) to refuse a call; a client call throws the one it received, or one made on the
/// spot when the transport failed. Message and details leave the process: never put SQL, a path or a secret in them.
public struct RPCError: Error, Sendable, Equatable {
  public var code: StatusCode
  public var message: String
  public var details: [ErrorDetail]
  /// Metadata that accompanies the status: sent as trailers by a server, filled from the trailers by a client.
  public var trailers: Metadata

  public init(_ code: StatusCode, _ message: String, details: [ErrorDetail], trailers: Metadata = Metadata()) {
    self.code = code
    self.message = message
    self.details = details
    self.trailers = trailers
  }

  /// - Parameters:
  ///   - reason: UPPER_SNAKE, from the published table of `domain`; makes an `ErrorInfo`.
  ///   - domain: who published the reason, such as `loyalty.patron`.
  ///   - metadata: further facts of the `ErrorInfo`, such as the balance that did not suffice.
  ///   - fieldViolations: makes a `BadRequest` when not empty.
  ///   - retryDelay: makes a `RetryInfo`.
  public init(
    _ code: StatusCode, _ message: String, reason: String? = nil, domain: String? = nil, metadata: [String: String] = [:],
    fieldViolations: [(field: String, description: String)] = [], retryDelay: Duration? = nil
  ) {
    var details: [ErrorDetail] = []
    if let reason {
      details.append(.errorInfo(reason: reason, domain: domain ?? "", metadata: metadata))
    }
    if !fieldViolations.isEmpty {
      details.append(.badRequest(fieldViolations.map { ErrorDetail.FieldViolation(field: $0.field, description: $0.description) }))
    }
    if let retryDelay {
      details.append(.retryInfo(delay: retryDelay))
    }
    self.init(code, message, details: details)
  }
}

extension RPCError {
  /// The machine-readable reason of the first `ErrorInfo`, on either side of the wire.
  public var reason: String? { errorInfo?.reason }

  /// The domain of the first `ErrorInfo`.
  public var domain: String? { errorInfo?.domain }

  /// The facts of the first `ErrorInfo`; empty without one.
  public var metadata: [String: String] { errorInfo?.metadata ?? [:] }

  public var fieldViolations: [ErrorDetail.FieldViolation] {
    for case .badRequest(let violations) in details { return violations }
    return []
  }

  public var retryDelay: Duration? {
    for case .retryInfo(let delay) in details { return delay }
    return nil
  }

  private var errorInfo: (reason: String, domain: String, metadata: [String: String])? {
    for case .errorInfo(let reason, let domain, let metadata) in details { return (reason, domain, metadata) }
    return nil
  }
}

extension RPCError: CustomStringConvertible {
  public var description: String {
    let reason = self.reason.map { " [\($0)]" } ?? ""
    return "\(code)\(reason): \(message)"
  }
}

/// A typed refusal of an inner layer that knows how it looks on the wire.
///
/// The runtime converts it once, at the edge of the server. An error that neither is an `RPCError` nor converts to one is our own bug
/// or the world's failure: its caller gets INTERNAL without a word of it, and it is logged in full.
public protocol RPCErrorConvertible: Error {
  var rpcError: RPCError { get }
}
