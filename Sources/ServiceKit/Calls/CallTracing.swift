import RPC

/// The outermost of the interceptors: gives a call its notes, by which the others and every log line follow it.
struct CallTracing: ServerInterceptor {
  let ids: any IDGenerator
  let random: any RandomSource

  func intercept(
    _ context: ServerContext, next: @Sendable (ServerContext) async throws -> ServerReply
  ) async throws -> ServerReply {
    let trace = context.metadata[TraceContext.metadataKey].flatMap { TraceContext(traceparent: $0) }
    let notes = CallNotes(trace: trace, ids: ids, random: random)
    var traced = context
    traced.notes = notes
    return try await CallNotes.$current.withValue(notes) { [traced] in try await next(traced) }
  }
}
