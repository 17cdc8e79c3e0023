/// Gives every unary call a deadline: its caller's, or `longest` from its arrival where the caller allows more or says nothing.
///
/// What the handler waits for (the database's queue, other services) is bounded by it; a handler that computes is not interrupted. A
/// call whose deadline has passed while it waited for its turn is refused unstarted. Streams live as long as their callers like.
public struct DeadlineLimit: ServerInterceptor {
  private let longest: Duration

  public init(longest: Duration) { self.longest = longest }

  public func applied(to method: MethodDescriptor) -> (any ServerInterceptor)? { method.kind == .unary ? self : nil }

  public func intercept(
    _ context: ServerContext, next: @Sendable (ServerContext) async throws -> ServerReply
  ) async throws -> ServerReply {
    if context.deadline?.hasPassed == true { throw RPCError.deadlineExceeded }
    var limited = context
    limited.limitDeadline(to: .after(longest))
    return try await next(limited)
  }
}
