/// What the owner of a service says of how it is to be called: gRPC's service config, as values or from its JSON form.
///
/// A channel holds one; there is none for a service that says nothing, and calls then travel once, by the channel's own limits.
/// Rule: grpc/service_config/service_config.proto; gRFC A2 (form), A6 (retries, hedging), A17 (health), A21 (errors), A48, A50, A62 (balancing).
public struct RPCServiceConfig: Sendable {
  /// Nil leaves the choice to the channel, which goes round over its addresses.
  public let loadBalancing: LoadBalancingConfig?
  /// Nil puts no budget on retries and hedges.
  public let retryThrottling: RetryThrottling?
  /// What a connection's `grpc.health.v1.Health/Watch` is asked about; the empty name is the whole server. Nil asks nothing.
  public let healthCheckServiceName: String?

  private let byPath: [String: MethodConfig]
  private let byService: [String: MethodConfig]
  private let ofAllMethods: MethodConfig?

  /// - Throws: when two of `methods` have the same name.
  public init(
    methods: [MethodConfig] = [], loadBalancing: LoadBalancingConfig? = nil, retryThrottling: RetryThrottling? = nil,
    healthCheckServiceName: String? = nil
  ) throws(ServiceConfigError) {
    var byPath: [String: MethodConfig] = [:]
    var byService: [String: MethodConfig] = [:]
    var ofAllMethods: MethodConfig?
    for (index, method) in methods.enumerated() {
      for name in method.names {
        let former: MethodConfig?
        switch name {
        case .method(let service, let name): former = byPath.updateValue(method, forKey: "/\(service)/\(name)")
        case .service(let service): former = byService.updateValue(method, forKey: service)
        case .everything:
          former = ofAllMethods
          ofAllMethods = method
        }
        guard former == nil else { throw ServiceConfigError("methodConfig[\(index)].name", "\(name) stands twice") }
      }
    }
    self.byPath = byPath
    self.byService = byService
    self.ofAllMethods = ofAllMethods
    self.loadBalancing = loadBalancing
    self.retryThrottling = retryThrottling
    self.healthCheckServiceName = healthCheckServiceName
  }

  /// The most specific entry for a method: its own, its service's, that of all methods.
  public func method(_ method: MethodDescriptor) -> MethodConfig? {
    byPath[method.path] ?? byService[method.service] ?? ofAllMethods
  }

  /// Whether `method(_:)` may find anything: a channel without entries need not look.
  package var hasMethods: Bool { !byPath.isEmpty || !byService.isEmpty || ofAllMethods != nil }
}

/// Why a service config cannot be used; the whole of it then (gRFC A21).
public struct ServiceConfigError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Such as `methodConfig[0].retryPolicy.maxAttempts`.
  public let field: String
  public let problem: String

  public init(_ field: String, _ problem: String) {
    self.field = field
    self.problem = problem
  }

  public var description: String { "\(field) \(problem)" }
}
