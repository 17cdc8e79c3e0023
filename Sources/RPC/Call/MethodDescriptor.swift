/// Names one method of a service and its shape.
public struct MethodDescriptor: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    case unary
    case clientStreaming
    case serverStreaming
    case bidirectional
  }

  /// The full name of the service, such as `patron.loyalty.v1.LoyaltyService`.
  public let service: String
  /// The name within the service, such as `GetBalance`.
  public let method: String
  /// The HTTP/2 path, `/service/method`; built once here, for every call carries it.
  public let path: String
  public let kind: Kind

  public init(service: String, method: String, kind: Kind) {
    self.service = service
    self.method = method
    self.path = "/\(service)/\(method)"
    self.kind = kind
  }
}

extension MethodDescriptor.Kind {
  /// Whether exactly one request message is sent.
  package var hasSingleRequest: Bool { self == .unary || self == .serverStreaming }
  /// Whether exactly one reply message is sent.
  package var hasSingleReply: Bool { self == .unary || self == .clientStreaming }
}
