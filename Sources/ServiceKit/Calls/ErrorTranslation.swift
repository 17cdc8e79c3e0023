import RPC

/// Turns whatever a handler throws, or an interceptor within this one, into what its caller is told.
struct ErrorTranslation: StepInterceptor {
  let errors: ErrorMapping

  func ends(_ context: ServerContext, _ outcome: inout Result<ServerReply, any Error>) {
    guard case .failure(let error) = outcome else { return }
    let (answer, isFault) = errors.map(error)
    if isFault { context.notes.note(fault: error) }
    outcome = .failure(answer)
  }
}
