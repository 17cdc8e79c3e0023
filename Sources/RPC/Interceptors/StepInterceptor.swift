/// An interceptor that never waits: a step before the call and one after it.
///
/// Those that stand next to each other share one asynchronous call, where each `intercept` costs one of its own: some 3,000 instructions, of a
/// call's 40,000.
public protocol StepInterceptor: ServerInterceptor {
  /// Before the handler and the interceptors within. May change the context, or refuse by throwing; then nothing within begins, and this
  /// interceptor's own `ends` does not come.
  func begins(_ context: inout ServerContext) throws

  /// After what stands within, however that ended; may end it otherwise. The context is the one that went furthest inwards.
  func ends(_ context: ServerContext, _ outcome: inout Result<ServerReply, any Error>)
}

extension StepInterceptor {
  public func begins(_ context: inout ServerContext) throws {}

  public func ends(_ context: ServerContext, _ outcome: inout Result<ServerReply, any Error>) {}

  public func intercept(
    _ context: ServerContext, next: @Sendable (ServerContext) async throws -> ServerReply
  ) async throws -> ServerReply {
    try await InterceptorRow(innermostFirst: [self]).run(context, next)
  }
}

/// Steps that stand next to each other.
struct InterceptorRow: Sendable {
  private let steps: [any StepInterceptor]

  init(innermostFirst steps: [any StepInterceptor]) { self.steps = steps.reversed() }

  func around(_ handler: @escaping RPCMethod.Handler) -> RPCMethod.Handler {
    if steps.isEmpty { return handler }
    return { context in try await run(context, handler) }
  }

  func run(
    _ context: ServerContext, _ next: @Sendable (ServerContext) async throws -> ServerReply
  ) async throws -> ServerReply {
    var context = context
    var begun = 0
    var outcome: Result<ServerReply, any Error>
    do {
      for step in steps {
        try step.begins(&context)
        begun += 1
      }
      outcome = .success(try await next(context))
    } catch {
      outcome = .failure(error)
    }
    while begun > 0 {
      begun -= 1
      steps[begun].ends(context, &outcome)
    }
    return try outcome.get()
  }
}
