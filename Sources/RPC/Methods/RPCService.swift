/// A set of methods under one name. Generated protocols refine it and give `methods`; a service's own type only answers calls.
///
/// `methods` is read once, when a server or an in-process channel starts.
public protocol RPCService: Sendable {
  /// The full name, such as `patron.loyalty.v1.LoyaltyService`.
  static var serviceName: String { get }

  var methods: [RPCMethod] { get }

  /// Where a method runs; asked once for each method. The default is the connection's event loop.
  func execution(of method: MethodDescriptor) -> MethodExecution
}

extension RPCService {
  public func execution(of method: MethodDescriptor) -> MethodExecution { .onLoop }
}

/// Where a handler runs.
public enum MethodExecution: Sendable, Hashable {
  /// On the connection's event loop: no thread hop. For decode, call, encode; nothing that computes over about 100 µs or blocks.
  case onLoop
  /// On Swift's global pool of threads, so that other connections are served while it computes.
  case offLoop
}
