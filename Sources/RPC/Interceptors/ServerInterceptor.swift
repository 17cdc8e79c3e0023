/// Stands around every call of a server: authentication, logging, metrics.
///
/// The first in a server's list is the outermost. It runs where the handler runs, before the request is decoded. It may pass on a
/// changed context, refuse by throwing, and see how the call ended by what `next` throws. What `next` returns is passed on as it is.
/// One that never waits is better written as a `StepInterceptor`.
public protocol ServerInterceptor: Sendable {
  /// What stands around the calls of one method; nil where nothing needs to. Asked once for each method when a server starts, so that
  /// what belongs to a method, such as its counters, is looked up then and not in each call.
  func applied(to method: MethodDescriptor) -> (any ServerInterceptor)?

  func intercept(
    _ context: ServerContext, next: @Sendable (ServerContext) async throws -> ServerReply
  ) async throws -> ServerReply
}

extension ServerInterceptor {
  public func applied(to method: MethodDescriptor) -> (any ServerInterceptor)? { self }
}

extension RPCMethod {
  /// The same method within interceptors, outermost first. Put together once, when a server starts, so that no call allocates for it.
  package func intercepted(by interceptors: [any ServerInterceptor]) -> RPCMethod {
    var handler = self.handler
    var steps: [any StepInterceptor] = []
    for interceptor in interceptors.compactMap({ $0.applied(to: descriptor) }).reversed() {
      if let step = interceptor as? any StepInterceptor {
        steps.append(step)
      } else {
        handler = InterceptorRow(innermostFirst: steps).around(handler)
        steps = []
        handler = { [next = handler] context in try await interceptor.intercept(context, next: next) }
      }
    }
    return RPCMethod(descriptor, execution, InterceptorRow(innermostFirst: steps).around(handler))
  }
}
