import RPC

/// Turns whatever a handler throws, or an interceptor within this one, into what its caller is told.
struct ErrorTranslation: ServerInterceptor {
  let errors: ErrorMapping

  func intercept(
    _ context: ServerContext, next: @Sendable (ServerContext) async throws -> ServerReply
  ) async throws -> ServerReply {
    do {
      return try await next(context)
    } catch {
      let (answer, isFault) = errors.map(error)
      if isFault { context.notes.note(fault: error) }
      throw answer
    }
  }
}
