/// Stands around every call of a server: authentication, logging, metrics.
///
/// The first in a server's list is the outermost. It runs where the handler runs, before the request is decoded. It may pass on a
/// changed context, refuse by throwing, and see how the call ended by what `next` throws. `Reply` is opaque: bytes of a unary call,
/// nothing for a streaming one.
public protocol ServerInterceptor: Sendable {
  func intercept<Reply: Sendable>(
    _ context: ServerContext, next: @Sendable (ServerContext) async throws -> Reply
  ) async throws -> Reply
}

/// The interceptors of a server, outermost first.
package struct ServerInterceptorChain: Sendable {
  private let interceptors: [any ServerInterceptor]

  package init(_ interceptors: [any ServerInterceptor]) { self.interceptors = interceptors }

  package func run<Reply: Sendable>(
    _ context: ServerContext, _ handler: @Sendable (ServerContext) async throws -> Reply
  ) async throws -> Reply {
    if interceptors.isEmpty { return try await handler(context) }
    return try await run(from: 0, context, handler)
  }

  private func run<Reply: Sendable>(
    from index: Int, _ context: ServerContext, _ handler: @Sendable (ServerContext) async throws -> Reply
  ) async throws -> Reply {
    if index == interceptors.count { return try await handler(context) }
    return try await withoutActuallyEscaping(handler) { handler in
      try await interceptors[index].intercept(context) { inner in
        try await run(from: index + 1, inner, handler)
      }
    }
  }
}
