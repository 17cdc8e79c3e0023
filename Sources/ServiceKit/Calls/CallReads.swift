public import Database
public import RPC

extension Database {
  /// Runs `body` on a snapshot for a call: one whose caller is gone, or whose deadline has passed in the queue, is not started.
  public func read<Answer: Sendable>(
    for context: ServerContext, _ body: @escaping @Sendable (Snapshot) throws -> Answer
  ) async throws -> Answer {
    try await read(deadline: context.deadline?.instant, body)
  }
}
