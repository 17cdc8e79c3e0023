/// Gives every unary call a deadline: its caller's, or `longest` from its arrival where the caller allows more or says nothing.
///
/// What the handler waits for (the database's queue, other services) is bounded by it; a handler that computes is not interrupted. A
/// call whose deadline has passed while it waited for its turn is refused unstarted. Streams live as long as their callers like.
public struct DeadlineLimit: StepInterceptor {
  private let longest: Duration

  public init(longest: Duration) { self.longest = longest }

  public func applied(to method: MethodDescriptor) -> (any ServerInterceptor)? { method.kind == .unary ? self : nil }

  public func begins(_ context: inout ServerContext) throws {
    let now = ContinuousClock.now
    if let deadline = context.deadline, deadline.instant <= now { throw RPCError.deadlineExceeded }
    context.limitDeadline(to: Deadline(now + longest))
  }
}
