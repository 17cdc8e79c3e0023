public import Database
public import RPC

/// A database's work for a call: what has not begun when the caller is gone, or its deadline has passed, never begins.
extension Database {
  /// Runs `body` on a snapshot.
  public func read<Answer: Sendable>(
    for context: ServerContext, _ body: @escaping @Sendable (Snapshot) throws -> Answer
  ) async throws -> Answer {
    try await read(deadline: context.deadline?.instant, body)
  }

  /// Runs `body` in a transaction, in the turn of the call's client. `locks` says which rows guard it.
  public func write<Answer: Sendable>(
    for context: ServerContext, locking locks: LockOrder? = nil, _ body: @escaping @Sendable (Transaction) throws -> Answer
  ) async throws -> Answer {
    try await write(for: context.caller.clientID, locking: locks, deadline: context.deadline?.instant, body)
  }
}
