/// Names one method of a service and its shape. One word wide: every call carries it about.
public struct MethodDescriptor: Sendable {
  public enum Kind: Sendable, Hashable {
    case unary
    case clientStreaming
    case serverStreaming
    case bidirectional
  }

  private final class Names: Sendable {
    let service: String
    let method: String
    let path: String
    let kind: Kind

    init(service: String, method: String, kind: Kind) {
      self.service = service
      self.method = method
      self.path = "/\(service)/\(method)"
      self.kind = kind
    }
  }

  private let names: Names

  public init(service: String, method: String, kind: Kind) {
    names = Names(service: service, method: method, kind: kind)
  }

  /// The full name of the service, such as `patron.loyalty.v1.LoyaltyService`.
  public var service: String { names.service }
  /// The name within the service, such as `GetBalance`.
  public var method: String { names.method }
  /// The HTTP/2 path, `/service/method`; built once, for every call carries it.
  public var path: String { names.path }
  public var kind: Kind { names.kind }
}

extension MethodDescriptor: Hashable {
  public static func == (left: MethodDescriptor, right: MethodDescriptor) -> Bool {
    left.names === right.names || (left.path == right.path && left.kind == right.kind)
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(path) }
}

extension MethodDescriptor.Kind {
  /// Whether exactly one request message is sent.
  package var hasSingleRequest: Bool { self == .unary || self == .serverStreaming }
  /// Whether exactly one reply message is sent.
  package var hasSingleReply: Bool { self == .unary || self == .clientStreaming }
}
